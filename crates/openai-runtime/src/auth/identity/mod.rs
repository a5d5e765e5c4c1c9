//! Workload identity: its options, the platforms' tokens, and their exchange for the token that calls send.

mod fetch;
mod options;
mod providers;
mod shared;
mod subject;
mod token_exchange;

pub use options::WorkloadIdentity;
pub use providers::{AzureImds, GcpMetadata, KubernetesToken};
pub(crate) use shared::{SharedIdentity, TokenContext};
pub use subject::{SubjectTokenProvider, TokenFn, TokenType};
