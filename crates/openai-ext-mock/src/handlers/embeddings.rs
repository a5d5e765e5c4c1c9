//! `POST /embeddings`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::call::Call;
use crate::handlers::shared::input_limit::{MOST_INPUTS, too_many};
use crate::model::text;
use crate::schema::Rng;
use crate::wire::Reply;

/// The length of the vectors of the models that most requests name.
const DIMENSIONS: u64 = 1_536;
const MOST_DIMENSIONS: u64 = 8_192;
pub(crate) fn create(call: &Call<'_>) -> Reply {
    let inputs = inputs(call.field("input"));
    if inputs.len() > MOST_INPUTS {
        return too_many("input");
    }
    let dimensions = call.number("dimensions").unwrap_or(DIMENSIONS).clamp(1, MOST_DIMENSIONS);
    let as_text = *call.field("encoding_format") == "base64";
    let data = inputs.iter().enumerate().map(|(index, input)| {
        let vector = vector(input, dimensions);
        let embedding = if as_text { Value::from(encode(&vector)) } else { Value::from(vector) };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    let data: Vec<Value> = data.collect();
    let tokens: u64 = inputs.iter().map(|input| text::tokens(input).max(1)).sum();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    let body = json!({"object": "list", "data": data, "model": call.model(), "usage": usage});
    Reply::json(call.operation.response.status, &body)
}

/// The texts to embed. A list of numbers is one text in tokens, a list of lists several.
fn inputs(input: &Value) -> Vec<String> {
    match input {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) if items.iter().any(|item| !item.is_number()) => {
            items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect()
        }
        other => vec![other.to_string()],
    }
}

/// A vector of length 1 that depends on the text alone: equal texts are equally embedded, whatever the seed.
fn vector(text: &str, dimensions: u64) -> Vec<f32> {
    let mut rng = Rng::new(0, text, dimensions);
    // 16 bits are exact in an f32.
    let mut component = || f32::from(u16::try_from(rng.below(65_536)).unwrap_or(0)) / 32_768.0 - 1.0;
    let raw: Vec<f32> = (0..dimensions).map(|_| component()).collect();
    let length = raw.iter().map(|x| x * x).sum::<f32>().sqrt().max(f32::MIN_POSITIVE);
    raw.into_iter().map(|x| x / length).collect()
}

/// Base64 of the little-endian bytes, as the API sends vectors when asked to.
fn encode(vector: &[f32]) -> String {
    let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_that_of_the_standard() {
        // Checked with `python3 -c "import base64, struct; ..."`.
        assert_eq!(encode(&[]), "");
        assert_eq!(encode(&[1.0]), "AACAPw==");
        assert_eq!(encode(&[1.0, -2.5]), "AACAPwAAIMA=");
        assert_eq!(encode(&[1.0, -2.5, 0.1]), "AACAPwAAIMDNzMw9");
    }

    #[test]
    fn vectors_have_length_one_and_depend_on_the_text() {
        let a = vector("a", 64);
        assert!((a.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-4);
        assert_eq!(a, vector("a", 64));
        assert_ne!(a, vector("b", 64));
    }
}
