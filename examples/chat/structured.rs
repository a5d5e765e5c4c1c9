//! Structured outputs by chat completions and by responses, whole and as they arrive.
//!
//! `cargo run --example structured`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

/// A meeting that a text describes.
#[derive(Debug, Deserialize, JsonSchema)]
struct Meeting {
    /// A short title.
    title: String,
    /// The day of the week.
    day: Day,
    /// The first names of the participants.
    participants: Vec<String>,
    /// The hour it begins, from 0 to 23; null if the text does not say.
    #[schemars(range(max = 23))]
    hour: Option<u8>,
    place: Place,
}

#[derive(Debug, Deserialize, JsonSchema)]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Weekend,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Place {
    /// People meet in a room.
    Room { number: u16 },
    /// People meet by video.
    Online { service: String },
}

const LIMIT: i64 = 400;
const QUESTION: &str = "Take down the meeting: Alice and Bob meet on Friday at three in room 204 to plan the launch.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // A limit stops a model that finds no end; an answer that was cut off is an error.
    let chat = || client.chat().completions().create(model, [Message::user(QUESTION)]).max_completion_tokens(LIMIT);
    let response = || client.responses().create(model, QUESTION).max_output_tokens(LIMIT);

    // The whole answer: the completion with its usage, and the value or a refusal.
    match chat().parse::<Meeting>().await {
        Ok(reply) => match reply.parsed() {
            Some(meeting) => println!("{}, {} choice", meeting.tell(), reply.choices.len()),
            None => println!("refused: {:?}", reply.refusal()),
        },
        Err(error) => unparsed(error)?,
    }

    // Only the value.
    match response().parse::<Meeting>().await.and_then(|reply| reply.into_parsed()) {
        Ok(meeting) => println!("{}", meeting.tell()),
        Err(error) => unparsed(error)?,
    }

    // As it arrives: the JSON so far, and the value at the end.
    let mut events = chat().parse_stream::<Meeting>().await?;
    let mut members = 0;
    while let Some(event) = events.next().await {
        event?;
        if let Some(so_far) = events.partial() {
            let known = so_far.as_object().map_or(0, |object| object.len());
            if known > members {
                members = known;
                println!("{members} members: {so_far}");
            }
        }
    }
    match events.final_parsed().await {
        Ok(meeting) => println!("{}", meeting.tell()),
        Err(error) => unparsed(error)?,
    }

    let mut events = response().parse_stream::<Meeting>().await?;
    let mut deltas = 0;
    while let Some(event) = events.next().await {
        deltas += usize::from(event?.text_delta().is_some());
    }
    println!("{deltas} deltas, together {}", events.partial().cloned().unwrap_or_default());
    match events.final_parsed().await {
        Ok(meeting) => println!("{}", meeting.tell()),
        Err(error) => unparsed(error)?,
    }
    Ok(())
}

impl Meeting {
    fn tell(&self) -> String {
        let place = match &self.place {
            Place::Room { number } => format!("in room {number}"),
            Place::Online { service } => format!("by {service}"),
        };
        let people = self.participants.join(" and ");
        format!("{} on {:?} at {:?} with {people}, {place}", self.title, self.day, self.hour)
    }
}

/// Prints an answer that has no value, and returns other errors.
fn unparsed(error: openai_ext::Error) -> openai_ext::Result<()> {
    match error.kind() {
        ErrorKind::LengthFinishReason | ErrorKind::ContentFilterFinishReason => println!("cut off: {error}"),
        ErrorKind::Refusal => println!("{error}"),
        // Not every server keeps to schemas: llama.cpp ignores the schema of a response.
        ErrorKind::Decode => println!("no meeting: {error}"),
        _ => return Err(error),
    }
    Ok(())
}
