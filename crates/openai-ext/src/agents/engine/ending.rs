//! The end of a run that is no result, and its error.

use std::time::Duration;

use serde_json::json;

use crate::agents::result::{AgentResult, AgentStop};
use crate::support::stop::Stop;
#[cfg(feature = "tools")]
use crate::tools::{ToolError, ToolOutcome};
use crate::types::{SessionRequiredActionResource, SessionTurnErrorCodeResource};
use crate::{Error, ErrorKind};

/// The reason for which a run cannot go on.
pub(super) enum AgentHalt {
    Cancelled,
    Deadline(Duration),
    TurnFailed,
    TurnCancelled,
    SessionFailed,
    BudgetReached,
    ActionRequired,
    #[cfg(feature = "tools")]
    Tool(Box<ToolOutcome>),
    Panicked(String),
    Failed(Error),
}

impl From<Error> for AgentHalt {
    #[inline]
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl AgentHalt {
    pub(super) fn stop(&self) -> AgentStop {
        match self {
            Self::Cancelled => AgentStop::Cancelled,
            Self::Deadline(_) => AgentStop::DeadlineReached,
            Self::TurnFailed => AgentStop::TurnFailed,
            Self::TurnCancelled => AgentStop::TurnCancelled,
            Self::SessionFailed => AgentStop::SessionFailed,
            Self::BudgetReached => AgentStop::BudgetReached,
            Self::ActionRequired => AgentStop::ActionRequired,
            #[cfg(feature = "tools")]
            Self::Tool(_) => AgentStop::ToolFailed,
            Self::Panicked(_) => AgentStop::ToolFailed,
            Self::Failed(_) => AgentStop::RequestFailed,
        }
    }

    /// Returns true if the run was ended here, so that nobody is left who would answer the turn's calls.
    pub(super) fn leaves_turn(&self) -> bool {
        match self {
            #[cfg(feature = "tools")]
            Self::Tool(_) => true,
            Self::Cancelled | Self::Deadline(_) | Self::Panicked(_) => true,
            _ => false,
        }
    }

    pub(super) fn into_error(self, result: &AgentResult) -> Error {
        let about = result.turn_id().map_or_else(
            || format!("the turn of session {:?}", result.session_id),
            |turn| format!("turn {turn:?} of session {:?}", result.session_id),
        );
        match self {
            Self::Cancelled => Stop::error(about),
            Self::Deadline(limit) => Error::new(ErrorKind::Timeout, format!("{about} did not end within {limit:?}")),
            Self::TurnFailed => turn_error(&about, result),
            Self::TurnCancelled => Error::new(ErrorKind::Cancelled, format!("{about} was cancelled at the server")),
            Self::SessionFailed => {
                let why = result.session.as_ref().and_then(|session| session.error.as_deref());
                let why = why.unwrap_or("the server does not say why");
                Error::new(ErrorKind::Status, format!("session {:?} failed: {why}", result.session_id))
            }
            Self::BudgetReached => Error::new(
                ErrorKind::Limit,
                format!("{about} is not completed: the budget of the session is reached. Set a larger one"),
            ),
            Self::ActionRequired => {
                let actions: Vec<String> = result.pending.iter().map(action).collect();
                let message = format!(
                    "{about} waits for what the run cannot give: {}. Answer approvals by `on_approval`, and put functions \
                     into the toolbox of `run_tools`",
                    actions.join(", ")
                );
                Error::new(ErrorKind::ActionRequired, message)
            }
            #[cfg(feature = "tools")]
            Self::Tool(outcome) => {
                let text = outcome.output().to_text();
                let error = Error::new(ErrorKind::Callback, format!("tool {:?} failed: {text}", outcome.call.name));
                match outcome.result {
                    Err(cause) => error.with_source(cause),
                    Ok(_) => error,
                }
            }
            Self::Panicked(panic) => {
                let message = format!("code that the run called panicked: {panic}");
                let error = Error::new(ErrorKind::Callback, message);
                #[cfg(feature = "tools")]
                let error = error.with_source(ToolError::Panicked(panic));
                error
            }
            Self::Failed(error) => error,
        }
    }
}

/// Makes the error of a turn that failed.
fn turn_error(about: &str, result: &AgentResult) -> Error {
    let Some(error) = result.turn.as_ref().and_then(|turn| turn.error.as_ref()) else {
        return Error::new(ErrorKind::Status, format!("{about} failed, and the server does not say why"));
    };
    let value = json!({"code": error.code.as_str(), "message": error.message});
    Error::of_value(kind_of(&error.code), &value).prefixed(&format!("{about} failed"))
}

/// Returns the kind that the code of a failed turn stands for.
fn kind_of(code: &SessionTurnErrorCodeResource) -> ErrorKind {
    use SessionTurnErrorCodeResource as Code;
    match code {
        Code::ContextLengthExceeded | Code::InvalidRequest | Code::ActiveTurnNotSteerable => ErrorKind::BadRequest,
        Code::SessionBudgetExceeded => ErrorKind::Limit,
        Code::UsageLimitExceeded
        | Code::ProjectSpendLimitExceeded
        | Code::OrganizationSpendLimitExceeded
        | Code::OrganizationUsageLimitExceeded
        | Code::CreditBalanceExhausted
        | Code::RateLimitExceeded => ErrorKind::RateLimit,
        Code::FlexUnavailable | Code::ServerOverloaded | Code::ServerError | Code::InternalError => {
            ErrorKind::InternalServer
        }
        Code::CyberPolicy | Code::MisalignmentPolicyViolation | Code::BillingNotActive => ErrorKind::PermissionDenied,
        Code::ConnectionFailed => ErrorKind::Connection,
        Code::AuthenticationError => ErrorKind::Authentication,
        Code::ResourceNotFound => ErrorKind::NotFound,
        Code::RequestTimeout => ErrorKind::Timeout,
        Code::MaxOutputTokens => ErrorKind::LengthFinishReason,
        _ => ErrorKind::Status,
    }
}

/// Names an action that is required.
fn action(action: &SessionRequiredActionResource) -> String {
    use SessionRequiredActionResource as Action;
    match action {
        Action::FunctionCall(call) => format!("the output of function {:?} (call {:?})", call.name, call.call_id),
        Action::McpApprovalRequest(request) => {
            let (server, name) = (&request.request.server_label, request.request.name.as_deref().unwrap_or_default());
            format!("an approval of tool {name:?} of MCP server {server:?}")
        }
        Action::ComputerUseApprovalRequest(_) => "an approval of the agent's browser".to_owned(),
        Action::EnvironmentConnection(environment) => {
            format!("the connection of environment {:?}", environment.environment_id)
        }
        Action::Unknown(action) => format!("{:?}", action["type"].as_str().unwrap_or_default()),
        _ => "another action".to_owned(),
    }
}
