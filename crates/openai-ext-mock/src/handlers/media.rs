//! Audio, images and realtime calls: answers in forms of their own, and streams made from their schemas.

use serde_json::{Value, json};

use crate::call::Call;
use crate::document;
use crate::handlers::shared::schema_answer;
use crate::model::text;
use crate::schema;
use crate::wire::{Event, Reply};

/// `POST /audio/transcriptions` and `/audio/translations`: the form of the answer depends on `response_format`.
pub(crate) fn transcription(call: &Call<'_>) -> Reply {
    const TEXT: &str = "This is a transcript of the OpenAI mock.";
    if call.wants_stream() {
        return transcript_stream(call, TEXT);
    }
    let status = call.operation.response.status;
    let translation = call.operation.path().ends_with("translations");
    let component =
        |name: &str| Reply::json(status, &schema_answer::component(call, name, &[("text", Value::from(TEXT))]));
    match call.field("response_format").as_str().unwrap_or("json") {
        "text" => Reply::bytes(status, "text/plain; charset=utf-8", format!("{TEXT}\n")),
        "srt" => {
            Reply::bytes(status, "text/plain; charset=utf-8", format!("1\n00:00:00,000 --> 00:00:02,000\n{TEXT}\n\n"))
        }
        "vtt" => {
            let body = format!("WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n{TEXT}\n\n");
            Reply::bytes(status, "text/vtt; charset=utf-8", body)
        }
        "verbose_json" if translation => component("CreateTranslationResponseVerboseJson"),
        "verbose_json" => Reply::json(status, &verbose(call, TEXT)),
        "diarized_json" => component("CreateTranscriptionResponseDiarizedJson"),
        _ if translation => component("CreateTranslationResponseJson"),
        _ => component("CreateTranscriptionResponseJson"),
    }
}

/// A transcript with the times of its words and segments, whichever were asked for.
fn verbose(call: &Call<'_>, text: &str) -> Value {
    let asked = |name: &str| {
        let wanted = call.field("timestamp_granularities").as_array();
        wanted.is_some_and(|wanted| wanted.iter().any(|granularity| *granularity == name))
    };
    let time = |seconds: usize| Value::from(seconds as f64 / 4.0);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut fields = vec![("text", Value::from(text)), ("duration", time(words.len()))];
    if asked("word") {
        let word = |(index, word): (usize, &&str)| json!({"word": word, "start": time(index), "end": time(index + 1)});
        fields.push(("words", words.iter().enumerate().map(word).collect()));
    }
    if asked("segment") || !asked("word") {
        let place = [("id", json!(0)), ("text", json!(text)), ("start", time(0)), ("end", time(words.len()))];
        fields.push(("segments", json!([schema_answer::component(call, "TranscriptionSegment", &place)])));
    }
    schema_answer::component(call, "CreateTranscriptionResponseVerboseJson", &fields)
}

/// `POST /moderations`: a result for each input, none of them flagged unless it speaks of violence.
pub(crate) fn moderation(call: &Call<'_>) -> Reply {
    let mut body = schema_answer::component(call, "CreateModerationResponse", &[]);
    let inputs: Vec<String> = match call.field("input") {
        // A list of parts, texts and images, is one input.
        Value::Array(items) if items.iter().all(Value::is_string) => items.iter().map(text::text_of).collect(),
        input => vec![text::text_of(input)],
    };
    let template = body["results"][0].take();
    body["results"] = inputs.iter().map(|input| judged(template.clone(), input)).collect();
    Reply::json(call.operation.response.status, &body)
}

fn judged(mut result: Value, input: &str) -> Value {
    let is_violent = input.to_ascii_lowercase().contains("kill");
    let is_hit = |name: &str| is_violent && name == "violence";
    result["flagged"] = Value::from(is_violent);
    for (name, value) in result["categories"].as_object_mut().into_iter().flatten() {
        *value = Value::from(is_hit(name));
    }
    for (name, value) in result["category_scores"].as_object_mut().into_iter().flatten() {
        *value = Value::from(if is_hit(name) { 0.97 } else { 0.001 });
    }
    result
}

/// Unlike images, transcripts stream without event names, and end with `[DONE]`.
fn transcript_stream(call: &Call<'_>, transcript: &str) -> Reply {
    let diarized = *call.field("response_format") == "diarized_json";
    let mut events: Vec<Event> = if diarized {
        vec![Event::data(&schema_answer::component(
            call,
            "TranscriptTextSegmentEvent",
            &[("text", Value::from(transcript))],
        ))]
    } else {
        let delta = |word| schema_answer::component(call, "TranscriptTextDeltaEvent", &[("delta", Value::from(word))]);
        text::words(transcript).into_iter().map(|word| Event::data(&delta(word))).collect()
    };
    let done = schema_answer::component(call, "TranscriptTextDoneEvent", &[("text", Value::from(transcript))]);
    events.extend([Event::data(&done), Event::done()]);
    Reply::events(events)
}

/// A stream of an operation without a handler of its own: a few of the events that its schema has, and the one that ends
/// it. Images and speech have just these two kinds.
pub(crate) fn event_stream(call: &Call<'_>) -> Reply {
    let union = call.operation.event_schema().and_then(|schema| schema::follow(document::root(), schema));
    let variants = union.and_then(|union| union["anyOf"].as_array().or(union["oneOf"].as_array()));
    let mut generator = call.generator();
    let made = |variant| generator.generate(variant);
    let (last, partial): (Vec<Value>, Vec<Value>) = variants
        .into_iter()
        .flatten()
        .filter_map(made)
        .partition(|event| ends(event["type"].as_str().unwrap_or_default()));
    let count = usize::try_from(call.number("partial_images").unwrap_or(2).min(8)).unwrap_or(2);
    let mut events = Vec::new();
    for event in partial.iter().take(1) {
        for index in 0..count {
            let mut event = event.clone();
            if let Some(slot) = event.get_mut("partial_image_index") {
                *slot = Value::from(index);
            }
            events.push(Event::typed(&event));
        }
    }
    events.extend(last.iter().take(1).map(Event::typed));
    Reply::events(events)
}

/// `POST /realtime/calls`: the answer to a WebRTC offer, and where the call is to be found.
pub(crate) fn realtime_call(call: &Call<'_>) -> Reply {
    let id = call.rng().id("rtc_");
    let sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=openai-ext-mock\r\nt=0 0\r\n";
    Reply::bytes(call.operation.response.status, "application/sdp", sdp)
        .header("location", &format!("/v1/realtime/calls/{id}"))
}

fn ends(kind: &str) -> bool {
    [".completed", ".done", ".failed"].iter().any(|end| kind.ends_with(end))
}
