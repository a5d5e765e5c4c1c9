//! The names that most programs want in scope: `use openai_ext::prelude::*`. All of them are at the crate's root, too.

pub use crate::{Client, InputFile, Misfits};

#[cfg(all(feature = "agents", feature = "files", not(target_family = "wasm")))]
pub use crate::agents::AgentFilesExt;
#[cfg(all(feature = "agents", feature = "tools"))]
pub use crate::agents::AgentFormatExt;
#[cfg(feature = "agents")]
pub use crate::agents::{AgentArtifactsExt, AgentEvent, AgentSessionExt, AgentSessionsExt};
#[cfg(all(feature = "batches", feature = "files"))]
pub use crate::bulk::batches::BatchRunExt;
#[cfg(feature = "embeddings")]
pub use crate::bulk::embeddings::EmbeddingExt;
#[cfg(feature = "chat")]
pub use crate::chat::{
    ChatCallExt, ChatCompletionChunkExt, ChatCompletionExt, ChatStreamEvent, ChatStreamExt, ContentPart,
    ContentPartExt, Message, MessageExt,
};
#[cfg(any(feature = "chat", feature = "responses"))]
pub use crate::conversation::Conversation;
pub use crate::conversation::ToolChoice;
#[cfg(feature = "files")]
pub use crate::files::FilesExt;
#[cfg(feature = "uploads")]
pub use crate::files::uploads::UploadsExt;
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub use crate::files::vector_stores::{FileBatchesExt, VectorStoreFilesExt};
#[cfg(feature = "beta")]
pub use crate::legacy::assistants::AssistantStreamExt;
#[cfg(feature = "completions")]
pub use crate::legacy::completions::{CompletionChunkExt, CompletionStreamEvent, CompletionStreamExt};
#[cfg(feature = "audio")]
pub use crate::media::audio::{SpeechStreamExt, TranscriptionExt, TranscriptionStreamEventExt, TranscriptionStreamExt};
#[cfg(feature = "images")]
pub use crate::media::images::{ImageStreamEvent, ImageStreamExt};
#[cfg(any(feature = "chat", feature = "images", feature = "responses"))]
pub use crate::media::saved::MediaExt;
#[cfg(all(feature = "responses", feature = "websocket"))]
pub use crate::responses::ResponsesConnectExt;
#[cfg(feature = "responses")]
pub use crate::responses::{
    InputContent, InputContentExt, InputItem, InputItemExt, ResponseCallExt, ResponseExt, ResponseStreamEventExt,
    ResponseStreamExt,
};
#[cfg(feature = "azure")]
pub use crate::servers::azure::{ChoiceFilterExt, ErrorFilterExt, PromptFilterExt, ResponseFilterExt};
pub use crate::servers::options::ServerOptionsExt;
#[cfg(any(feature = "beta", feature = "chat", feature = "completions", feature = "responses"))]
pub use crate::structured::ErrorExt;
#[cfg(feature = "responses")]
pub use crate::types::Tool;
#[cfg(all(feature = "live", feature = "responses"))]
pub use crate::voice::live::LiveResponseEventExt;
#[cfg(feature = "live")]
pub use crate::voice::live::{LiveExt, LiveServerEventExt};
#[cfg(feature = "realtime")]
pub use crate::voice::realtime::RealtimeExt;
#[cfg(feature = "realtime")]
pub use crate::voice::translations::{RealtimeTranslationEventExt, RealtimeTranslationsExt};
#[cfg(feature = "webhooks")]
pub use crate::webhooks::WebhooksExt;
#[cfg(feature = "tools")]
pub use crate::{
    structured::{ParseContentExt, ParseExt},
    tools::{
        RunToolsExt, ToolEvent, Toolbox, custom_tool, custom_tool_with_context, tool, tool_with_context,
        tool_with_state,
    },
};
pub use openai_runtime::input::ToolCallId;
#[cfg(feature = "blocking")]
pub use openai_runtime::{BlockingExt, WaitExt};
