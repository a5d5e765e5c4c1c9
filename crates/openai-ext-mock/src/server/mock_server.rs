//! Starting, looking into and stopping a server.

use std::future::{Ready, ready};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use std::sync::Arc;

#[cfg(feature = "realtime")]
use serde_json::Value;
use tokio::sync::oneshot;

use super::listener;
use crate::document;
use crate::error::MockError;
#[cfg(feature = "realtime")]
use crate::script::{RealtimeConnection, RealtimeStep};
use crate::script::{Script, SessionStep, Turn};
use crate::service::{MockService, Settings};
use crate::wire::{ReceivedRequest, Reply};

/// A mock of the API on a port of this machine. It stops when it is dropped.
///
/// The server has a thread and a runtime of its own, so that it works with any async runtime, with none, and beside
/// tests that block or that pause tokio's clock.
///
/// # Panics
/// Dropping it panics if a [`Fault`](crate::Fault) could not apply to the answer that it was meant for, because a test that
/// waits for a failure would pass for nothing; see [`Self::take_unapplied_faults`].
#[derive(Debug)]
pub struct MockServer {
    base_url: String,
    service: Arc<MockService>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// The settings of a server that is not started yet; made by [`MockServer::builder`].
#[derive(Clone, Debug, Default)]
pub struct MockServerBuilder {
    host: Option<IpAddr>,
    port: u16,
    settings: Settings,
}

/// Ample for the deepest JSON and the most tangled schema of a tool that a request can bring, also without optimisation.
const STACK: usize = 16 * 1024 * 1024;

/// A server that is about to start; await it, or [`wait`](Self::wait) for it on a thread without an async runtime.
#[derive(Debug)]
#[must_use = "the server starts once it is awaited"]
pub struct MockServerStart {
    builder: MockServerBuilder,
}

impl MockServerStart {
    /// Starts the server on this thread.
    ///
    /// # Errors
    /// If the port is taken, or if no port or no thread can be had.
    pub fn wait(self) -> Result<MockServer, MockError> {
        self.builder.serve()
    }
}

impl IntoFuture for MockServerStart {
    type Output = Result<MockServer, MockError>;
    type IntoFuture = Ready<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        ready(self.wait())
    }
}

impl MockServer {
    /// Starts a server with the default settings on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// If no port or no thread can be had.
    pub fn start() -> MockServerStart {
        Self::builder().start()
    }

    /// Settings for a server.
    pub fn builder() -> MockServerBuilder {
        MockServerBuilder::default()
    }

    /// The URL to give to a client as its base URL: `http://127.0.0.1:PORT/v1`, or the host it listens on.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The URL to give to a client of Azure OpenAI as its endpoint: `http://127.0.0.1:PORT`. The same operations are below
    /// `/openai/v1`, and with an `api-version` in the query below `/openai/deployments/{deployment}` and `/openai`; the key
    /// may come as `api-key` there.
    pub fn azure_endpoint(&self) -> &str {
        self.base_url.strip_suffix("/v1").unwrap_or(&self.base_url)
    }

