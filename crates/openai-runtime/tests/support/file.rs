//! A file to download, whole and in parts, and a folder to download it to.
#![allow(dead_code)]

use std::path::PathBuf;

use openai_runtime::{BodyKind, Endpoint};

use crate::support::{ENDPOINT, Reply, Request, Server, eventually};

pub static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };

pub const TAG: &str = "\"v1\"";

/// A folder that is removed at the end, with the path to download to.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("openai-downloads-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn target(&self) -> PathBuf {
        self.0.join("out.bin")
    }

    pub fn names(&self) -> Vec<String> {
        let names = std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }

    /// Files are removed by a thread of its own when a call was dropped.
    pub async fn becomes_empty(&self) {
        assert!(eventually(|| self.names().is_empty()).await, "left behind: {:?}", self.names());
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn content() -> Vec<u8> {
    (0..100_000_u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// The file from its start, broken off after `end` bytes.
pub fn start(end: usize) -> Reply {
    let body = content();
    let whole = end == body.len();
    let reply = Reply::new(200, &body[..end]).in_chunks(777).header("content-length", &body.len().to_string());
    let reply = reply.header("x-request-id", "req_1");
    if whole { reply } else { reply.then_broken() }
}

pub fn tagged(end: usize) -> Reply {
    start(end).header("etag", TAG)
}

/// The part of the file from byte `from`.
pub fn part(from: usize, end: usize) -> Reply {
    let body = content();
    let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
    let reply = Reply::new(206, &body[from..end]).in_chunks(1000).header("content-range", &range).header("etag", TAG);
    if end == body.len() { reply } else { reply.then_broken() }
}

/// The ranges that were asked for, with the version each was bound to.
pub fn ranges(server: &Server) -> Vec<Option<(String, String)>> {
    let requests = server.requests();
    let text = |request: &Request, name| request.header(name).map(str::to_owned);
    requests.iter().map(|request| text(request, "range").zip(text(request, "if-range"))).collect()
}

pub fn asked(from: usize, validator: &str) -> Option<(String, String)> {
    Some((format!("bytes={from}-"), validator.to_owned()))
}
