//! A large file in parts is never in memory. A program of its own, as the peak is that of the process.
//!
//! It has 512 MiB, or as many bytes as `OPENAI_EXT_UPLOAD_BYTES` says.
#![cfg(feature = "uploads")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use openai_ext::prelude::*;

/// Eight parts; in a build without optimisation more would take longer than a test should.
const LENGTH: u64 = 512 * 1024 * 1024;
/// How much the peak may grow, in KiB.
const GROWTH: u64 = 64 * 1024;

/// The most memory that the process ever had, in KiB.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

/// Answers requests over one connection: an upload, its parts, its end.
fn serve(stream: TcpStream, received: &AtomicU64) -> std::io::Result<()> {
    let mut reader = BufReader::with_capacity(1024 * 1024, stream.try_clone()?);
    let mut writer = stream;
    let mut sink = vec![0; 1024 * 1024];
    loop {
        let (mut path, mut length) = (String::new(), 0_u64);
        if reader.read_line(&mut path)? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or_default();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let is_part = path.contains("/parts");
        let mut left = length;
        while left > 0 {
            let most = sink.len().min(usize::try_from(left).unwrap_or(sink.len()));
            let count = reader.read(&mut sink[..most])?;
            if count == 0 {
                return Err(std::io::ErrorKind::UnexpectedEof.into());
            }
            left -= count as u64;
        }
        if is_part {
            received.fetch_add(length, Ordering::SeqCst);
        }
        let id = if is_part { "part_1" } else { "upload_1" };
        let body = format!("{{\"id\":\"{id}\",\"status\":\"completed\"}}");
        let head =
            format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
        writer.write_all(head.as_bytes())?;
        writer.write_all(body.as_bytes())?;
    }
}

#[tokio::test]
async fn memory_stays_flat() -> Result<(), Box<dyn std::error::Error>> {
    let Some(before) = peak() else {
        println!("skipped: this system does not tell the peak of memory by /proc/self/status");
        return Ok(());
    };
    let wanted = std::env::var("OPENAI_EXT_UPLOAD_BYTES").ok();
    let length = wanted.map_or(Ok(LENGTH), |bytes| bytes.parse::<u64>())?;
    let path = std::env::temp_dir().join(format!("openai-ext-chunked-{}.bin", std::process::id()));
    // A file with holes: it takes no room on the disk.
    std::fs::File::create(&path)?.set_len(length)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    let received = Arc::new(AtomicU64::new(0));
    let counted = received.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = counted.clone();
            std::thread::spawn(move || serve(stream, &counted));
        }
    });
    let client = Client::builder().api_key("k").base_url(url).timeout(Duration::from_secs(600)).build()?;
    let started = Instant::now();
    let uploaded = client.uploads().upload_file_chunked(path.as_path(), "batch").await;
    let took = started.elapsed();
    std::fs::remove_file(&path)?;
    assert_eq!(uploaded?.id, "upload_1");
    let received = received.load(Ordering::SeqCst);
    assert!((length..length + 32 * 1024).contains(&received), "{received}");
    let grown = peak().unwrap_or_default() - before;
    println!("{received} bytes in {took:?}; the peak grew by {grown} KiB, from {before} KiB");
    assert!(grown < GROWTH, "the peak grew by {grown} KiB");
    Ok(())
}
