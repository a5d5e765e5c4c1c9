//! The size of what a run sends, and what makes it smaller.

pub(crate) mod fitting;
mod groups;
mod measure;
mod shortening;

use std::fmt;
use std::sync::Arc;

use openai_runtime::transport::BoxFuture;

use super::record::ToolApi;
use crate::tools::output::BoxError;

/// The size that the requests of a run may have: of the whole conversation with instructions and tools, also where the server
/// keeps a part of it.
///
/// ```
/// use openai_ext::tools::ContextBudget;
///
/// let budget = ContextBudget::tokens(200_000).with_max_images(20);
/// # drop(budget);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContextBudget {
    limit: usize,
    unit: Unit,
    images: Option<usize>,
    by_server: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Bytes,
    Tokens,
}

impl ContextBudget {
    /// Limits the bytes of the request as compact JSON. Images in it count with their data.
    #[must_use]
    pub fn bytes(limit: usize) -> Self {
        Self { limit, unit: Unit::Bytes, images: None, by_server: false }
    }

    /// Limits the tokens, as estimated: 4 bytes of JSON are one token, and an image is 1,000 tokens whatever its data is.
    #[must_use]
    pub fn tokens(limit: usize) -> Self {
        Self { limit, unit: Unit::Tokens, images: None, by_server: false }
    }

    /// Limits the images too; there is no limit of their own by default. The oldest images in outputs of tools are left out
    /// first.
    #[must_use]
    pub fn with_max_images(mut self, images: usize) -> Self {
        self.images = Some(images);
        self
    }

    /// Has the server shorten the conversation by `responses.compact`, for the model of the call. Only runs over responses can;
    /// what the server returns is sent in place of all but the last turn.
    #[must_use]
    pub fn with_server_compaction(mut self) -> Self {
        self.by_server = true;
        self
    }
}

/// A number of bytes.
impl From<usize> for ContextBudget {
    fn from(limit: usize) -> Self {
        Self::bytes(limit)
    }
}

/// The conversation of a run that is too large, given to the function of
/// [`with_compaction`](crate::tools::ToolRunner::with_compaction).
#[non_exhaustive]
pub struct Compaction<A: ToolApi> {
    /// The conversation as it would be sent.
    pub items: Vec<A::Item>,
    /// The place from which the items have to stay as they are: the last turn.
    pub keep_from: usize,
    /// The size of the request, in the unit of the budget.
    pub size: usize,
    /// The size that it may have.
    pub limit: usize,
}

impl<A: ToolApi> fmt::Debug for Compaction<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compaction")
            .field("items", &self.items.len())
            .field("keep_from", &self.keep_from)
            .field("size", &self.size)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

/// The program's function that makes a conversation shorter.
pub(crate) type Shorten<A> =
    Arc<dyn Fn(Compaction<A>) -> BoxFuture<Result<Vec<<A as ToolApi>::Item>, BoxError>> + Send + Sync>;
