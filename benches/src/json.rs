//! The runtime's JSON against serde's derives of the same types: `cargo run --release --bin json`.
//!
//! Both sides of each pair run in turn, many times over, so that what else the machine does hits both. Printed are the
//! medians and the median of the ratios; `json NAME ours|serde COUNT` runs one side only, for a profiler.

mod bodies;
mod types;

use std::hint::black_box;
use std::time::Instant;

use openai_raw::List;
use openai_raw::types as generated;
use openai_runtime::json;
use types::{derived, ours};

const EVENT: &[u8] = include_bytes!("../data/delta.json");
const BODY: &[u8] = include_bytes!("../data/response.json");

type Run = Box<dyn Fn()>;

struct Pair {
    name: &'static str,
    /// The number of times that one measurement runs each side.
    batch: u32,
    ours: Run,
    serde: Run,
}

fn pairs() -> Vec<Pair> {
    let event: ours::Event = json::from_slice(EVENT).expect("the event is read");
    let event_twin: derived::Event = serde_json::from_slice(EVENT).expect("serde reads the event");
    let body: ours::Response = json::from_slice(BODY).expect("the body is read");
    let body_twin: derived::Response = serde_json::from_slice(BODY).expect("serde reads the body");
    let read_back: serde_json::Value = serde_json::from_slice(&json::to_vec(&body)).expect("what is written is JSON");
    let expected: serde_json::Value = serde_json::from_slice(BODY).expect("the body is JSON");
    assert_eq!(read_back, expected, "the body is written back as it was");
    let whole: generated::Response = json::from_slice(BODY).expect("the generated type reads the body");
    assert_eq!(serde_json::to_value(&whole).ok(), Some(expected), "the generated type writes it back");
    // Made by hand, as a request is: nothing was read, so nothing is kept beside the fields.
    let mut clean = body.clone();
    clean.extra = json::Extra::default();
    vec![
        pair("event, union of 58, decode", 2000, decode::<ours::Event>(EVENT), derive::<derived::Event>(EVENT)),
        pair(
            "event, plain struct, decode",
            2000,
            decode::<ours::TextDelta>(EVENT),
            derive::<derived::TextDelta>(EVENT),
        ),
        pair("response, 7.5 KB, decode", 60, decode::<ours::Response>(BODY), derive::<derived::Response>(BODY)),
        pair(
            "event, generated, decode",
            2000,
            decode::<generated::ResponseStreamEvent>(EVENT),
            derive::<derived::Event>(EVENT),
        ),
        pair("response, generated, decode", 60, decode::<generated::Response>(BODY), derive::<derived::Response>(BODY)),
        pair("response as Value, decode", 60, decode::<json::Value>(BODY), derive::<serde_json::Value>(BODY)),
        pair(
            "response as Value, jiter",
            60,
            Box::new(|| drop(black_box(jiter::JsonValue::parse(black_box(BODY), false)))),
            derive::<serde_json::Value>(BODY),
        ),
        pair("event, union of 58, encode", 2000, encode(event), derive_encode(event_twin)),
        pair("response, generated, encode", 60, encode(whole), derive_encode(body_twin.clone())),
        pair("response, 7.5 KB, encode", 60, encode(body), derive_encode(body_twin.clone())),
        pair("response without extra, encode", 60, encode(clean), derive_encode(body_twin)),
    ]
    .into_iter()
    .chain(floors())
    .collect()
}

/// Generated types against structs written by hand for the very body.
fn floors() -> Vec<Pair> {
    fn both<T: json::Json + Default + 'static, F: serde::de::DeserializeOwned + 'static>(
        name: &'static str,
        batch: u32,
        text: Vec<u8>,
    ) -> Pair {
        let text = text.leak();
        let read: T = json::from_slice(text).expect("the generated type reads it");
        // Not by serde_json, which reads 17 digits less exactly.
        let expected: json::Value = json::from_slice(text).expect("the text is JSON");
        assert!(json::to_value(&read) == expected, "{name} is written back as it was");
        serde_json::from_slice::<F>(text).expect("the floor reads it");
        pair(name, batch, decode::<T>(text), derive::<F>(text))
    }
    let base64 = bodies::vectors_in_base64().leak();
    let request = bodies::request();
    let typed: generated::ChatCompletionCreateParams = json::from_slice(&request).expect("a request");
    let floor: bodies::ChatRequest = serde_json::from_slice(&request).expect("a request");
    vec![
        both::<generated::Response, bodies::Response>("floor: response, 7.5 KB", 60, BODY.to_vec()),
        both::<generated::CreateEmbeddingResponse, bodies::Embeddings>(
            "floor: vectors, digits of f32",
            1,
            bodies::vectors(|number| number.to_string()),
        ),
        both::<generated::CreateEmbeddingResponse, bodies::Embeddings>(
            "floor: vectors, digits of f64",
            1,
            bodies::vectors(|number| f64::from(number).to_string()),
        ),
        pair(
            "floor: vectors in base64",
            4,
            decode::<generated::CreateEmbeddingResponse>(base64),
            Box::new(|| drop(black_box(bodies::read_base64(black_box(base64))))),
        ),
        both::<generated::ChatCompletion, bodies::Completion>("floor: logprobs of 200 tokens", 4, bodies::logprobs()),
        both::<List<generated::ChatCompletion>, bodies::Page>("floor: page of 100 completions", 4, bodies::page()),
        both::<generated::ChatCompletion, bodies::Completion>("floor: chat completion", 400, bodies::completion(7, "null").into_bytes()),
        pair("floor: request of 21 messages, encode", 100, encode(typed), derive_encode(floor)),
    ]
}

fn pair(name: &'static str, batch: u32, ours: Run, serde: Run) -> Pair {
    Pair { name, batch, ours, serde }
}

fn decode<T: json::Json + Default + 'static>(text: &'static [u8]) -> Run {
    Box::new(move || _ = black_box(json::from_slice::<T>(black_box(text))))
}

fn derive<T: serde::de::DeserializeOwned + 'static>(text: &'static [u8]) -> Run {
    Box::new(move || _ = black_box(serde_json::from_slice::<T>(black_box(text))))
}

fn encode<T: json::Json + 'static>(value: T) -> Run {
    Box::new(move || _ = black_box(json::to_vec(black_box(&value))))
}

fn derive_encode<T: serde::Serialize + 'static>(value: T) -> Run {
    Box::new(move || _ = black_box(serde_json::to_vec(black_box(&value))))
}

/// Nanoseconds of one run, over a batch.
fn time(run: &Run, batch: u32) -> f64 {
    let started = Instant::now();
    (0..batch).for_each(|_| run());
    started.elapsed().as_nanos() as f64 / f64::from(batch)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [name, side, count] = &arguments[..] {
        let pair = pairs().into_iter().find(|pair| pair.name.starts_with(name.as_str())).expect("a pair of that name");
        let run = if side == "ours" { pair.ours } else { pair.serde };
        (0..count.parse().expect("a number")).for_each(|_: u32| run());
        return;
    }
    println!("{:<34} {:>10} {:>10} {:>7}", "", "ours, ns", "serde, ns", "ratio");
    for pair in pairs() {
        let rounds: Vec<(f64, f64)> =
            (0..400).map(|_| (time(&pair.ours, pair.batch), time(&pair.serde, pair.batch))).collect();
        let ours = median(rounds.iter().map(|round| round.0).collect());
        let serde = median(rounds.iter().map(|round| round.1).collect());
        let ratio = median(rounds.iter().map(|round| round.0 / round.1).collect());
        println!("{:<34} {ours:>10.0} {serde:>10.0} {ratio:>7.3}", pair.name);
    }
}
