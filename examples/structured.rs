//! Structured outputs: answers as values of Rust types, at once and as they come, by chat completions and responses.

mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{ErrorKind, parse::Parsed};
use serde::Deserialize;

/// A meeting that a text tells of.
#[derive(Debug, Deserialize, JsonSchema)]
struct Meeting {
    /// A short title.
    title: String,
    /// The day of the week.
    day: Day,
    /// The first names of who comes.
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

const QUESTION: &str = "Take down the meeting: Alice and Bob meet on Friday at three in room 204 to plan the launch.";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let chat = || client.chat().completions().create(model, [Message::user(QUESTION)]);

    // A chat completion: the value, or what there is instead of it.
    match chat().parse::<Meeting>().await {
        Ok(reply) => show(&reply, reply.refusal()),
        Err(error) if error.kind() == ErrorKind::LengthFinishReason => {
            println!("cut off: {:?}", error.completion().map(|completion| completion.text()));
        }
        Err(error) => return Err(error.into()),
    }

    // A response, and only the value.
    let meeting: Meeting = client.responses().create(model, QUESTION).parse().await?.into_parsed()?;
    println!("{} in {:?}", meeting.title, meeting.place);

    // As it comes: the JSON so far, and the value at the end.
    let mut events = chat().parse_stream::<Meeting>().await?;
    let mut members = 0;
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::ContentDelta { parsed: Some(so_far), .. } = event? {
            let known = so_far.as_object().map_or(0, |object| object.len());
            if known > members {
                members = known;
                println!("{members} members: {so_far}");
            }
        }
    }
    let reply = events.final_completion().await?;
    show(&reply, reply.refusal());

    let mut events = client.responses().create(model, QUESTION).parse_stream::<Meeting>().await?;
    let mut deltas = 0;
    while let Some(event) = events.next().await {
        deltas += usize::from(event?.text_delta().is_some());
    }
    println!("{deltas} deltas, the last with {}", events.partial().unwrap_or_default());
    println!("{:?}", events.final_parsed().await?);
    Ok(())
}

fn show<R>(reply: &Parsed<R, Meeting>, refusal: Option<&str>) {
    match (reply.parsed(), refusal) {
        (Some(meeting), _) => println!(
            "{} on {:?} at {:?}, {} people: {:?}",
            meeting.title,
            meeting.day,
            meeting.hour,
            meeting.participants.len(),
            meeting.place
        ),
        (None, refusal) => println!("no meeting: {refusal:?}"),
    }
}
