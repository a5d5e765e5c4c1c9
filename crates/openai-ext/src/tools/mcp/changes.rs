//! Changes of a server's list of tools.

use std::sync::Arc;

use rmcp::model::ClientConfig;
use rmcp::service::NotificationContext;
use rmcp::{ClientHandler, RoleClient};
use tokio::sync::watch;

/// A handler of a session that notes when the server says that its list of tools has changed.
///
/// ```no_run
/// use openai_ext::tools::mcp::{McpTools, ToolListChanges};
/// use rmcp::ServiceExt as _;
/// use tokio::net::TcpStream;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let mut changes = ToolListChanges::new();
/// let session = changes.clone().serve(TcpStream::connect("127.0.0.1:7000").await?).await?;
/// let mcp = McpTools::of("files", &session);
/// let mut tools = mcp.toolbox().await?;
/// loop {
///     // A run with `tools`, and before the next one:
///     if changes.take() {
///         tools = mcp.toolbox().await?;
///     }
/// #   let _ = &tools;
/// #   break;
/// }
/// # Ok(())
/// # }
/// ```
///
/// Clones share what they note, and each takes a change once. A program with a handler of its own calls
/// [`note`](Self::note) in its `on_tool_list_changed`.
#[derive(Clone, Debug)]
pub struct ToolListChanges {
    info: ClientConfig,
    sender: Arc<watch::Sender<u64>>,
    receiver: watch::Receiver<u64>,
}

impl ToolListChanges {
    /// Notes nothing yet.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets what the client tells the server of itself.
    #[must_use]
    #[inline]
    pub fn with_info(mut self, info: ClientConfig) -> Self {
        self.info = info;
        self
    }

    /// Notes a change.
    #[inline]
    pub fn note(&self) {
        self.sender.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Returns whether the list has changed since the last call.
    #[inline]
    pub fn take(&mut self) -> bool {
        let has_changed = self.receiver.has_changed().unwrap_or(false);
        self.receiver.mark_unchanged();
        has_changed
    }

    /// Waits until the list changes.
    #[inline]
    pub async fn changed(&mut self) {
        // The sender is held here.
        let _ = self.receiver.changed().await;
    }
}

impl Default for ToolListChanges {
    #[inline]
    fn default() -> Self {
        let (sender, receiver) = watch::channel(0);
        Self { info: ClientConfig::default(), sender: Arc::new(sender), receiver }
    }
}

impl ClientHandler for ToolListChanges {
    #[inline]
    async fn on_tool_list_changed(&self, _context: NotificationContext<RoleClient>) {
        self.note();
    }

    #[inline]
    fn get_info(&self) -> ClientConfig {
        self.info.clone()
    }
}
