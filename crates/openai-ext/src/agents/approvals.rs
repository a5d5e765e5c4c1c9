//! Requests for an approval, and the caller's answers.

use std::fmt;
use std::sync::Arc;

use openai_runtime::json::Value;
use openai_runtime::transport::BoxFuture;

use crate::types::{
    ApprovalDecision, BrowserAuthenticationCancel, BrowserAuthenticationFieldValueParam,
    BrowserOriginAccessDecisionParam, ComputerUseApprovalRequestKindResource, ComputerUseApprovalResponseParam,
    ComputerUseApprovalResponseParamBrowserAuthenticationSubmitParam, SessionInputMcpApprovalRequestResultResponse,
    SessionInputParam, SessionRequiredActionMcpApprovalRequest, SessionRequiredActionResource,
    SessionRequiredActionResourceComputerUseApprovalRequest,
};

/// A request of a session that a person or a policy has to answer before the agent goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum AgentApprovalRequest {
    /// A tool of an MCP server is to be called: `request` has its server, name and arguments.
    Mcp(Box<SessionRequiredActionMcpApprovalRequest>),
    /// The agent's browser needs access to an origin, or a sign-in: `request` tells which.
    ComputerUse(Box<SessionRequiredActionResourceComputerUseApprovalRequest>),
}

impl AgentApprovalRequest {
    #[inline]
    pub(super) fn of(action: &SessionRequiredActionResource) -> Option<Self> {
        match action {
            SessionRequiredActionResource::McpApprovalRequest(request) => Some(Self::Mcp(request.clone())),
            SessionRequiredActionResource::ComputerUseApprovalRequest(request) => {
                Some(Self::ComputerUse(request.clone()))
            }
            _ => None,
        }
    }

    /// Returns the id of the request.
    #[must_use]
    #[inline]
    pub fn request_id(&self) -> &str {
        match self {
            Self::Mcp(request) => &request.request_id,
            Self::ComputerUse(request) => &request.request_id,
        }
    }

    /// Returns the id of the turn that waits for the answer: that of the run, or of a subagent.
    #[must_use]
    #[inline]
    pub fn turn_id(&self) -> &str {
        match self {
            Self::Mcp(request) => &request.turn_id,
            Self::ComputerUse(request) => &request.turn_id,
        }
    }

    /// Returns the label of the MCP server whose tool is to be called; none if it is about the agent's browser.
    ///
    /// ```
    /// use openai_ext::agents::AgentApprovalRequest;
    ///
    /// /// Allows what only reads.
    /// fn allows(request: &AgentApprovalRequest) -> bool {
    ///     request.server_label() == Some("tickets") && request.name().is_some_and(|name| name.starts_with("get_"))
    /// }
    /// ```
    #[must_use]
    pub fn server_label(&self) -> Option<&str> {
        match self {
            Self::Mcp(request) => Some(&request.request.server_label),
            Self::ComputerUse(_) => None,
        }
    }

    /// Returns the name of the tool that is to be called, if the server told it; none if it is about the agent's browser.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Mcp(request) => request.request.name.as_deref(),
            Self::ComputerUse(_) => None,
        }
    }

    /// Returns the arguments that the tool is to be called with; none if it is about the agent's browser.
    #[must_use]
    pub fn arguments(&self) -> Option<&Value> {
        match self {
            Self::Mcp(request) => Some(&request.request.arguments),
            Self::ComputerUse(_) => None,
        }
    }

    /// Returns the event that answers it; none if the answer is not one for such a request.
    pub(super) fn answered(&self, answer: &AgentApproval) -> Option<SessionInputParam> {
        match self {
            Self::Mcp(request) => {
                let response = SessionInputMcpApprovalRequestResultResponse::new(answer.decision()?);
                let id = request.request_id.as_str();
                Some(SessionInputParam::agent_session_input_mcp_approval_request_result(id, response))
            }
            Self::ComputerUse(request) => {
                let response = computer_use_response(&request.request, answer)?;
                let id = request.request_id.as_str();
                Some(SessionInputParam::agent_session_input_computer_use_approval_request_result(id, response))
            }
        }
    }
}

