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
        (json!("AAAAPwAAAMA="), &[0.5, -2.0]),
        (json!(""), &[]),
        (json!("AACAfwAAgP8="), &[f32::INFINITY, f32::NEG_INFINITY]),
    ] {
        assert_eq!(kept(&vector)[..], *numbers, "{vector}");
    }
    assert!(kept(&json!("AADAfwEAwP8=")).iter().all(|number| number.is_nan()), "whichever NaN it is");
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
