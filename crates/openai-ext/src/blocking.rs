//! Streams put together, for programs without an async runtime.

use std::ops::{Deref, DerefMut};

use openai_runtime::blocking::Blocking;

use crate::Result;

/// A stream on a thread without an async runtime: an iterator over its events, with the same words as the stream itself.
///
/// ```no_run
/// # #[cfg(feature = "chat")]
/// # fn run(client: openai_ext::Client) -> openai_ext::Result<()> {
/// use openai_ext::prelude::*;
///
/// let call = client.chat().completions().create("gpt-5.5", [Message::user("Tell me a story")]);
/// let mut events = call.stream_events_blocking()?;
/// for event in &mut events {
///     if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
///         print!("{delta}");
///     }
/// }
/// println!("{:?}", events.snapshot().usage);
/// let completion = events.final_completion()?;
/// # drop(completion);
/// # Ok(())
/// # }
/// ```
///
/// The words that wait, as `final_completion()`, do so here; all others, as `snapshot()` and `close()`, are those of the
/// stream, to which this derefs. Within an async runtime every wait is an error of kind
/// [`Config`](crate::ErrorKind::Config), and the iterator is over after it.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct BlockingStream<S>(Blocking<S>);

impl<S> BlockingStream<S> {
    /// A stream that was opened before.
    pub fn new(stream: S) -> Self {
        Self(Blocking::new(stream))
    }

    /// The stream itself, owned.
    pub fn into_inner(self) -> S {
        self.0.into_inner()
    }
}

impl<S> Deref for BlockingStream<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

impl<S> DerefMut for BlockingStream<S> {
    fn deref_mut(&mut self) -> &mut S {
        &mut self.0
    }
}

impl<S, T> Iterator for BlockingStream<S>
where
    Blocking<S>: Iterator<Item = Result<T>>,
{
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        self.0.next()
    }
}

/// The words of a stream that wait: those that end it, and those that leave it open.
macro_rules! words {
    ([$($generics:tt)*] $stream:ty: $($last:ident -> $output:ty),*; $($word:ident),*) => {
        impl<$($generics)*> BlockingStream<$stream> {
            $(
                #[doc = concat!("As the stream's own `", stringify!($last), "`, on this thread.")]
                ///
                /// # Errors
                /// The same, and being within an async runtime.
                pub fn $last(self) -> Result<$output> {
                    wait(self.into_inner().$last())
                }
            )*
            $(
                #[doc = concat!("As the stream's own `", stringify!($word), "`, on this thread.")]
                ///
                /// # Errors
                /// The same, and being within an async runtime.
                pub fn $word(&mut self) -> Result<()> {
                    wait((**self).$word())
                }
            )*
        }
    };
}

/// The text alone, as an iterator.
macro_rules! text {
    ($stream:ty => $text:ty) => {
        impl BlockingStream<$stream> {
            /// What is still to come of the text, as it comes.
            pub fn text_stream(self) -> BlockingStream<$text> {
                BlockingStream::new(self.into_inner().text_stream())
            }
        }
    };
}

#[cfg(feature = "chat")]
mod chat {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::chat::{ChatCompletionStream, ChatTextStream};
    use crate::types::ChatCompletion;

    words!([] ChatCompletionStream: final_completion -> ChatCompletion, final_content -> String; read_to_end);
    text!(ChatCompletionStream => ChatTextStream);

    #[cfg(feature = "tools")]
    words!([T: serde::de::DeserializeOwned] crate::ParsedChatStream<T>:
        final_completion -> crate::ParsedChatCompletion<T>, final_parsed -> T;);
}

#[cfg(feature = "completions")]
mod completions {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::legacy::completions::{CompletionStream, CompletionTextStream};
    use crate::types::Completion;

    words!([] CompletionStream: final_completion -> Completion, final_text -> String; read_to_end);
    text!(CompletionStream => CompletionTextStream);
}

#[cfg(feature = "responses")]
mod responses {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::responses::{ResponseStream, ResponseTextStream};
    use crate::types::Response;

    words!([] ResponseStream: final_response -> Response; reconnect);
    text!(ResponseStream => ResponseTextStream);

    #[cfg(feature = "tools")]
    words!([T: serde::de::DeserializeOwned] crate::ParsedResponseStream<T>:
        final_response -> crate::ParsedResponse<T>, final_parsed -> T;);
}

#[cfg(feature = "beta")]
mod assistants {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::legacy::assistants::{AssistantStream, AssistantTextStream};
    use crate::types::{Run, RunStep, ThreadMessage};

    words!([] AssistantStream: final_run -> Run, final_messages -> Vec<ThreadMessage>, final_run_steps -> Vec<RunStep>;);
    text!(AssistantStream => AssistantTextStream);
}

#[cfg(feature = "audio")]
mod audio {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::media::audio::{SpeechAccumulator, SpeechStream, StreamedTranscription, TranscriptionStream};

    words!([] TranscriptionStream: final_transcription -> StreamedTranscription;);
    words!([] SpeechStream: final_speech -> SpeechAccumulator;);
}

#[cfg(feature = "images")]
mod images {
    use openai_runtime::blocking::wait;

    use super::BlockingStream;
    use crate::Result;
    use crate::media::images::{ImageStream, ImageStreamEvent};
    use crate::types::ImagesResponse;

    words!([E: ImageStreamEvent] ImageStream<E>: final_images -> ImagesResponse;);
}
