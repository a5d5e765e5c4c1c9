//! Vectors, as lists and as base64.

use crate::support::keeps;
use openai_runtime::json::{Extra, FloatVector, Misfits, Value, from_slice, to_value, to_vec};
use openai_runtime::object;
use serde_json::json;

#[derive(Clone, Default)]
pub struct Embedding {
    pub vector: FloatVector,
    pub extra: Extra,
}
object!(Embedding, [F("vector", R)], [vector]);

/// Reads an object with this vector, which must be written back as it was.
fn kept(vector: &Value) -> FloatVector {
    let object = json!({"vector": vector});
    let read: Embedding = from_slice(&serde_json::to_vec(&object).unwrap()).unwrap();
    assert_eq!(to_value(&read), object);
    assert_eq!(serde_json::to_value(&read).unwrap(), object);
    read.vector
}

#[test]
fn numbers_are_read_from_both_forms_and_written_as_they_came() {
    for (vector, numbers) in [
        (json!([]), &[][..]),
        (json!([0.5, -2, 3]), &[0.5, -2.0, 3.0]),
        // The digits of an f32, and those of the same one as an f64.
        (json!([0.0023064255, -0.1, 1e-30]), &[0.0023064255, -0.1, 1e-30]),
        (json!([f64::from(0.0023064255_f32), f64::from(-0.1_f32), 0.25]), &[0.0023064255, -0.1, 0.25]),
        // What one f32 does not say.
        (json!([0.5, 0.1, f64::from(0.1_f32)]), &[0.5, 0.1, 0.1]),
        (json!([0.123456789012345, null, 1e300, 16777217]), &[0.12345679, 0.0, f32::INFINITY, 16_777_216.0]),
        (json!([0, -0.0, 1e-7, 2.5e-9, 5.1122905e-5]), &[0.0, 0.0, 1e-7, 2.5e-9, 5.1122905e-5]),
        (json!([i64::MAX, 9007199254740993_i64, 0.5]), &[9.223372e18, 9007199000000000.0, 0.5]),
        (json!([1.17549435e-38, 1e-45, 3.4028235e38]), &[1.1754944e-38, 1e-45, f32::MAX]),
        (json!("AAAAPwAAAMA="), &[0.5, -2.0]),
        (json!(""), &[]),
        (json!("AACAfwAAgP8="), &[f32::INFINITY, f32::NEG_INFINITY]),
    ] {
        assert_eq!(kept(&vector)[..], *numbers, "{vector}");
    }
    assert!(kept(&json!("AADAfwEAwP8=")).iter().all(|number| number.is_nan()), "whichever NaN it is");
}

#[test]
fn any_digits_are_written_with_their_value() {
    let mut state = 1_u64;
    let mut next = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 11
    };
    for _ in 0..300 {
        let floats: Vec<f32> =
            (0..40).map(|_| f32::from_bits(next() as u32)).filter(|float| float.is_finite()).collect();
        let short: Vec<String> = floats.iter().map(f32::to_string).collect();
        let power: Vec<String> = floats.iter().map(|float| format!("{float:e}")).collect();
        let long: Vec<String> = floats.iter().map(|float| f64::from(*float).to_string()).collect();
        let cut: Vec<String> = floats.iter().map(|float| format!("{float:.*}", (next() % 12) as usize)).collect();
        let wide: Vec<String> = floats.iter().map(|float| (f64::from(*float) * 1.1).to_string()).collect();
        for texts in [&short, &power, &long, &cut, &wide] {
            let list = format!("[{}]", texts.join(" , "));
            let read: Embedding = from_slice(format!("{{\"vector\":{list}}}").as_bytes()).unwrap();
            for (text, number) in texts.iter().zip(&read.vector) {
                assert_eq!(number.to_bits(), (text.parse::<f64>().unwrap() as f32).to_bits(), "{text}");
            }
            let written = String::from_utf8(to_vec(&read)).unwrap();
            let written = written.strip_prefix("{\"vector\":[").unwrap().strip_suffix("]}").unwrap();
            let written = written.split(',').map(|text| text.parse::<f64>().unwrap().to_bits());
            let expected = texts.iter().map(|text| text.parse::<f64>().unwrap().to_bits());
            assert!(written.eq(expected), "{list}");
        }
    }
}

#[test]
fn what_is_no_vector_is_kept_and_listed() {
    for (vector, numbers, path, found) in [
        (json!("AAA"), &[][..], "vector", "a string that is not base64"),
        (json!("AAAAPwA="), &[], "vector", "base64 of a length that is not a multiple of 4"),
        (json!("no base64!"), &[], "vector", "a string that is not base64"),
        (json!({"a": 1}), &[], "vector", "an object"),
        (json!(5), &[], "vector", "a number"),
        (json!([1, "2", 3]), &[1.0, 2.0, 3.0], "vector[1]", "a string"),
        (json!([1, {}, 3]), &[1.0, 0.0, 3.0], "vector[1]", "an object"),
    ] {
        let read = keeps::<Embedding>(&json!({"vector": vector}).to_string());
        assert_eq!(read.vector[..], *numbers, "{vector}");
        let misfits = read.misfits();
        assert_eq!(misfits.iter().map(|misfit| (misfit.path(), misfit.found())).collect::<Vec<_>>(), [(path, found)]);
    }
    // Null and absence are kept apart as with any field.
    for text in [&br#"{"vector":null}"#[..], b"{}"] {
        let read: Embedding = from_slice(text).unwrap();
        assert!(read.vector.is_empty());
        assert_eq!(to_vec(&read), text);
    }
}

#[test]
fn a_vector_is_a_slice_of_floats() {
    let mut vector = FloatVector::from(vec![1.0, 2.5]);
    vector[0] = 0.1;
    assert_eq!((vector.len(), vector.iter().sum::<f32>()), (2, 2.6));
    assert_eq!((&vector).into_iter().count(), vector.clone().into_iter().count());
    assert_eq!(to_value(&vector), json!([0.1, 2.5]));
    assert_eq!(vector, serde_json::from_value(json!([0.1, 2.5])).unwrap());
    assert_eq!(format!("{vector:?}"), "[0.1, 2.5]");
    assert_eq!(Vec::from(vector), [0.1, 2.5]);
}
