//! Requests into files: JSON lines within the limits of a batch.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::Write;
use std::path::PathBuf;

use openai_runtime::json::Writer;

use super::lines::Lines;
use super::plan::{Limits, Requests};
use super::raw::{Raw, RawEmitter};
use super::request::{EncodedRequest, MOST_INPUTS, inputs};
use super::rows;
use super::state::BatchPart;
use super::store::Store;
use crate::support::disk::{failed, on_disk};
use crate::support::private_files;
use crate::{Error, ErrorKind, Result};

/// So much is collected before it is written.
const CHUNK: usize = 1024 * 1024;

/// So many requests are written between two events.
const REPORT: u64 = 1000;

/// Writes all requests into files; gives the parts.
#[inline]
pub(super) async fn write(
    requests: &mut Requests,
    store: &Store,
    url: &str,
    limits: Limits,
    emitter: &RawEmitter,
) -> Result<Vec<BatchPart>> {
    let mut files = Files { store, url, limits, parts: Vec::new(), file: None, buffer: Vec::new(), inputs: 0 };
    let mut ids = Ids { hasher: RandomState::new(), seen: HashSet::new() };
    let mut count: u64 = 0;
    while let Some(request) = next(requests).await {
        let custom_id = request.custom_id.unwrap_or_else(|| format!("request-{count}"));
        let about = |error: Error| error.prefixed(&format!("request {count} ({custom_id:?})"));
        if custom_id.is_empty() {
            return Err(Error::new(ErrorKind::InvalidRequest, format!("request {count} has an empty custom id")));
        }
        let body = request.body.map_err(about)?;
        if ids.may_be_known(&custom_id)
            && let Some(other) = files.find(&custom_id).await?
        {
            let message =
                format!("requests {other} and {count} have the same custom id {custom_id:?}: give each its own");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        files.add(&custom_id, &body).await.map_err(about)?;
        count += 1;
        if count.is_multiple_of(REPORT) {
            emitter.emit(Raw::Prepared { requests: count }).await;
        }
    }
    if count == 0 {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            "a batch run needs at least one request, and there was none",
        ));
    }
    files.end_part().await?;
    emitter.emit(Raw::Prepared { requests: count }).await;
    Ok(files.parts)
}

#[inline]
async fn next(requests: &mut Requests) -> Option<EncodedRequest> {
    std::future::poll_fn(|context| requests.as_mut().poll_next(context)).await
}

/// The custom ids so far, as hashes: eight bytes each. A hash that was there before is looked up in the files.
struct Ids {
    hasher: RandomState,
    seen: HashSet<u64>,
}

impl Ids {
    #[inline]
    fn may_be_known(&mut self, custom_id: &str) -> bool {
        !self.seen.insert(self.hasher.hash_one(custom_id))
    }
}

/// The files being written.
struct Files<'s> {
    store: &'s Store,
    url: &'s str,
    limits: Limits,
    parts: Vec<BatchPart>,
    /// The last part's; none before the first line.
    file: Option<File>,
    buffer: Vec<u8>,
    /// Of the last part.
    inputs: u64,
}

impl Files<'_> {
    #[inline]
    async fn add(&mut self, custom_id: &str, body: &[u8]) -> Result<()> {
        let line = line(custom_id, self.url, body);
        let (length, inputs) = (line.len() as u64, inputs(self.url, body));
        if length > self.limits.bytes {
            let message = format!("it takes {length} bytes, and a file at most {}", self.limits.bytes);
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let is_full = self.parts.last().is_none_or(|part| {
            part.requests >= self.limits.requests
                || part.bytes + length > self.limits.bytes
                || self.inputs + inputs > MOST_INPUTS
        });
        if is_full {
            self.begin_part().await?;
        }
        if let Some(part) = self.parts.last_mut() {
            part.requests += 1;
            part.bytes += length;
        }
        self.inputs += inputs;
        self.buffer.extend_from_slice(&line);
        if self.buffer.len() >= CHUNK { self.flush(false).await } else { Ok(()) }
    }

    #[inline]
    async fn begin_part(&mut self) -> Result<()> {
        self.end_part().await?;
        let first = self.parts.last().map_or(0, |part| part.first + part.requests);
        let path = self.store.input_path(self.parts.len());
        self.parts.push(BatchPart { first, ..BatchPart::default() });
        self.inputs = 0;
        let (created, hold) = (path.clone(), self.store.hold());
        let file = on_disk(move || {
            let file = private_files::create(&created);
            drop(hold);
            file
        });
        self.file = Some(file.await.map_err(failed(&path, "can't be made"))?);
        Ok(())
    }

    /// Ends a part: its file is on the disk before anything is sent.
    #[inline]
    async fn end_part(&mut self) -> Result<()> {
        self.flush(true).await?;
        self.file = None;
        Ok(())
    }

    #[inline]
    async fn flush(&mut self, sync: bool) -> Result<()> {
        let Some(mut file) = self.file.take() else { return Ok(()) };
        let (mut buffer, hold) = (std::mem::take(&mut self.buffer), self.store.hold());
        let written = on_disk(move || {
            file.write_all(&buffer)?;
            if sync {
                file.sync_all()?;
            }
            buffer.clear();
            drop(hold);
            Ok((file, buffer))
        });
        let path = self.path();
        let (file, buffer) = written.await.map_err(failed(&path, "can't be written"))?;
        (self.file, self.buffer) = (Some(file), buffer);
        Ok(())
    }

    /// The index of the request with this custom id.
    #[inline]
    async fn find(&mut self, custom_id: &str) -> Result<Option<u64>> {
        self.flush(false).await?;
        for (index, part) in self.parts.iter().enumerate() {
            let mut lines = Lines::open(self.store.input_path(index)).await?;
            let mut at = part.first;
            while let Some(line) = lines.next().await? {
                if rows::custom_id(line)? == custom_id {
                    return Ok(Some(at));
                }
                at += 1;
            }
        }
        Ok(None)
    }

    #[inline]
    fn path(&self) -> PathBuf {
        self.store.input_path(self.parts.len().saturating_sub(1))
    }
}

/// A line of a batch's input, with the custom id first.
#[inline]
fn line(custom_id: &str, url: &str, body: &[u8]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer.string(custom_id);
    let mut line = Vec::with_capacity(body.len() + custom_id.len() + 80);
    line.extend_from_slice(b"{\"custom_id\":");
    line.extend_from_slice(writer.as_bytes());
    line.extend_from_slice(b",\"method\":\"POST\",\"url\":\"");
    line.extend_from_slice(url.as_bytes());
    line.extend_from_slice(b"\",\"body\":");
    // A line break between members, as in a body made by hand, would end the line.
    line.extend(body.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
    line.extend_from_slice(b"}\n");
    line
}
