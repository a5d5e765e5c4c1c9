//! Files from bytes, and the absence of others.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use openai_ext::prelude::*;
use openai_ext::{Bytes, ErrorKind};

use super::{Checked, Servers, ensure, text};

pub(super) async fn upload(servers: &Servers) -> Checked {
    let notes = InputFile::from_bytes("Buy milk.").name("notes.txt");
    let file = servers.client()?.files().create(notes, "user_data").send().await.map_err(text)?;
    ensure(file.bytes == 9 && file.filename == "notes.txt", || format!("{} bytes", file.bytes))
}

/// A stream of three chunks.
struct Three(u8);

impl futures_core::Stream for Three {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0 += 1;
        Poll::Ready((self.0 <= 3).then(|| Ok(Bytes::from_static(b"abc"))))
    }
}

pub(super) async fn upload_stream(servers: &Servers) -> Checked {
    let notes = InputFile::from_stream(Three(0)).name("notes.txt");
    let file = servers.client()?.files().create(notes, "user_data").send().await.map_err(text)?;
    ensure(file.bytes == 9, || format!("{} bytes", file.bytes))
}

pub(super) async fn paths(servers: &Servers) -> Checked {
    let client = servers.client()?;
    let upload = client.files().create(InputFile::from_path("/notes.txt"), "user_data").send().await.map(|_| ());
    let download = client.files().content("file-1").send_to_file("/notes.txt").await.map(|_| ());
    for failed in [upload, download] {
        let Err(error) = failed else { return Err("no error".to_owned()) };
        ensure(error.kind() == ErrorKind::Io && text(&error).contains("in a browser"), || text(&error))?;
        ensure(is_unsupported(&error), || format!("{error:?}"))?;
    }
    Ok(())
}

fn is_unsupported(error: &(dyn std::error::Error + 'static)) -> bool {
    let own = error.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    own == Some(std::io::ErrorKind::Unsupported) || error.source().is_some_and(is_unsupported)
}
