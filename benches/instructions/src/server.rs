//! A server in a process of its own, so that its instructions are not counted.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;

use crate::codec::CHAT;
use crate::streams::chat_chunk;

/// The number of chunks in a stream.
const CHUNKS: usize = 1_000;

/// A server that ends with this value.
pub struct Server {
    child: Child,
    pub url: String,
}

impl Server {
    pub fn start() -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        let mut child = Command::new(program).arg("serve").stdout(Stdio::piped()).spawn().expect("a server");
        let mut address = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output).read_line(&mut address).expect("its address");
        Self { child, url: format!("http://{}/20/v1", address.trim()) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Prints its address, and answers every request with the same completion, or with a stream of it. The first part of the
/// path is the number of events in a chunk of the body, or `hold` for a stream that stays open after its first event.
pub fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address"));
    for stream in listener.incoming().flatten() {
        let serving = thread::Builder::new().stack_size(128 * 1024).spawn(|| drop(answer(stream)));
        drop(serving.expect("a thread"));
    }
}

fn answer(mut stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(request) = Request::read(&mut reader)? {
        let head = "HTTP/1.1 200 OK\r\nx-request-id: req_1\r\nopenai-processing-ms: 12\r\n";
        if !request.streams {
            let head = format!("{head}content-type: application/json\r\ncontent-length: {}\r\n\r\n", CHAT.len());
            stream.write_all(format!("{head}{CHAT}").as_bytes())?;
            continue;
        }
        let head = format!("{head}content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n");
        let Ok(a_chunk) = request.kind.parse::<usize>() else {
            stream.write_all((head + &http_chunk(&chat_chunk(0))).as_bytes())?;
            continue;
        };
        let events: Vec<String> = (0..CHUNKS).map(chat_chunk).collect();
        let chunks = events.chunks(a_chunk.max(1)).map(|events| http_chunk(&events.concat()));
        let end = http_chunk("data: [DONE]\n\n") + "0\r\n\r\n";
        stream.write_all((head + &chunks.collect::<String>() + &end).as_bytes())?;
    }
    Ok(())
}

fn http_chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

struct Request {
    kind: String,
    streams: bool,
}

impl Request {
    /// Reads a request; `None` if the connection ended.
    fn read(reader: &mut BufReader<TcpStream>) -> std::io::Result<Option<Self>> {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let kind = line.split('/').nth(1).unwrap_or_default().to_owned();
        let mut length = 0;
        while line.len() > 2 {
            line.clear();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let streams = String::from_utf8_lossy(&body).contains("\"stream\":true");
        Ok(Some(Self { kind, streams }))
    }
}
