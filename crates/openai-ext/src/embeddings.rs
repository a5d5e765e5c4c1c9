//! What an embedding has to say: its numbers, in whichever encoding they came.
#![cfg(feature = "embeddings")]

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::types::{Embedding, EmbeddingVector};

/// The numbers of an embedding.
pub trait EmbeddingExt {
    /// The vector, from a list of numbers or from the base64 of little-endian floats; `None` if it is neither.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::Embedding;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let list: Embedding = serde_json::from_str(r#"{"index": 0, "embedding": [0.5, -2.0]}"#)?;
    /// let text: Embedding = serde_json::from_str(r#"{"index": 0, "embedding": "AAAAPwAAAMA="}"#)?;
    /// assert_eq!(list.vector(), Some(vec![0.5, -2.0]));
    /// assert_eq!(list.vector(), text.vector());
    /// # Ok(())
    /// # }
    /// ```
    fn vector(&self) -> Option<Vec<f32>>;
}

impl EmbeddingExt for Embedding {
    fn vector(&self) -> Option<Vec<f32>> {
        match &self.embedding {
            // The server computes with single precision; the list has the same numbers in decimal.
            EmbeddingVector::List(numbers) => Some(numbers.iter().map(|number| *number as f32).collect()),
            EmbeddingVector::Text(text) => {
                let bytes = STANDARD.decode(text).ok()?;
                let (numbers, rest) = bytes.as_chunks::<4>();
                rest.is_empty().then(|| numbers.iter().copied().map(f32::from_le_bytes).collect())
            }
            _ => None,
        }
    }
}
