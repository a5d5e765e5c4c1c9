//! The numbers of events.

use serde_json::Value;

use super::layout::given;
use crate::types::ResponseStreamEvent;

macro_rules! numbered {
    ($($variant:ident)*) => {
        /// The `sequence_number` of an event, if the server gave it one.
        #[inline]
        pub(super) fn sequence_number(event: &ResponseStreamEvent) -> Option<i64> {
            match event {
                $(ResponseStreamEvent::$variant(event) => given(event.sequence_number, &event.extra, "sequence_number"),)*
                ResponseStreamEvent::Unknown(event) => event.get("sequence_number").and_then(Value::as_i64),
                _ => None,
            }
        }
    };
}

numbered! {
    ResponseAudioDelta ResponseAudioDone ResponseAudioTranscriptDelta ResponseAudioTranscriptDone
    ResponseCodeInterpreterCallCodeDelta ResponseCodeInterpreterCallCodeDone
    ResponseCodeInterpreterCallCompleted ResponseCodeInterpreterCallInProgress
    ResponseCodeInterpreterCallInterpreting ResponseCompleted ResponseContentPartAdded ResponseContentPartDone
    ResponseCreated Error ResponseFileSearchCallCompleted ResponseFileSearchCallInProgress
    ResponseFileSearchCallSearching ResponseFunctionCallArgumentsDelta ResponseFunctionCallArgumentsDone
    ResponseShellCallCommandAdded ResponseShellCallCommandDelta ResponseShellCallCommandDone
    ResponseShellCallOutputContentDelta ResponseShellCallOutputContentDone ResponseInProgress ResponseFailed
    ResponseIncomplete ResponseOutputItemAdded ResponseOutputItemDone ResponseReasoningSummaryPartAdded
    ResponseReasoningSummaryPartDone ResponseReasoningSummaryTextDelta ResponseReasoningSummaryTextDone
    ResponseReasoningTextDelta ResponseReasoningTextDone ResponseRefusalDelta ResponseRefusalDone
    ResponseOutputTextDelta ResponseOutputTextDone ResponseWebSearchCallCompleted
    ResponseWebSearchCallInProgress ResponseWebSearchCallSearching ResponseImageGenerationCallCompleted
    ResponseImageGenerationCallGenerating ResponseImageGenerationCallInProgress
    ResponseImageGenerationCallPartialImage ResponseMcpCallArgumentsDelta ResponseMcpCallArgumentsDone
    ResponseMcpCallCompleted ResponseMcpCallFailed ResponseMcpCallInProgress ResponseMcpListToolsCompleted
    ResponseMcpListToolsFailed ResponseMcpListToolsInProgress ResponseOutputTextAnnotationAdded ResponseQueued
    ResponseCustomToolCallInputDelta ResponseCustomToolCallInputDone ResponseCompactionCompacting Keepalive
    ResponseSteerAccepted ResponseSteerPending ResponseSteerFailed
}
