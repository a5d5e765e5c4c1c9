//! What most programs want in scope: `use openai_ext::prelude::*`.

pub use crate::{Client, InputFile};

#[cfg(feature = "beta")]
pub use crate::AssistantStreamExt;
#[cfg(feature = "embeddings")]
pub use crate::EmbeddingExt;
#[cfg(all(feature = "tools", any(feature = "chat", feature = "responses", feature = "beta")))]
pub use crate::tools::{RunToolsExt, ToolEvent};
#[cfg(feature = "tools")]
pub use crate::tools::{Toolbox, custom_tool, custom_tool_with_context, tool, tool_with_context};