    /// The requests that arrived so far, oldest first; the last [`keep_requests`](MockServerBuilder::keep_requests) of them.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.service.requests()
    }

    /// The number of connections that were made to the server so far: a client that keeps its connections makes few.
    pub fn connections(&self) -> usize {
        self.service.connections().all()
    }

    /// The number of connections that are open now. One that the client has closed is counted until the server sees that.
    pub fn open_connections(&self) -> usize {
        self.service.connections().open()
    }

    /// Scripts the answers to an operation, named by its id in the document or by method and path.
    ///
    /// ```
    /// use std::time::Duration;
    /// use openai_ext_mock::{Fault, MockServer, Reply};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// // Twice too fast, and then as always.
    /// server.on("createChatCompletion").times(2).rate_limited(Duration::from_millis(20))?;
    /// server.on("GET /models").reply_json(&json!({"object": "list", "data": []}))?;
    /// server.on("createEmbedding").when(|request| request.header("x-test").is_some()).fault(Fault::Disconnect)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn on(&self, operation: &str) -> Script<'_> {
        Script::new(self.service.scripts(), operation)
    }

    /// Writes down what the model says in the next chat completions, completions and responses, one turn each, whole or as a
    /// stream as the request wants it. The runs of assistants and the turns of agents' sessions take turns as well, one a step. After
    /// the last turn the server answers by itself again. A turn whose [faults](Turn::fault) contradict each other counts as a
    /// fault that could not apply ([`Self::take_unapplied_faults`]).
    ///
    /// ```
    /// use openai_ext_mock::{MockServer, Turn};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("It rains in Oslo.")]);
    /// assert_eq!(server.turns_left(), 2);
    /// # Ok(())
    /// # }
    /// ```
    pub fn converse(&self, turns: impl IntoIterator<Item = Turn>) {
        self.service.scripts().add_turns(turns);
    }

    /// Writes down what happens in the next turn of an agent's session, step by step. After the last step the turn is
    /// completed. Called several times, it is a turn each, in this order.
    ///
    /// ```
    /// use openai_ext_mock::{MockServer, SessionStep};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.on_session([
    ///     SessionStep::commentary("I look it up."),
    ///     SessionStep::call("get_weather", json!({"city": "Oslo"})),
    ///     SessionStep::text("It rains in Oslo."),
    /// ]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_session(&self, steps: impl IntoIterator<Item = SessionStep>) {
        self.service.scripts().add_session(steps.into_iter().collect());
    }

    /// Takes the faults that could not apply so far: the reason for each, with the request whose answer it was meant for. A
    /// request of this kind was answered with status 400 and the code `fault_not_applied`. Dropping the server panics if
    /// there are any that were not taken.
    ///
    /// ```
    /// use openai_ext_mock::{Fault, MockServer, Turn};
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.converse([Turn::text("Hello").fault(Fault::CutEvents(1)).fault(Fault::EndEvents(1))]);
    /// assert!(server.take_unapplied_faults()[0].contains("contradict each other"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_unapplied_faults(&self) -> Vec<String> {
        self.service.scripts().take_unapplied()
    }

    /// The number of turns of [`Self::converse`] that no request has asked for yet.
    pub fn turns_left(&self) -> usize {
        self.service.scripts().turns_left()
    }

    /// Writes down what happens on the next WebSocket, of the Realtime API or of responses, step by step. After the last
    /// step the server goes on by itself. Called several times, it is a connection each, in this order.
    ///
    /// ```
    /// use openai_ext_mock::{MockServer, RealtimeStep};
    /// use serde_json::json;
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// // The first connection is lost after an answer, the second one is as always.
    /// server.on_realtime([RealtimeStep::Greet, RealtimeStep::Answer, RealtimeStep::close(1011, "internal error")]);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "realtime")]
    pub fn on_realtime(&self, steps: impl IntoIterator<Item = RealtimeStep>) {
        self.service.realtime().add_script(steps.into_iter().collect());
    }

    /// The events that clients sent over WebSockets so far, connection by connection, each oldest first. What is not JSON
    /// is a string. Of each connection the last [`keep_requests`](MockServerBuilder::keep_requests) are kept.
    #[cfg(feature = "realtime")]
    pub fn realtime_events(&self) -> Vec<Value> {
        self.service.realtime().events()
    }

    /// The WebSockets that were opened so far, oldest first, with their events and how they were closed.
    #[cfg(feature = "realtime")]
    pub fn realtime_connections(&self) -> Vec<RealtimeConnection> {
        self.service.realtime().connections()
    }

    /// Lets `script` answer requests. The script that was added last is asked first; the first that gives an answer wins,
    /// and without one the server answers by itself.
    ///
    /// ```
    /// use openai_ext_mock::{MockServer, Reply};
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.on_request(|request| {
    ///     let chat = request.operation()?.id() == "createChatCompletion";
    ///     chat.then(|| Reply::error(http::StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), "Slow down."))
    /// });
    /// # Ok(())
    /// # }
    /// ```
    pub fn on_request(&self, script: impl Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync + 'static) {
        self.service.scripts().add(Box::new(script));
    }
}

impl Drop for MockServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A script may own the server, and then it is the server's thread that drops it.
            if thread.thread().id() != thread::current().id() {
                drop(thread.join());
            }
        }
        let unapplied = self.take_unapplied_faults();
        // A second panic would end the process, and with it the message of the first.
        if !unapplied.is_empty() && !thread::panicking() {
            panic!("mock server: {} could not apply: {}", plural(unapplied.len()), unapplied.join("; "));
        }
    }
}

fn plural(faults: usize) -> String {
    if faults == 1 { "a fault".to_owned() } else { format!("{faults} faults") }
}

impl MockServerBuilder {
    /// Other seeds give other answers; the same seed and requests give the same ones. The default is 0.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// The address of this machine to listen on, 127.0.0.1 by default: any other lets others in.
    #[must_use]
    pub fn host(mut self, host: IpAddr) -> Self {
        self.host = Some(host);
        self
    }

