//! Sessions with MCP servers, of whatever kind the program has them.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use openai_runtime::transport::BoxFuture;
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, PaginatedRequestParams, Tool};
use rmcp::service::RunningService;
use rmcp::{ClientHandler, Peer, RoleClient, ServiceError};

/// A session with an MCP server: a `&RunningService`, an `Arc<RunningService>` or a `Peer` of rmcp.
///
/// An `Arc<RunningService>` also answers a tool that asks for input, by the handler of the session. The session stays the
/// program's: it ends when the program drops its `RunningService`.
#[derive(Clone)]
pub struct McpSession {
    peer: Peer<RoleClient>,
    call: Arc<dyn Fn(CallToolRequestParams) -> BoxFuture<Result<CallToolResult, ServiceError>> + Send + Sync>,
}

impl McpSession {
    /// Lists all tools, page by page. A server whose pages go round in a circle ends with the first that comes again.
    #[inline]
    pub(super) async fn list(&self, max_pages: usize) -> Result<Vec<Tool>, ServiceError> {
        let (mut tools, mut seen) = (Vec::new(), HashSet::new());
        let mut page = None;
        for _ in 0..max_pages {
            let listed = self.peer.list_tools(page.take()).await?;
            tools.extend(listed.tools);
            match listed.next_cursor.filter(|cursor| seen.insert(cursor.clone())) {
                Some(cursor) => page = Some(PaginatedRequestParams::default().with_cursor(Some(cursor))),
                None => break,
            }
        }
        Ok(tools)
    }

    /// Calls a tool. Dropping the future cancels the call at the server.
    #[inline]
    pub(super) fn call(&self, params: CallToolRequestParams) -> BoxFuture<Result<CallToolResult, ServiceError>> {
        (self.call)(params)
    }
}

impl From<Peer<RoleClient>> for McpSession {
    #[inline]
    fn from(peer: Peer<RoleClient>) -> Self {
        let caller = peer.clone();
        let call = move |params| -> BoxFuture<Result<CallToolResult, ServiceError>> {
            let peer = caller.clone();
            Box::pin(async move {
                match peer.call_tool_once(params).await? {
                    CallToolResponse::Complete(result) => Ok(result),
                    _ => Err(ServiceError::UnexpectedResponse),
                }
            })
        };
        Self { peer, call: Arc::new(call) }
    }
}

impl From<&Peer<RoleClient>> for McpSession {
    #[inline]
    fn from(peer: &Peer<RoleClient>) -> Self {
        peer.clone().into()
    }
}

impl<H: ClientHandler> From<&RunningService<RoleClient, H>> for McpSession {
    fn from(session: &RunningService<RoleClient, H>) -> Self {
        session.peer().into()
    }
}

impl<H: ClientHandler> From<Arc<RunningService<RoleClient, H>>> for McpSession {
    fn from(session: Arc<RunningService<RoleClient, H>>) -> Self {
        let peer = session.peer().clone();
        let call = move |params| -> BoxFuture<Result<CallToolResult, ServiceError>> {
            let session = Arc::clone(&session);
            Box::pin(async move { session.call_tool(params).await })
        };
        Self { peer, call: Arc::new(call) }
    }
}

impl<H: ClientHandler> From<&Arc<RunningService<RoleClient, H>>> for McpSession {
    fn from(session: &Arc<RunningService<RoleClient, H>>) -> Self {
        Arc::clone(session).into()
    }
}

impl fmt::Debug for McpSession {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpSession").field("is_closed", &self.peer.is_transport_closed()).finish_non_exhaustive()
    }
}
