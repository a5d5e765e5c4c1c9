//! The numbers of an embedding as a list of one's own.

use crate::FloatVector;
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

    /// Returns the cosine similarity to another embedding, or to a list of numbers: from -1 to 1, and the closer to 1 the
    /// more alike they are. It is NaN if the lengths differ, or if one of them is empty or all zeros.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::Embedding;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let [north, east]: [Embedding; 2] = serde_json::from_str(r#"[{"embedding": [0, 2]}, {"embedding": [3, 0]}]"#)?;
    /// assert_eq!(north.cosine(&north), 1.0);
    /// assert_eq!(north.cosine(&east), 0.0);
    /// assert_eq!(north.cosine(&[0.0, -1.0]), -1.0);
    /// assert!(north.cosine(&[1.0]).is_nan());
    /// # Ok(())
    /// # }
    /// ```
    fn cosine(&self, other: &(impl EmbeddingVector + ?Sized)) -> f64;
}

/// A list of numbers to compare an embedding with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no embedding",
    label = "expected an `Embedding`, its `embedding`, or a list of `f32`",
    note = "numbers of another type convert by `.map(|number| number as f32)`"
)]
pub trait EmbeddingVector {
    /// Returns the numbers.
    fn numbers(&self) -> &[f32];
}

impl EmbeddingVector for Embedding {
    #[inline]
    fn numbers(&self) -> &[f32] {
        &self.embedding
    }
}

impl EmbeddingVector for FloatVector {
    #[inline]
    fn numbers(&self) -> &[f32] {
        self
    }
}

impl EmbeddingVector for [f32] {
    #[inline]
    fn numbers(&self) -> &[f32] {
        self
    }
}

impl EmbeddingVector for Vec<f32> {
    #[inline]
    fn numbers(&self) -> &[f32] {
        self
    }
}

impl<const N: usize> EmbeddingVector for [f32; N] {
    fn numbers(&self) -> &[f32] {
        self
    }
}

/// The cosine of the angle between two vectors, in double precision.
#[inline]
fn cosine(left: &[f32], right: &[f32]) -> f64 {
    if left.len() != right.len() {
        return f64::NAN;
    }
    let (mut product, mut left_square, mut right_square) = (0.0, 0.0, 0.0);
    for (left, right) in left.iter().zip(right) {
        let (left, right) = (f64::from(*left), f64::from(*right));
        product += left * right;
        left_square += left * left;
        right_square += right * right;
    }
    product / (left_square * right_square).sqrt()
}

impl EmbeddingExt for Embedding {
    #[inline]
    fn vector(&self) -> Option<Vec<f32>> {
        (!self.embedding.is_empty()).then(|| self.embedding.to_vec())
    }

    fn cosine(&self, other: &(impl EmbeddingVector + ?Sized)) -> f64 {
        cosine(&self.embedding, other.numbers())
    }
}
