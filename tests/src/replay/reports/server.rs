//! A server on loopback that gives each request the same answer and keeps the requests.

use std::io;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A request as it came: its first line, and its body if that is JSON.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// The path and query.
    pub path: String,
    /// The body, or null.
    pub body: Value,
}

/// Serves one answer to all requests; stops when it is dropped.
#[derive(Debug)]
pub struct ReportServer {
    url: String,
    seen: Arc<Mutex<Vec<Received>>>,
    task: tokio::task::JoinHandle<()>,
}

impl ReportServer {
    /// Serves an answer, head and body as they are.
    ///
    /// # Errors
    /// There is no port.
    pub async fn start(response: Vec<u8>) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that is gone is no matter of the server's.
                let _ = answer(stream, &response, &log).await;
            }
        });
        Ok(Self { url, seen, task })
    }

    /// Returns the base URL to give to a client.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/v1", self.url)
    }

    /// Returns the requests so far.
    #[must_use]
    pub fn seen(&self) -> Vec<Received> {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

impl Drop for ReportServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(mut stream: TcpStream, response: &[u8], log: &Mutex<Vec<Received>>) -> io::Result<()> {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    let body = loop {
        if let Some(body) = body_of(&request) {
            break body;
        }
        let count = stream.read(&mut buffer).await?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..count]);
    };
    let line = String::from_utf8_lossy(request.split(|byte| *byte == b'\n').next().unwrap_or_default()).into_owned();
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    if let Ok(mut log) = log.lock() {
        log.push(Received { path, body: serde_json::from_slice(&body).unwrap_or_default() });
    }
    stream.write_all(response).await?;
    stream.shutdown().await
}

/// The body of a request, once it is all there. One in chunks is not read, only waited for.
fn body_of(request: &[u8]) -> Option<Vec<u8>> {
    let end = request.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let body = &request[end + 4..];
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
    match length {
        Some(length) => (body.len() >= length).then(|| body.to_vec()),
        None if head.contains("transfer-encoding: chunked") => body.ends_with(b"0\r\n\r\n").then(|| body.to_vec()),
        None => Some(Vec::new()),
    }
}
