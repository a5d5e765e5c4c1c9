//! A server whose streams have no end, and which tells whether a client went away.
//!
//! Its events are large: a browser reads the rest of a small body even if the page has dropped it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::Outcome;

const CORS: &str = "access-control-allow-origin: *\r\nconnection: close\r\n";
/// The characters of an event.
const LARGE: usize = 256 * 1024;
/// The end of the stream all the same, so that a failed test ends.
const LONGEST: Duration = Duration::from_secs(60);

pub(super) struct Endless {
    pub(super) url: String,
    aborted: Arc<AtomicBool>,
}

impl Endless {
    pub(super) fn start() -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let aborted = Arc::new(AtomicBool::new(false));
        let told = aborted.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let told = told.clone();
                thread::spawn(move || answer(&stream, &told));
            }
        });
        Ok(Self { url, aborted })
    }

    /// Waits until a client has gone away in the middle of a stream; returns false if none does.
    pub(super) fn is_aborted_within(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if self.aborted.load(Ordering::Relaxed) {
                return true;
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }
}

fn answer(mut stream: &TcpStream, aborted: &AtomicBool) -> Outcome<()> {
    let (preflight, length) = read_head(stream)?;
    if preflight {
        write!(stream, "HTTP/1.1 204 No Content\r\n{CORS}access-control-allow-headers: {length}\r\n\r\n")?;
        return Ok(());
    }
    write!(stream, "HTTP/1.1 200 OK\r\n{CORS}content-type: text/event-stream\r\n\r\n")?;
    let choice = json!({"index": 0, "delta": {"content": "x".repeat(LARGE)}, "finish_reason": null});
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
    let event = format!("data: {chunk}\n\n");
    let begun = Instant::now();
    while begun.elapsed() < LONGEST {
        if stream.write_all(event.as_bytes()).is_err() {
            aborted.store(true, Ordering::Relaxed);
            break;
        }
        thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

/// Reads a request; tells whether it is a preflight, and the headers that it asks for.
fn read_head(stream: &TcpStream) -> Outcome<(bool, String)> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let preflight = line.starts_with("OPTIONS");
    let (mut length, mut asked) = (0, String::new());
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse()?,
            "access-control-request-headers" => value.trim().clone_into(&mut asked),
            _ => {}
        }
    }
    reader.read_exact(&mut vec![0; length])?;
    Ok((preflight, asked))
}
