//! The one builder that all operations share.
//!
//! A struct an operation with a dozen methods each would be 2,500 more functions for every user's compiler.

use quote::quote;

use super::{Files, RAW, file};

/// Emits `request.rs`.
pub(super) fn emit(files: &mut Files) -> Result<(), String> {
    let traits = quote! {
        /// What an operation takes and gives.
        pub trait Operation: 'static {
            /// The request body; `NoBody` if there is none.
            type Body: Json;
            /// What `send` gives.
            type Output: ResponseValue;
            /// Method, path and the like.
            const ENDPOINT: &'static Endpoint;
        }
        /// An operation that can stream.
        pub trait Streams: Operation {
            /// An event of the stream.
            type Event: Json + Default + Unpin + 'static;
        }
        /// A list operation whose response goes on to a next page.
        pub trait Pages: Operation<Output: ListPage> {}
        /// An operation that begins, changes or fetches what takes a while.
        pub trait Polls: Operation {
            /// What takes a while: a batch, a run.
            type State: Json + Default + Send + Sync + 'static;
            /// How it is followed.
            const POLLING: &'static Polling;
        }
        /// An operation that fetches what takes a while.
        pub trait Pollable: Polls {}
        /// An operation that answers bytes.
        pub trait Bytes: Operation {}
    };
    let options = quote! {
        /// Limits the time of each attempt; of a stream: until the response's headers are there.
        pub fn with_timeout(mut self, limit: Duration) -> Self { self.call.with_timeout(limit); self }
        /// Limits how many times a failed attempt is made again.
        pub fn with_max_retries(mut self, count: u32) -> Self { self.call.with_max_retries(count); self }
        /// Sets a header, or takes it out if the value is `None`.
        pub fn with_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
            self.call.with_header(name, value);
            self
        }
        /// Sets a parameter of the query by name, also one that the SDK does not know.
        pub fn with_query(mut self, name: &str, value: impl Into<Value>) -> Self {
            self.call.with_query(name, value);
            self
        }
        /// Sets a field of the body by name, also one that the SDK does not know; it wins over the field of the type.
        pub fn with_body_field(mut self, name: &str, value: impl Into<Value>) -> Self {
            self.call.with_body_field(name, value);
            self
        }
        /// Sends an `Idempotency-Key`, the same for all attempts.
        pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
            self.call.with_idempotency_key(key);
            self
        }
    };
    let words = quote! {
        /// The request body as it is so far.
        pub fn body(&self) -> &O::Body { &self.body }
        /// The request body as it is so far, to be changed.
        pub fn body_mut(&mut self) -> &mut O::Body { &mut self.body }
        /// Sends the call and reads the response.
        pub fn send(self) -> Pending<O::Output> { O::Output::send_call(self.into_call()) }
        /// Sends the call and gives the response with its status and headers, to be read later.
        pub fn send_raw(self) -> Pending<RawResponse<O::Output>> { self.into_call().send_raw() }
        /// The call itself, for helpers that run it in another way.
        pub fn into_call(mut self) -> Call {
            if O::ENDPOINT.body != BodyKind::None {
                self.call.body(&self.body);
            }
            self.call
        }
    };
    let tokens = quote! {
        //! Calls as they are being made: one builder for all operations.
        use std::fmt;
        use std::path::PathBuf;
        use std::time::Duration;
        use openai_runtime::json::{Json, Value};
        use openai_runtime::{BodyKind, ByteStream, Call, Endpoint, EventStream, HeaderArg, Items, ListPage, Pending, ResponseValue};
        use openai_runtime::{PartialFile, Poller, Polling, RawResponse};
        #[cfg(feature = "blocking")]
        use openai_runtime::{Result, blocking::{Blocking, wait}};
        #traits
        /// A call that is being made. Its setters are those of the operation's alias, as
        /// `resources::chat::completions::Create`.
        #[must_use = "nothing is sent before `send` or another last word"]
        pub struct Request<O: Operation> { call: Call, body: O::Body }
        impl<O: Operation> Request<O> {
            #[allow(dead_code)]
            pub(crate) fn new(call: Call, body: O::Body) -> Self { Self { call, body } }
            #[allow(dead_code)]
            pub(crate) fn query(mut self, name: &'static str, value: &dyn Json) -> Self { self.call.query(name, value); self }
            #[allow(dead_code)]
            pub(crate) fn header(mut self, name: &'static str, value: &dyn Json) -> Self { self.call.header(name, value); self }
            #options
            #words
        }
        impl<O: Streams> Request<O> {
            /// Sends the call and gives the events of the response as they come; asks for a stream itself.
            pub fn stream(self) -> Pending<EventStream<O::Event>> { self.into_call().stream() }
        }
        impl<O: Polls> Request<O> {
            /// Sends the call and follows what it begins or changes until that is done; [`Poller`] tells how.
            pub fn send_and_poll(self) -> Poller<O::State> { self.into_call().send_and_poll(O::POLLING) }
        }
        impl<O: Pollable> Request<O> {
            /// Fetches it again and again until it is done; [`Poller`] tells how.
            pub fn poll(self) -> Poller<O::State> { self.send_and_poll() }
        }
        impl<O: Pages> Request<O> {
            /// The pages of the list, each fetched when it is asked for.
            pub fn pages(self) -> openai_runtime::Pages<O::Output> { self.into_call().pages() }
            /// The items of the list, over all its pages.
            pub fn items(self) -> Items<O::Output> { self.into_call().items() }
        }
        impl<O: Bytes> Request<O> {
            /// Sends the call and gives the response's bytes.
            pub fn send_bytes(self) -> Pending<openai_runtime::bytes::Bytes> { self.into_call().send_bytes() }
            /// Sends the call and writes the response to a file, which is there only once it is complete. Gives the
            /// number of bytes; [`Call::send_to_file`] tells what happens when the response breaks off.
            pub fn send_to_file(self, path: impl Into<PathBuf>) -> Pending<u64> { self.into_call().send_to_file(path) }
            /// Goes on with a download that failed, to the path it was meant for. Gives the number of bytes of the whole
            /// file.
            pub fn resume_to_file(self, partial: PartialFile) -> Pending<u64> { self.into_call().resume_to_file(partial) }
            /// Sends the call and gives the response's bytes as they come.
            pub fn bytes_stream(self) -> Pending<ByteStream> { self.into_call().bytes_stream() }
        }
        #[cfg(feature = "blocking")]
        impl<O: Operation> Request<O> {
            /// As [`Self::send`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_blocking(self) -> Result<O::Output> { wait(self.send()) }
            /// As [`Self::send_raw`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_raw_blocking(self) -> Result<RawResponse<O::Output>> { wait(self.send_raw()) }
        }
        #[cfg(feature = "blocking")]
        impl<O: Streams> Request<O> {
            /// As [`Self::stream`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn stream_blocking(self) -> Result<Blocking<EventStream<O::Event>>> {
                wait(self.stream()).map(Blocking::new)
            }
        }
        #[cfg(feature = "blocking")]
        impl<O: Polls> Request<O> {
            /// As [`Self::send_and_poll`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the poller, and its being used within an async runtime.
            pub fn send_and_poll_blocking(self) -> Result<O::State> { self.send_and_poll().wait_blocking() }
        }
        #[cfg(feature = "blocking")]
        impl<O: Pollable> Request<O> {
            /// As [`Self::poll`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the poller, and its being used within an async runtime.
            pub fn poll_blocking(self) -> Result<O::State> { self.poll().wait_blocking() }
        }
        #[cfg(feature = "blocking")]
        impl<O: Pages> Request<O> {
            /// As [`Self::pages`], on a thread without an async runtime.
            pub fn pages_blocking(self) -> Blocking<openai_runtime::Pages<O::Output>> { Blocking::new(self.pages()) }
            /// As [`Self::items`], on a thread without an async runtime.
            pub fn items_blocking(self) -> Blocking<Items<O::Output>> { Blocking::new(self.items()) }
        }
        #[cfg(feature = "blocking")]
        impl<O: Bytes> Request<O> {
            /// As [`Self::send_bytes`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_bytes_blocking(self) -> Result<openai_runtime::bytes::Bytes> { wait(self.send_bytes()) }
            /// As [`Self::send_to_file`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn send_to_file_blocking(self, path: impl Into<PathBuf>) -> Result<u64> { wait(self.send_to_file(path)) }
            /// As [`Self::resume_to_file`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn resume_to_file_blocking(self, partial: PartialFile) -> Result<u64> { wait(self.resume_to_file(partial)) }
            /// As [`Self::bytes_stream`], on a thread without an async runtime.
            ///
            /// # Errors
            /// Those of the call, and its being made within an async runtime.
            pub fn bytes_stream_blocking(self) -> Result<Blocking<ByteStream>> {
                wait(self.bytes_stream()).map(Blocking::new)
            }
        }
        impl<O: Operation<Body: Clone>> Clone for Request<O> {
            fn clone(&self) -> Self { Self { call: self.call.clone(), body: self.body.clone() } }
        }
        impl<O: Operation<Body: fmt::Debug>> fmt::Debug for Request<O> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct("Request").field("call", &self.call).field("body", &self.body).finish()
            }
        }
    };
    let path = format!("{RAW}/request.rs");
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}
