//! A file of 2 GiB is sent without being held in memory. A program of its own, as the peak is that of the process.
#![allow(missing_docs)]

mod support;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use openai_runtime::json::{Json, ReadError, Reader, Writer};
use openai_runtime::{BodyKind, Call, Client, Endpoint, InputFile};
use support::ENDPOINT;

static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

const LENGTH: u64 = 2 * 1024 * 1024 * 1024;
/// How much the peak may grow, in KiB.
const GROWTH: u64 = 64 * 1024;

struct Form(InputFile);

impl Json for Form {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        reader.skip()
    }

    fn write(&self, writer: &mut Writer) {
        std::collections::BTreeMap::from([("file".to_owned(), self.0.clone())]).write(writer);
    }
}

/// The most memory that the process ever had, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Reads one request, answers it and gives its head and the length of its body.
fn sink(mut stream: TcpStream) -> (String, u64) {
    let mut buffer = vec![0; 1024 * 1024];
    let mut head = Vec::new();
    let (start, length) = loop {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the request ends in its head");
        head.extend_from_slice(&buffer[..count]);
        let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let rest = head.len() - end - 4;
        let text = String::from_utf8(head[..end].to_vec()).unwrap().to_ascii_lowercase();
        let length = text.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.parse::<u64>().ok());
        break (rest as u64, (text, length.expect("a length is sent")));
    };
    let (text, length) = length;
    let mut read = start;
    while read < length {
        let count = stream.read(&mut buffer).unwrap();
        assert!(count > 0, "the body ends after {read} bytes of {length}");
        read += count as u64;
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").unwrap();
    (text, read)
}

#[tokio::test]
async fn two_gibibytes() {
    if peak().is_none() {
        println!("skipped: this system does not tell the peak of memory by /proc/self/status");
        return;
    }
    let path = std::env::temp_dir().join(format!("openai-runtime-upload-{}.bin", std::process::id()));
    std::fs::File::create(&path).unwrap().set_len(LENGTH).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v1", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || sink(listener.accept().unwrap().0));
    let client = Client::builder().api_key("k").base_url(url).timeout(Duration::from_secs(1800)).build().unwrap();
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&Form(InputFile::from_path(&path)));

    let (before, started) = (peak().unwrap(), Instant::now());
    let sent = call.send_unit().await;
    let (after, took) = (peak().unwrap(), started.elapsed());
    std::fs::remove_file(&path).unwrap();
    sent.unwrap();
    let (head, length) = server.join().unwrap();
    assert!(head.contains("content-type: multipart/form-data; boundary="), "{head}");
    assert!((LENGTH..LENGTH + 1024).contains(&length), "{length}");
    let grown = after - before;
    println!("{length} bytes in {took:?}; the peak grew by {grown} KiB, from {before} to {after} KiB");
    assert!(grown < GROWTH, "the peak grew by {grown} KiB");
}
