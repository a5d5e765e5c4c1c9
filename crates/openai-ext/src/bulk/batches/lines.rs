//! The lines of a file, one after the other or from places within it, without the file in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};

use crate::Result;
use crate::support::disk::{failed, on_disk};

/// So much is read at once.
const CHUNK: usize = 256 * 1024;

/// So much is kept of a line that is longer than it may be, to tell whose it is.
const START: usize = 4096;

/// A file's lines from its start.
pub(super) struct Lines {
    path: PathBuf,
    /// The longest line that is kept.
    limit: usize,
    /// Away while it is being read; gone once it ended.
    file: Option<File>,
    buffer: BytesMut,
    /// Up to here there is no line break in the buffer.
    searched: usize,
    /// The bytes of the line that were not kept, behind those that were.
    dropped: u64,
    /// The start of the buffer in the file.
    at: u64,
    /// The lines that were read, those that are empty among them.
    count: u64,
    line: Line,
}

/// A line that is not empty, without its break.
#[derive(Default)]
pub(super) struct Line {
    /// The offset of its start in the file.
    pub(super) at: u64,
    /// Its number, from 1.
    pub(super) number: u64,
    /// All of it, or its start if it is longer than it may be.
    pub(super) bytes: Bytes,
    pub(super) is_cut: bool,
}

impl Lines {
    /// Opens a file whose lines may have any length, because the run wrote it itself.
    #[inline]
    pub(super) async fn open(path: PathBuf) -> Result<Self> {
        Self::limited(path, usize::MAX).await
    }

    /// Opens a file of which no line that is longer than this is kept.
    #[inline]
    pub(super) async fn limited(path: PathBuf, limit: usize) -> Result<Self> {
        let file = Some(open(&path).await?);
        let (buffer, line) = (BytesMut::new(), Line::default());
        Ok(Self { path, limit, file, buffer, searched: 0, dropped: 0, at: 0, count: 0, line })
    }

    /// The next line that is not empty, without its break.
    #[inline]
    pub(super) async fn next(&mut self) -> Result<Option<&[u8]>> {
        Ok(self.next_line().await?.map(|line| &*line.bytes))
    }

    /// The same with its place.
    #[inline]
    pub(super) async fn next_line(&mut self) -> Result<Option<&Line>> {
        loop {
            let Some(line) = self.split().await? else { return Ok(None) };
            if line.is_cut || !line.bytes.trim_ascii().is_empty() {
                self.line = line;
                return Ok(Some(&self.line));
            }
        }
    }

    #[inline]
    async fn split(&mut self) -> Result<Option<Line>> {
        loop {
            let fresh = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let mut line = self.take(self.searched + end + 1);
                line.bytes.truncate(line.bytes.len() - 1);
                return Ok(Some(line));
            }
            self.searched = self.buffer.len();
            if self.dropped > 0 || self.buffer.len() > self.limit {
                let kept = self.buffer.len().min(START).min(self.limit);
                self.dropped += (self.buffer.len() - kept) as u64;
                self.buffer.truncate(kept);
                self.searched = kept;
            }
            if !self.read().await? {
                // The last line may have no break.
                let line = self.take(self.buffer.len());
                return Ok((!line.bytes.is_empty()).then_some(line));
            }
        }
    }

    /// Takes a line of this length out of the buffer.
    #[inline]
    fn take(&mut self, length: usize) -> Line {
        let mut bytes = self.buffer.split_to(length).freeze();
        self.count += 1;
        let (at, is_cut) = (self.at, self.dropped > 0 || length > self.limit.saturating_add(1));
        self.at += length as u64 + std::mem::take(&mut self.dropped);
        self.searched = 0;
        if is_cut {
            bytes.truncate(START.min(self.limit) + 1);
        }
        Line { at, number: self.count, bytes, is_cut }
    }

    #[inline]
    async fn read(&mut self) -> Result<bool> {
        let Some(mut file) = self.file.take() else { return Ok(false) };
        let mut buffer = std::mem::take(&mut self.buffer);
        let read = on_disk(move || {
            let old = buffer.len();
            buffer.resize(old + CHUNK, 0);
            let count = read_some(&mut file, &mut buffer[old..])?;
            buffer.truncate(old + count);
            Ok((file, buffer, count))
        });
        let (file, buffer, count) = read.await.map_err(failed(&self.path, "can't be read"))?;
        self.buffer = buffer;
        self.file = (count > 0).then_some(file);
        Ok(count > 0)
    }
}

#[inline]
fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Pieces of a file: for each place and length its bytes.
#[inline]
pub(super) async fn pieces(path: &Path, places: Vec<(u64, usize)>) -> Result<Vec<Bytes>> {
    let opened = path.to_owned();
    let read = on_disk(move || {
        let mut file = File::open(opened)?;
        let mut pieces = Vec::with_capacity(places.len());
        for (place, length) in places {
            let mut piece = vec![0; length];
            file.seek(SeekFrom::Start(place))?;
            file.read_exact(&mut piece)?;
            pieces.push(Bytes::from(piece));
        }
        Ok(pieces)
    });
    read.await.map_err(failed(path, "can't be read"))
}

#[inline]
async fn open(path: &Path) -> Result<File> {
    let opened = path.to_owned();
    on_disk(move || File::open(opened)).await.map_err(failed(path, "can't be read"))
}
