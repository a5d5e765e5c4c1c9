//! The numbers of an embedding as a list of one's own.

use crate::types::Embedding;

/// The numbers of an embedding.
pub trait EmbeddingExt {
    /// The numbers, copied; the field [`embedding`](Embedding::embedding) derefs to a slice of them. `None` if the server
    /// sent none.
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
        (!self.embedding.is_empty()).then(|| self.embedding.to_vec())
    }
}