    /// The port to listen on; 0, the default, takes a free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Lets only requests with `Authorization: Bearer KEY` through; a WebSocket may have it as the subprotocol
    /// `openai-insecure-api-key.KEY`. By default any key will do, and none.
    #[must_use]
    pub fn require_key(mut self, key: impl Into<String>) -> Self {
        self.settings.key = Some(key.into());
        self
    }

    /// The time between two events of a stream or of what is said over a WebSocket, 5 ms by default.
    #[must_use]
    pub fn event_interval(mut self, interval: Duration) -> Self {
        self.settings.event_interval = interval;
        self
    }

    /// Sets the number of requests that [`MockServer::requests`] remembers, 1000 by default.
    #[must_use]
    pub fn keep_requests(mut self, count: usize) -> Self {
        self.settings.keep_requests = count;
        self
    }

    /// The size in bytes from which on a request's body is refused with status 413, 65 MiB by default: the largest part of an
    /// upload with its form. A larger message of a WebSocket closes it with code 1009.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Takes any JSON body, also one that the document does not allow. By default such a request is refused with status 400.
    #[must_use]
    pub fn lenient(mut self) -> Self {
        self.settings.lenient = true;
        self.settings.state.lenient = true;
        self
    }

    /// Lets pages of other origins read the answers, in a browser: answers preflights, and sends the headers of CORS. A script
    /// can set a header of these otherwise. By default a browser refuses such pages the answers.
    #[must_use]
    pub fn cors(mut self) -> Self {
        self.settings.cors = true;
        self
    }

    /// The time that passes before any answer, none by default.
    #[must_use]
    pub fn latency(mut self, latency: Duration) -> Self {
        self.settings.latency = latency;
        self
    }

    /// Lets `requests` requests through in each `window`, and refuses the others with status 429; all answers have the
    /// headers that tell how many are left. Without a limit, the default, they have none.
    #[must_use]
    pub fn rate_limit(mut self, requests: u32, window: Duration) -> Self {
        self.settings.rate_limit = Some((requests, window));
        self
    }

    /// Makes up every answer by the seed, and remembers nothing: any id is one of an object that is there.
    ///
    /// By default the server keeps what requests make (files, vector stores, batches, assistants, threads, conversations,
    /// stored responses and completions, fine-tuning jobs, videos, containers), and what was never made is not found.
    #[must_use]
    pub fn stateless(mut self) -> Self {
        self.settings.state.on = false;
        self
    }

    /// Sets the number of polls after which an object moves on to its next status: a run from `queued` to `in_progress`, for
    /// example. With 1, the default, each poll finds it one status further; with 0 the first one finds it at its end.
    #[must_use]
    pub fn polls_per_step(mut self, polls: u32) -> Self {
        self.settings.state.polls_per_step = polls;
        self
    }

    /// Sets the time that clients are told to wait between two polls of an object, in `openai-poll-after-ms`; 10 ms by default.
    #[must_use]
    pub fn poll_after(mut self, interval: Duration) -> Self {
        self.settings.state.poll_after = interval;
        self
    }

    /// Sets the number of objects of each kind that are kept, 10,000 by default; the oldest go first. Their contents may take up to
    /// 256 MiB a kind.
    #[must_use]
    pub fn keep_objects(mut self, count: usize) -> Self {
        self.settings.state.keep_objects = count;
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// If the port is taken, or if no port or no thread can be had.
    pub fn start(self) -> MockServerStart {
        MockServerStart { builder: self }
    }

    fn serve(self) -> Result<MockServer, MockError> {
        document::load()?;
        let address = SocketAddr::from((self.host.unwrap_or(Ipv4Addr::LOCALHOST.into()), self.port));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| MockError::io("starting a runtime", error))?;
        let bound = {
            let _runtime = runtime.enter();
            listener::bind(address).and_then(|listener| Ok((listener.local_addr()?, listener)))
        };
        let (address, listener) = match bound {
            Ok(bound) => bound,
            Err(error) => {
                // It may not be dropped within the caller's runtime.
                runtime.shutdown_background();
                return Err(MockError::io(format!("listening on {address}"), error));
            }
        };
        let service = Arc::new(MockService::new(self.settings));
        let (stop, stopped) = oneshot::channel();
        let served = Arc::clone(&service);
        let thread = thread::Builder::new()
            .name("openai-ext-mock".to_owned())
            .stack_size(STACK)
            .spawn(move || runtime.block_on(listener::serve(listener, served, stopped)))
            .map_err(|error| MockError::io("starting a thread", error))?;
        let base_url = format!("http://{address}/v1");
        Ok(MockServer { base_url, service, stop: Some(stop), thread: Some(thread) })
    }
}
