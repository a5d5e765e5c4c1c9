//! Translation of speech while it is spoken: a session of the Realtime API that hears one language and speaks another.
//!
//! Requires the feature `realtime`.
//!
//! ```no_run
//! use openai_ext::prelude::*;
//! use openai_ext::types::{
//!     RealtimeTranslationSessionAudio, RealtimeTranslationSessionAudioOutput, RealtimeTranslationSessionUpdateRequest,
//! };
//!
//! # async fn run(client: Client, frames: Vec<Vec<u8>>) -> openai_ext::Result<()> {
//! let mut connection = client.realtime().translations().connect("gpt-realtime-translate").await?;
//! let output = RealtimeTranslationSessionAudioOutput::new().language("no");
//! let audio = RealtimeTranslationSessionAudio::new().output(output);
//! connection.session_update(RealtimeTranslationSessionUpdateRequest::new().audio(audio)).await?;
//!
//! let (sender, mut receiver) = connection.split();
//! let speaking = tokio::spawn(async move {
//!     for frame in frames {
//!         sender.append_audio(frame).await?; // 200 ms of PCM: 24 kHz, 16 bits, mono; also of silence
//!     }
//!     sender.session_close().await
//! });
//! while let Some(event) = receiver.next().await {
//!     let event = event?;
//!     print!("{}", event.output_transcript().unwrap_or_default());
//!     if let Some(audio) = event.audio()? {
//!         println!("{} bytes to play", audio.len());
//!     }
//! }
//! # speaking.await.expect("a task")?;
//! # Ok(())
//! # }
//! ```
//!
//! [`Connection`](crate::websocket::Connection) documents every connection: its end, the task that drives it, its halves.
//! What differs: a connection is never made anew and nothing is sent twice, because a session ends with its connection. An
//! event that was not written is handed back, as is one whose delivery is uncertain
//! ([`take_uncertain`](crate::websocket::Sender::take_uncertain)). After `session.close` nothing can be sent, and a second one has no effect.
//! The server's last event is `session.closed`, after which the stream ends. A connection that ends without it was lost:
//! the stream ends with an error, also after a close with code 1000. An `error` event is an event as any other, and the
//! session goes on.

mod rest;
mod session;

pub use rest::TranslationRest;
pub use session::{
    RealtimeTranslationEventExt, RealtimeTranslationsExt, TranslationConnect, TranslationConnection,
    TranslationReceiver, TranslationSendError, TranslationSender, TranslationState,
};
