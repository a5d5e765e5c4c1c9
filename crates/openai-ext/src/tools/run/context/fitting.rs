//! A conversation brought under its budget.

use openai_runtime::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::record::ToolApi;
use super::groups::torn;
use super::shortening::Shortening;
use super::{Compaction, ContextBudget, Shorten};
use crate::tools::outcome::ToolError;
use crate::tools::panics::{caught, caught_future};

/// A request that is over the budget.
pub(crate) struct Oversized<A: ToolApi> {
    /// The conversation as it would be sent.
    pub(crate) items: Vec<A::Item>,
    pub(crate) size: usize,
    pub(crate) last_turn: usize,
}

/// The parts of a request besides its conversation, and their sizes.
pub(crate) struct Fitting<'a> {
    budget: &'a ContextBudget,
    fixed: Value,
}

impl<'a> Fitting<'a> {
    /// `body` is the request without its conversation.
    pub(crate) fn new(budget: &'a ContextBudget, body: Value) -> Self {
        Self { budget, fixed: body }
    }

    fn measure<T: Serialize>(&self, items: &[T]) -> Shortening<'a> {
        Shortening::new(self.budget, &self.fixed, items.iter().map(|item| json!(item)).collect())
    }

    /// The request, if it is over the budget.
    pub(crate) fn oversized<A: ToolApi<Item: Serialize>>(&self, items: &[A::Item]) -> Option<Oversized<A>> {
        let sizes = self.measure(items);
        (!sizes.fits()).then(|| Oversized { items: items.to_vec(), size: sizes.size(), last_turn: sizes.last_turn() })
    }

    /// Makes the conversation shorter in the built-in way.
    pub(crate) fn shorten<T: Serialize + DeserializeOwned + Clone>(&self, items: &[T]) -> Vec<T> {
        let mut sizes = self.measure(items);
        sizes.shorten();
        let item = |item: Result<usize, Value>| match item {
            Ok(place) => items.get(place).cloned(),
            Err(json) => serde_json::from_value(json).ok(),
        };
        sizes.into_items().into_iter().filter_map(item).collect()
    }

    /// Has the program's function make the conversation shorter, and checks that no call has lost its output.
    pub(crate) async fn shorten_by<A: ToolApi<Item: Serialize>>(
        &self,
        oversized: Oversized<A>,
        shorten: Shorten<A>,
    ) -> Result<Vec<A::Item>, Error> {
        let before: Vec<Value> = oversized.items.iter().map(|item| json!(item)).collect();
        let Oversized { items, size, last_turn } = oversized;
        let request = Compaction { items, keep_from: last_turn, size, limit: self.budget.limit };
        let failed = |text: String| Error::new(ErrorKind::Callback, format!("the compaction of the run {text}"));
        let items = match caught_future(async { shorten(request).await }).await {
            Ok(Ok(items)) => items,
            Ok(Err(error)) => {
                let text = caught(|| error.to_string()).unwrap_or_else(|_| "its error panicked".to_owned());
                return Err(failed(format!("failed: {text}")).with_source(error));
            }
            Err(panic) => return Err(failed(format!("panicked: {panic}")).with_source(ToolError::Panicked(panic))),
        };
        let after: Vec<Value> = items.iter().map(|item| json!(item)).collect();
        if let Some(why) = torn(&before, &after) {
            return Err(failed(format!("returned a conversation that no server takes: {why}")));
        }
        if !after.ends_with(before.get(last_turn..).unwrap_or_default()) {
            return Err(failed(
                "changed the last turn, which has to stay: keep the items from `keep_from` on".to_owned(),
            ));
        }
        Ok(items)
    }

    /// Fails if the conversation is over the budget still.
    pub(crate) fn check<T: Serialize>(&self, items: &[T]) -> Result<usize, String> {
        let sizes = self.measure(items);
        if sizes.fits() {
            return Ok(sizes.size());
        }
        let unit = match self.budget.unit {
            super::Unit::Bytes => "bytes",
            super::Unit::Tokens => "tokens (estimated)",
        };
        let images = self.budget.images.map(|limit| format!(" and {} images of {limit}", sizes.images()));
        Err(format!(
            "the next request has {} {unit}{} after compaction, and the context budget is {} {unit}: the last turn, the user's \
             messages, instructions and tools are never left out, so raise the budget or make these smaller",
            sizes.size(),
            images.unwrap_or_default(),
            self.budget.limit
        ))
    }

    pub(crate) fn by_server(&self) -> bool {
        self.budget.by_server
    }
}
