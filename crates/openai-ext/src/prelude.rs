//! What most programs want in scope: `use openai_ext::prelude::*`.

pub use crate::{Client, InputFile};

#[cfg(feature = "beta")]
pub use crate::AssistantStreamExt;
#[cfg(all(feature = "batches", feature = "files"))]
pub use crate::BatchRunExt;
#[cfg(feature = "embeddings")]
pub use crate::EmbeddingExt;
#[cfg(any(feature = "chat", feature = "responses"))]
pub use crate::ErrorExt;
#[cfg(feature = "files")]
pub use crate::FilesExt;
#[cfg(feature = "realtime")]
pub use crate::RealtimeExt;
#[cfg(all(feature = "responses", feature = "websocket"))]
pub use crate::ResponsesConnectExt;
#[cfg(feature = "uploads")]
pub use crate::UploadsExt;
#[cfg(feature = "azure")]
pub use crate::azure::{ChoiceFilterExt, ErrorFilterExt, PromptFilterExt, ResponseFilterExt};
#[cfg(all(feature = "tools", any(feature = "chat", feature = "responses", feature = "beta")))]
pub use crate::tools::{RunToolsExt, ToolEvent};
#[cfg(feature = "tools")]
pub use crate::tools::{Toolbox, custom_tool, custom_tool_with_context, tool, tool_with_context};
#[cfg(feature = "webhooks")]
pub use crate::webhooks::WebhooksExt;
#[cfg(feature = "chat")]
pub use crate::{
    ChatCompletionChunkExt, ChatCompletionExt, ChatStreamEvent, ChatStreamExt, ContentPart, ContentPartExt, Message,
};
#[cfg(feature = "completions")]
pub use crate::{CompletionStreamEvent, CompletionStreamExt};
#[cfg(all(feature = "files", feature = "vector_stores"))]
pub use crate::{FileBatchesExt, VectorStoreFilesExt};
#[cfg(feature = "images")]
pub use crate::{ImageStreamEvent, ImageStreamExt};
#[cfg(feature = "responses")]
pub use crate::{
    InputContent, InputContentExt, InputItem, InputItemExt, ResponseExt, ResponseStreamEventExt, ResponseStreamExt,
};
#[cfg(all(feature = "tools", any(feature = "chat", feature = "responses")))]
pub use crate::{ParseContentExt, ParseExt};
#[cfg(feature = "audio")]
pub use crate::{SpeechStreamExt, TranscriptionExt, TranscriptionStreamExt};
