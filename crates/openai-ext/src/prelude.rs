//! What most programs want in scope: `use openai_ext::prelude::*`.

pub use crate::{Client, InputFile};

#[cfg(feature = "beta")]
pub use crate::AssistantStreamExt;
#[cfg(feature = "embeddings")]
pub use crate::EmbeddingExt;
#[cfg(any(feature = "chat", feature = "responses"))]
pub use crate::ErrorExt;
#[cfg(all(feature = "tools", any(feature = "chat", feature = "responses", feature = "beta")))]
pub use crate::tools::{RunToolsExt, ToolEvent};
#[cfg(feature = "tools")]
pub use crate::tools::{Toolbox, custom_tool, custom_tool_with_context, tool, tool_with_context};
#[cfg(feature = "chat")]
pub use crate::{ChatCompletionChunkExt, ChatCompletionExt, ContentPart, ContentPartExt, Message};
#[cfg(feature = "chat")]
pub use crate::{ChatStreamEvent, ChatStreamExt};
#[cfg(feature = "completions")]
pub use crate::{CompletionStreamEvent, CompletionStreamExt};
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
