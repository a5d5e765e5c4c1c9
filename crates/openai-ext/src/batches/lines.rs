//! The lines of a file, one after the other or from places within it, without the file in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};

use crate::Result;
use crate::support::disk::{failed, on_disk};

/// So much is read at once.
const CHUNK: usize = 256 * 1024;

/// A file's lines from its start.
pub(super) struct Lines {
    path: PathBuf,
    /// Away while it is being read; gone once it ended.
    file: Option<File>,
    buffer: BytesMut,
    /// Up to here there is no line break in the buffer.
    searched: usize,
    /// Where the buffer starts in the file.
    at: u64,
    line: Bytes,
}

impl Lines {
    pub(super) async fn open(path: PathBuf) -> Result<Self> {
        let file = open(&path).await?;
        Ok(Self { path, file: Some(file), buffer: BytesMut::new(), searched: 0, at: 0, line: Bytes::new() })
    }

    /// The next line that is not empty, without its break.
    pub(super) async fn next(&mut self) -> Result<Option<&[u8]>> {
        Ok(self.next_with_place().await?.map(|(_, line)| line))
    }

    /// The same with the place at which it starts in the file.
    pub(super) async fn next_with_place(&mut self) -> Result<Option<(u64, &[u8])>> {
        loop {
            let Some((place, line)) = self.split().await? else { return Ok(None) };
            if !line.trim_ascii().is_empty() {
                self.line = line;
                return Ok(Some((place, &self.line)));
            }
        }
    }

    async fn split(&mut self) -> Result<Option<(u64, Bytes)>> {
        loop {
            let place = self.at;
            let fresh = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(self.searched + end + 1).freeze();
                self.at += line.len() as u64;
                self.searched = 0;
                return Ok(Some((place, line.slice(..line.len() - 1))));
            }
            self.searched = self.buffer.len();
            if !self.read().await? {
                // The last line may have no break.
                let line = self.buffer.split().freeze();
                self.at += line.len() as u64;
                self.searched = 0;
                return Ok((!line.is_empty()).then_some((place, line)));
            }
        }
    }

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

fn read_some(file: &mut File, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// Pieces of a file: for each place and length its bytes.
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

async fn open(path: &Path) -> Result<File> {
    let opened = path.to_owned();
    on_disk(move || File::open(opened)).await.map_err(failed(path, "can't be read"))
}
