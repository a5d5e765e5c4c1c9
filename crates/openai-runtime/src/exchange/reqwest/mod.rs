//! Requests sent by reqwest: by a client of the user's, and by `fetch` in a browser, where it is the default transport.

#[cfg(target_family = "wasm")]
mod browser;
#[cfg(not(target_family = "wasm"))]
mod native;

#[cfg(target_family = "wasm")]
use self::browser::body_of;
#[cfg(target_family = "wasm")]
pub(crate) use self::browser::default_transport;
#[cfg(not(target_family = "wasm"))]
use self::native::body_of;
use crate::io::transport::TransportError;
use crate::request::input_file::InputFile;

/// A transport over a client of reqwest, which may have any number of exchanges at once.
pub(crate) struct Reqwest {
    client: reqwest::Client,
}

impl Reqwest {
    #[inline]
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self { client }
    }
}

impl From<reqwest::Response> for InputFile {
    /// The body of a response, named by the last part of its URL.
    #[inline]
    fn from(response: reqwest::Response) -> Self {
        let name = response.url().path_segments().and_then(|mut parts| parts.next_back()).map(str::to_owned);
        let header = response.headers().get(http::header::CONTENT_TYPE);
        let content_type = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let file = Self::once(name, body_of(response));
        match content_type {
            Some(content_type) => file.content_type(content_type),
            None => file,
        }
    }
}

/// The URL is taken out: a query may hold a key.
#[inline]
fn transport_error(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_timeout() {
        TransportError::timeout(error)
    } else if error.is_builder() {
        TransportError::request(error)
    } else {
        TransportError::connection(error)
    }
}
