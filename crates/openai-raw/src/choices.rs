//! The choices of the events of chat and completions, which tell when a stream without `[DONE]` is whole.

use std::any::Any;

use openai_runtime::{ChoiceProgress, WatchChoices};

/// The choices of any event: those of types that have some are noted.
pub(crate) struct Choices;

impl<E: 'static> WatchChoices<E> for Choices {
    fn note(event: &E, progress: &mut ChoiceProgress) {
        let event: &dyn Any = event;
        #[cfg(feature = "chat")]
        if let Some(chunk) = event.downcast_ref::<crate::types::ChatCompletionChunk>() {
            for choice in &chunk.choices {
                let reason = choice.finish_reason.as_ref().map(|reason| reason.as_str());
                progress.note(choice.index.max(0), is_reason(reason));
            }
        }
        #[cfg(feature = "completions")]
        if let Some(completion) = event.downcast_ref::<crate::types::Completion>() {
            for choice in &completion.choices {
                let reason = choice.finish_reason.as_ref().map(|reason| reason.as_str());
                progress.note(choice.index.max(0), is_reason(reason));
            }
        }
        let _ = (event, progress);
    }
}

/// Some servers send an empty reason with each chunk.
#[cfg(any(feature = "chat", feature = "completions"))]
fn is_reason(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| !reason.is_empty())
}
