//! Agents: turns of a session as one call, with local tools, approvals, files and artifacts.
//!
//! Requires the feature `agents`; local tools and typed answers require `tools`, and files `files` (not in a browser).
//!
//! [`run`](AgentSessionsExt::run) sends a message to a session and follows its turn: it runs the tools of a
//! `Toolbox` that the agent calls, answers approvals, and opens the stream of events anew when it
//! breaks off.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::types::EnvironmentParam;
//!
//! # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
//! let agents = client.beta().agents();
//! let agent = agents.create("gpt-5.5").tools(tools.agent_tools()?).send().await?;
//! let environment = EnvironmentParam::none();
//! let session = agents.sessions().create(environment).agent_id(&agent.id).send().await?;
//! let run = agents.sessions().run(&session.id, "How is the weather in Oslo?").run_tools(&tools);
//! println!("{}", run.send().await?.text());
//! # Ok(())
//! # }
//! ```

mod approvals;
mod artifacts;
mod engine;
mod event;
#[cfg(all(feature = "files", not(target_family = "wasm")))]
mod files;
mod input;
#[cfg(feature = "tools")]
mod local_tools;
#[cfg(feature = "tools")]
mod parsed;
mod result;
mod runner;
mod settings;
mod sink;
mod stream;

pub use approvals::{AgentApproval, AgentApprovalRequest};
pub use artifacts::{AgentArtifact, AgentArtifactsExt};
pub use event::{AgentEvent, AgentSessionEvent};
#[cfg(all(feature = "files", not(target_family = "wasm")))]
pub use files::{AgentFile, AgentFilesExt, FilePreparation, FileUploadFailure};
pub use input::AgentInput;
#[cfg(feature = "tools")]
pub use local_tools::AgentToolFailure;
#[cfg(feature = "tools")]
pub use parsed::{AgentFormatExt, agent_text_format};
pub use result::{AgentResult, AgentStop};
pub use runner::{AgentRunner, AgentSessionExt, AgentSessionsExt};
pub use stream::AgentEvents;
