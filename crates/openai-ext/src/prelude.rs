//! What most programs want in scope: `use openai_ext::prelude::*`.

pub use crate::{Client, InputFile};

#[cfg(feature = "beta")]
pub use crate::AssistantStreamExt;
#[cfg(all(feature = "batches", feature = "files"))]
pub use crate::BatchRunExt;
#[cfg(feature = "embeddings")]
pub use crate::EmbeddingExt;
#[cfg(feature = "files")]
pub use crate::FilesExt;
#[cfg(feature = "uploads")]
pub use crate::UploadsExt;
#[cfg(feature = "chat")]
pub use crate::{ChatCompletionChunkExt, ChatCompletionExt, ContentPart, ContentPartExt, Message};
#[cfg(feature = "chat")]
pub use crate::{ChatStreamEvent, ChatStreamExt};
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
#[cfg(feature = "audio")]
pub use crate::{SpeechStreamExt, TranscriptionExt, TranscriptionStreamExt};
