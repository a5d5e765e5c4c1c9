//! A server that says exactly what a test wants, byte by byte.
#![allow(dead_code)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a connection, one step after the other; then it closes it.
#[derive(Clone, Debug)]
pub enum Step {
    /// Reads a whole request.
    Read,
    Send(Vec<u8>),
    /// Sends byte by byte, with this many milliseconds between two.
    Drip(Vec<u8>, u64),
    Wait(u64),
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
}

impl TcpServer {
    /// Each connection gets the next script; the last one serves all that follow.
    pub async fn start(scripts: Vec<Vec<Step>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            requests: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
            most: Arc::default(),
            most_busy: Arc::default(),
        };
        let (requests, connections, open) = (server.requests.clone(), server.connections.clone(), server.open.clone());
        let (most, busy) = (server.most.clone(), Busy { now: Arc::default(), most: server.most_busy.clone() });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let index = connections.fetch_add(1, Ordering::SeqCst);
                let script = scripts[index.min(scripts.len() - 1)].clone();
                let (requests, open, busy) = (requests.clone(), open.clone(), busy.clone());
                most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::spawn(async move {
                    serve(stream, script, requests, busy).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }
}

/// Requests that wait for their answers.
#[derive(Clone)]
struct Busy {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
}

struct Counted(Arc<AtomicUsize>);

impl Busy {
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

async fn serve(mut stream: TcpStream, script: Vec<Step>, requests: Arc<Mutex<Vec<String>>>, busy: Busy) {
    let mut counted = None;
    for step in script {
        match step {
            Step::Read => match read_request(&mut stream).await {
                Some(request) => {
                    counted = Some(busy.count());
                    requests.lock().unwrap().push(request);
                }
                None => return,
            },
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
            Step::Wait(pause) => tokio::time::sleep(Duration::from_millis(pause)).await,
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

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut all = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.ok().filter(|count| *count > 0)?;
        all.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&all).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(text);
        }
    }
}
