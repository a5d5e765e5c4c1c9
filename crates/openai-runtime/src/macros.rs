//! The methods that all builders of calls share.

/// Gives a builder of a call its methods.
///
/// The builder is `struct Name { call: Call, body: Body }`, written `Name { body }`, or `struct Name { call: Call }`,
/// written `Name`. What follows tells how it is run: `json Type`, `text`, `unit` or `bytes`, each once; `stream Event` and
/// `pages Type` add to these.
#[macro_export]
macro_rules! call {
    ($name:ident { body }, stream $event:ty) => { $crate::call!($name, stream $event); };
    ($name:ident { body }, pages $page:ty) => { $crate::call!($name, pages $page); };
    ($name:ident, stream $event:ty) => {
        $crate::blocking_words!($name, stream $event);
        impl $name {
            /// Sends the call and gives the events of the response as they come. Sets `stream: true` itself.
            pub fn stream(self) -> $crate::Pending<$crate::EventStream<$event>> {
                self.into_call().stream()
            }
        }
    };
    ($name:ident, pages $page:ty) => {
        $crate::blocking_words!($name, pages $page);
        impl $name {
            /// The pages of the list, each fetched when it is asked for.
            pub fn pages(self) -> $crate::Pages<$page> {
                self.into_call().pages()
            }

            /// The items of the list, over all its pages.
            pub fn items(self) -> $crate::Items<$page> {
                self.into_call().items()
            }
        }
    };
    ($name:ident { body }, $($run:tt)+) => {
        impl $name {
            /// The call itself, for helpers that run it in another way.
            #[must_use]
            pub fn into_call(mut self) -> $crate::Call {
                self.call.body(&self.body);
                self.call
            }
        }
        $crate::call!(@options $name);
        $crate::call!(@run $name, $($run)+);
        $crate::blocking_words!($name, $($run)+);
    };
    ($name:ident, $($run:tt)+) => {
        impl $name {
            /// The call itself, for helpers that run it in another way.
            #[must_use]
            pub fn into_call(self) -> $crate::Call {
                self.call
            }
        }
        $crate::call!(@options $name);
        $crate::call!(@run $name, $($run)+);
        $crate::blocking_words!($name, $($run)+);
    };

    (@options $name:ident) => {
        impl $name {
            /// Limits the time of each attempt; of a stream: until the response's headers are there.
            #[must_use]
            pub fn with_timeout(mut self, limit: ::std::time::Duration) -> Self {
                self.call.with_timeout(limit);
                self
            }

            /// Limits how many times a failed attempt is made again.
            #[must_use]
            pub fn with_max_retries(mut self, count: u32) -> Self {
                self.call.with_max_retries(count);
                self
            }

            /// Sets a header, or takes it out if the value is `None`.
            #[must_use]
            pub fn with_header<'a>(mut self, name: &str, value: impl Into<$crate::HeaderArg<'a>>) -> Self {
                self.call.with_header(name, value);
                self
            }

            /// Sets a parameter of the query by name, also one that the SDK does not know.
            #[must_use]
            pub fn with_query(mut self, name: &str, value: impl Into<$crate::json::Value>) -> Self {
                self.call.with_query(name, value);
                self
            }

            /// Sets a field of the body by name, also one that the SDK does not know; it wins over the field of the type.
            #[must_use]
            pub fn with_body_field(mut self, name: &str, value: impl Into<$crate::json::Value>) -> Self {
                self.call.with_body_field(name, value);
                self
            }

            /// Sends an `Idempotency-Key`, the same for all attempts.
            #[must_use]
            pub fn with_idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.call.with_idempotency_key(key);
                self
            }
        }
    };

    (@run $name:ident, json $type:ty) => {
        impl $name {
            /// Sends the call and reads the response.
            pub fn send(self) -> $crate::Pending<$type> {
                self.into_call().send()
            }

            /// Sends the call and gives the response with its status and headers, to be read later.
            pub fn send_raw(self) -> $crate::Pending<$crate::RawResponse<$type>> {
                self.into_call().send_raw()
            }
        }
    };
    (@run $name:ident, text) => {
        impl $name {
            /// Sends the call and gives the response's text.
            pub fn send(self) -> $crate::Pending<String> {
                self.into_call().send_text()
            }

            /// Sends the call and gives the response with its status and headers, to be read later.
            pub fn send_raw(self) -> $crate::Pending<$crate::RawResponse<String>> {
                self.into_call().send_raw()
            }
        }
    };
    (@run $name:ident, unit) => {
        impl $name {
            /// Sends the call.
            pub fn send(self) -> $crate::Pending<()> {
                self.into_call().send_unit()
            }

            /// Sends the call and gives the response with its status and headers.
            pub fn send_raw(self) -> $crate::Pending<$crate::RawResponse<()>> {
                self.into_call().send_raw()
            }
        }
    };
    (@run $name:ident, bytes) => {
        impl $name {
            /// Sends the call and gives the response's bytes.
            pub fn send_bytes(self) -> $crate::Pending<$crate::bytes::Bytes> {
                self.into_call().send_bytes()
            }

            /// Sends the call and gives the response with its status and headers.
            pub fn send_raw(self) -> $crate::Pending<$crate::RawResponse<()>> {
                self.into_call().send_raw()
            }

            /// Sends the call and writes the response to a file, which is there only once it is complete. Gives the
            /// number of bytes.
            pub fn send_to_file(self, path: impl Into<::std::path::PathBuf>) -> $crate::Pending<u64> {
                self.into_call().send_to_file(path)
            }

            /// Sends the call and gives the response's bytes as they come.
            pub fn bytes_stream(self) -> $crate::Pending<$crate::ByteStream> {
                self.into_call().bytes_stream()
            }
        }
    };
}

/// Nothing: the feature `blocking` is off.
#[cfg(not(feature = "blocking"))]
#[doc(hidden)]
#[macro_export]
macro_rules! blocking_words {
    ($($word:tt)*) => {};
}
