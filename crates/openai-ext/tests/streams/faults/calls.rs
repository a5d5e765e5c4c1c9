//! The calls whose answers break: one of each API that streams.
// Deprecated operations are tested as well.
#![allow(deprecated)]

use openai_ext::prelude::*;
use openai_ext::{Client, Error};
use openai_ext_mock::{Event, MockServer};
use serde_json::json;

use super::TestResult;

/// An API that streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Api {
    Chat,
    Completions,
    Responses,
    Runs,
    Images,
    Speech,
    Transcriptions,
}

pub(super) const APIS: [Api; 7] =
    [Api::Chat, Api::Completions, Api::Responses, Api::Runs, Api::Images, Api::Speech, Api::Transcriptions];

/// The events that came, the text of the object as far as it came, and the error that ended it.
#[derive(Debug, Default)]
pub(super) struct Came {
    pub(super) events: usize,
    pub(super) partial: Option<String>,
    pub(super) error: Option<Error>,
}

impl Api {
    pub(super) fn operation(self) -> &'static str {
        match self {
            Self::Chat => "createChatCompletion",
            Self::Completions => "createCompletion",
            Self::Responses => "createResponse",
            Self::Runs => "createThreadAndRun",
            Self::Images => "createImage",
            Self::Speech => "createSpeech",
            Self::Transcriptions => "createTranscription",
        }
    }

    /// True if the model answers, so that a turn can say what.
    pub(super) fn takes_turns(self) -> bool {
        matches!(self, Self::Chat | Self::Completions | Self::Responses | Self::Runs)
    }

    /// Events of a test's own, which do not come to an end.
    pub(super) fn events(self) -> Vec<Event> {
        let word = |index: usize| format!("word{index} ");
        let chunk = |index| match self {
            Self::Chat => Event::data(&json!({"id": "c", "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": {"content": word(index)}, "finish_reason": null}]})),
            Self::Completions => {
                Event::data(&json!({"id": "c", "choices": [{"index": 0, "text": word(index), "finish_reason": null}]}))
            }
            Self::Responses if index == 0 => Event::typed(&json!({"type": "response.created", "response": {
                "id": "c", "object": "response", "status": "in_progress", "output": [{"type": "message", "id": "m",
                "role": "assistant", "status": "in_progress", "content": [{"type": "output_text", "text": "", "annotations": []}]}]}})),
            Self::Responses => Event::typed(&json!({"type": "response.output_text.delta", "item_id": "m",
                "output_index": 0, "content_index": 0, "delta": word(index), "sequence_number": index})),
            Self::Runs => Event::named(
                "thread.run.in_progress",
                &json!({"id": "c", "object": "thread.run", "status": "in_progress"}),
            ),
            Self::Images => {
                Event::typed(&json!({"type": "image_generation.partial_image", "partial_image_index": index,
                "b64_json": "AAAA"}))
            }
            Self::Speech => Event::typed(&json!({"type": "speech.audio.delta", "audio": "AAAA"})),
            Self::Transcriptions => Event::data(&json!({"type": "transcript.text.delta", "delta": word(index)})),
        };
        (0..5).map(chunk).collect()
    }

    /// An object that the call needs.
    pub(super) async fn prepare(self, client: &Client) -> TestResult<String> {
        match self {
            Self::Runs => Ok(client.beta().assistants().create("gpt-5.5").send().await?.id),
            _ => Ok(String::new()),
        }
    }

    /// Reads the events, one by one.
    pub(super) async fn stream(self, client: &Client, id: &str) -> Came {
        let mut came = Came::default();
        macro_rules! read {
            ($call:expr) => {
                match $call.stream().await {
                    Ok(mut events) => {
                        while let Some(event) = events.next().await {
                            match event {
                                Ok(_) => came.events += 1,
                                Err(error) => came.error = Some(error),
                            }
                        }
                    }
                    Err(error) => came.error = Some(error),
                }
            };
        }
        match self {
            Self::Chat => read!(client.chat().completions().create("m", [Message::user("Hi")])),
            Self::Completions => read!(client.completions().create("m", "Hi")),
            Self::Responses => read!(client.responses().create("m", "Hi")),
            Self::Runs => read!(client.beta().threads().create_and_run(id)),
            Self::Images => read!(client.images().generate("A lighthouse").model("m").partial_images(3)),
            Self::Speech => read!(client.audio().speech().create("Hi", "m", "alloy")),
            Self::Transcriptions => read!(client.audio().transcriptions().create(sound(), "m")),
        }
        came
    }

    /// Puts the events together, to the final object.
    pub(super) async fn accumulate(self, client: &Client, id: &str) -> Came {
        macro_rules! whole {
            ($call:expr, $method:ident, $last:ident) => {
                match $call.$method().await {
                    Ok(events) => events.$last().await.err(),
                    Err(error) => Some(error),
                }
            };
        }
        let error = match self {
            Self::Chat => {
                let call = client.chat().completions().create("m", [Message::user("Hi")]);
                whole!(call, stream_events, final_completion)
            }
            Self::Completions => whole!(client.completions().create("m", "Hi"), stream_events, final_completion),
            Self::Responses => whole!(client.responses().create("m", "Hi"), stream_events, final_response),
            Self::Runs => whole!(client.beta().threads().create_and_run(id), stream_events, final_run),
            Self::Images => {
                let call = client.images().generate("A lighthouse").model("m").partial_images(3);
                whole!(call, stream_events, final_images)
            }
            Self::Speech => whole!(client.audio().speech().create("Hi", "m", "alloy"), stream_audio, final_speech),
            Self::Transcriptions => {
                whole!(client.audio().transcriptions().create(sound(), "m"), stream_events, final_transcription)
            }
        };
        let partial = error.as_ref().and_then(|error| match self {
            Self::Chat => error.completion().map(|completion| completion.text().to_owned()),
            Self::Completions => error.text_completion().map(|completion| completion.choices[0].text.clone()),
            Self::Responses => error.response().map(|response| response.output_text()),
            Self::Runs => error.run().map(|run| run.status.as_str().to_owned()),
            Self::Images | Self::Speech | Self::Transcriptions => None,
        });
        Came { events: 0, partial, error }
    }

    /// True if an error of the stream has the object as far as it came.
    pub(super) fn has_partial(self) -> bool {
        !matches!(self, Self::Images | Self::Speech | Self::Transcriptions)
    }

    /// Lets the fault come from a script without a reply, or from a reply of its own.
    pub(super) fn script(self, mock: &MockServer) -> openai_ext_mock::Script<'_> {
        mock.on(self.operation()).times(1)
    }
}

fn sound() -> InputFile {
    InputFile::from_bytes("RIFF").name("speech.wav")
}