fn computer_use_response(
    request: &ComputerUseApprovalRequestKindResource,
    answer: &AgentApproval,
) -> Option<ComputerUseApprovalResponseParam> {
    let is_sign_in = matches!(request, ComputerUseApprovalRequestKindResource::BrowserAuthentication(_));
    match answer {
        AgentApproval::SignIn { fields, option } if is_sign_in => {
            let fields = fields.iter().map(|(id, value)| BrowserAuthenticationFieldValueParam::new(id, value));
            let mut submit =
                ComputerUseApprovalResponseParamBrowserAuthenticationSubmitParam::new(fields.collect::<Vec<_>>());
            submit.selected_option.clone_from(option);
            Some(submit.into())
        }
        AgentApproval::Deny | AgentApproval::Cancel if is_sign_in => Some(BrowserAuthenticationCancel::new().into()),
        _ if is_sign_in => None,
        _ => {
            let decision: BrowserOriginAccessDecisionParam = answer.decision()?.as_str().into();
            Some(ComputerUseApprovalResponseParam::browser_origin_access(decision))
        }
    }
}

/// The answer to an [`AgentApprovalRequest`].
#[derive(Clone)]
#[non_exhaustive]
pub enum AgentApproval {
    /// The agent may do it.
    Approve,
    /// The agent may not do it, and goes on without. A sign-in is cancelled by it.
    Deny,
    /// The agent may not do it, and the turn is cancelled.
    Cancel,
    /// A sign-in: the values of the request's fields, and the option that was chosen, if it has options. They are not shown
    /// by `Debug`.
    #[non_exhaustive]
    SignIn {
        /// The ids of the fields, and their values.
        fields: Vec<(String, String)>,
        /// The id of the option that was chosen.
        option: Option<String>,
    },
    /// The request is answered elsewhere, or not at all: the run ends with an error of kind
    /// [`ActionRequired`](crate::ErrorKind::ActionRequired), and the session goes on waiting.
    Unanswered,
}

impl AgentApproval {
    /// Makes the answer to a sign-in of the values of its fields.
    ///
    /// ```
    /// use openai_ext::agents::AgentApproval;
    ///
    /// let answer = AgentApproval::sign_in([("user", "ada"), ("password", "secret")]);
    /// assert!(!format!("{answer:?}").contains("secret"));
    /// ```
    pub fn sign_in<I: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (I, V)>) -> Self {
        let fields = fields.into_iter().map(|(id, value)| (id.into(), value.into())).collect();
        Self::SignIn { fields, option: None }
    }

    #[inline]
    fn decision(&self) -> Option<ApprovalDecision> {
        match self {
            Self::Approve => Some(ApprovalDecision::Approve),
            Self::Deny => Some(ApprovalDecision::Deny),
            Self::Cancel => Some(ApprovalDecision::Cancel),
            Self::SignIn { .. } | Self::Unanswered => None,
        }
    }
}

impl From<bool> for AgentApproval {
    #[inline]
    fn from(approve: bool) -> Self {
        if approve { Self::Approve } else { Self::Deny }
    }
}

impl fmt::Debug for AgentApproval {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Approve => "Approve",
            Self::Deny => "Deny",
            Self::Cancel => "Cancel",
            Self::SignIn { .. } => "SignIn(***)",
            Self::Unanswered => "Unanswered",
        })
    }
}

/// The caller's function that answers requests.
#[derive(Clone)]
pub(super) struct Approver(Arc<dyn Fn(AgentApprovalRequest) -> BoxFuture<AgentApproval> + Send + Sync>);

impl Approver {
    pub(super) fn new<F, O>(answer: F) -> Self
    where
        F: Fn(AgentApprovalRequest) -> O + Send + Sync + 'static,
        O: Future<Output: Into<AgentApproval>> + Send + 'static,
    {
        Self(Arc::new(move |request| {
            let answer = answer(request);
            Box::pin(async move { answer.await.into() })
        }))
    }

    /// Asks; a panic of the caller's code is its message.
    #[inline]
    pub(super) fn ask(&self, request: AgentApprovalRequest) -> BoxFuture<Result<AgentApproval, String>> {
        let answer = Arc::clone(&self.0);
        Box::pin(guarded(async move { answer(request).await }))
    }
}

#[cfg(feature = "tools")]
pub(super) use crate::tools::panics::caught_future as guarded;

/// Without tools there is nothing that a panic would lose.
#[cfg(not(feature = "tools"))]
pub(super) async fn guarded<F: Future>(future: F) -> Result<F::Output, String> {
    Ok(future.await)
}
