//! A server that says exactly what a test wants, byte by byte.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub use crate::support::eventually;

/// What the server does with a connection, one step after the other; then it closes it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads a whole request.
    Read,
    /// Reads up to the end of a request's headers, and no more than came with them.
    ReadHead,
    Send(Vec<u8>),
    /// Sends byte by byte, with this many milliseconds between two.
    Drip(Vec<u8>, u64),
    /// Sends the same again and again, up to this many times or until the other side is gone.
    Repeat(Vec<u8>, usize),
    Wait(u64),
    /// Waits until the test says so.
    Until(Arc<AtomicBool>),
    /// Closes so that the other side gets a reset.
    Reset,
    Hang,
}

pub struct TcpServer {
    pub address: SocketAddr,
    pub requests: Arc<Mutex<Vec<String>>>,
    pub connections: Arc<AtomicUsize>,
    pub open: Arc<AtomicUsize>,
    /// The most connections that were open at once.
    pub most: Arc<AtomicUsize>,
    /// The most requests that were read and not yet answered at once.
    pub most_busy: Arc<AtomicUsize>,
    /// Connections on which something is under way: between a request's first byte and the step that reads the next.
    pub busy: Arc<AtomicUsize>,
    /// The bytes that `Repeat` could send.
    pub sent: Arc<AtomicUsize>,
}

impl TcpServer {
    /// Each connection gets the next script; the last one serves all that follow.
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        Self::bind().await.serve(scripts)
    }

    /// The same, with scripts that name the server's own address.
    pub async fn start_with(scripts: impl FnOnce(SocketAddr) -> Vec<Vec<Step>>) -> Self {
        let bound = Self::bind().await;
        let scripts = scripts(bound.address());
        bound.serve(scripts)
    }

    /// A server with an address and nothing to say yet.
    pub async fn bind() -> Bound {
        Bound(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::SeqCst)
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// Waits until as many connections are open; a busy machine takes its time.
    pub async fn wait_open(&self, count: usize) -> bool {
        eventually(|| self.open() == count).await
    }
}

pub struct Bound(TcpListener);

impl Bound {
    pub fn address(&self) -> SocketAddr {
        self.0.local_addr().unwrap()
    }

    pub fn serve(self, scripts: Vec<Vec<Step>>) -> TcpServer {
        let server = TcpServer {
            address: self.address(),
            requests: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
            most: Arc::default(),
            most_busy: Arc::default(),
            busy: Arc::default(),
            sent: Arc::default(),
        };
        let (requests, connections, open) = (server.requests.clone(), server.connections.clone(), server.open.clone());
        let (busy, sent) = (server.busy.clone(), server.sent.clone());
        let (most, waiting) = (server.most.clone(), Waiting { now: Arc::default(), most: server.most_busy.clone() });
        tokio::spawn(async move {
            while let Ok((stream, _)) = self.0.accept().await {
                let index = connections.fetch_add(1, Ordering::SeqCst);
                let script = scripts[index.min(scripts.len() - 1)].clone();
                let (requests, open) = (requests.clone(), open.clone());
                let (busy, sent) = (Busy(busy.clone(), false), sent.clone());
                let waiting = waiting.clone();
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::spawn(async move {
                    serve(stream, script, requests, busy, waiting, sent).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }
}

/// Runs what has to let time go by, with more and more of it until it passes: on a busy machine what is to come first may
/// come too late. The number is what each time of the test is multiplied by.
pub async fn patiently<F: Future<Output = ()> + Send + 'static>(test: impl Fn(u64) -> F) {
    for factor in [1, 5] {
        if tokio::spawn(test(factor)).await.is_ok() {
            return;
        }
        println!("once more, with more time");
    }
    test(30).await;
}

/// Counts a connection as busy, at most once.
struct Busy(Arc<AtomicUsize>, bool);

impl Busy {
    fn set(&mut self, busy: bool) {
        match (self.1, busy) {
            (false, true) => drop(self.0.fetch_add(1, Ordering::SeqCst)),
            (true, false) => drop(self.0.fetch_sub(1, Ordering::SeqCst)),
            _ => {}
        }
        self.1 = busy;
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.set(false);
    }
}

/// Requests that wait for their answers.
#[derive(Clone)]
struct Waiting {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Counted(Arc<AtomicUsize>);

impl Waiting {
    fn count(&self) -> Counted {
        self.most.fetch_max(self.now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Counted(self.now.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Vec<Step>,
    requests: Arc<Mutex<Vec<String>>>,
    mut busy: Busy,
    waiting: Waiting,
    sent: Arc<AtomicUsize>,
) {
    let mut counted = None;
    for step in script {
        match step {
            Step::Read | Step::ReadHead => {
                busy.set(false);
                match read_request(&mut stream, matches!(step, Step::Read), &mut busy).await {
                    Some(request) => {
                        counted = Some(waiting.count());
                        requests.lock().unwrap().push(request);
                    }
                    None => return,
                }
            }
            Step::Send(bytes) => {
                // Before, as the other side may have all of it before this side knows.
                drop(counted.take());
                if stream.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Step::Drip(bytes, pause) => {
                for byte in bytes {
                    if stream.write_all(&[byte]).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                }
            }
            Step::Repeat(bytes, times) => {
                for _ in 0..times {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                    sent.fetch_add(bytes.len(), Ordering::SeqCst);
                }
            }
            Step::Wait(pause) => tokio::time::sleep(Duration::from_millis(pause)).await,
            Step::Until(so) => assert!(eventually(|| so.load(Ordering::SeqCst)).await),
            Step::Reset => {
                let _ = stream.set_zero_linger();
                return;
            }
            Step::Hang => {
                // Until the other side is gone.
                let mut buffer = [0; 1024];
                while matches!(stream.read(&mut buffer).await, Ok(count) if count > 0) {}
                return;
            }
        }
    }
    let _ = stream.shutdown().await;
}

async fn read_request(stream: &mut TcpStream, whole: bool, busy: &mut Busy) -> Option<String> {
    let mut all = Vec::new();
    let mut buffer = vec![0; 64 * 1024];
    let mut end = None;
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        busy.set(true);
        all.extend_from_slice(&buffer[..count]);
        if end.is_none() {
            let head = all.windows(4).position(|window| window == b"\r\n\r\n");
            end = head.map(|at| at + 4 + if whole { length(&all[..at]) } else { 0 });
        }
        if end.is_some_and(|end| all.len() >= end) {
            return Some(String::from_utf8_lossy(&all).into_owned());
        }
    }
}

fn length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    length.unwrap_or(0)
}
