//! `POST /decisions`.

use serde_json::{Value, json};

use crate::call::Call;
use crate::model::text;
use crate::schema::Rng;
use crate::wire::Reply;

/// An answer to each question, in their order. It depends on the input and the question alone.
pub(crate) fn create(call: &Call<'_>) -> Reply {
    let input = call.field("input").to_string();
    let questions = call.field("questions").as_array().map(Vec::as_slice).unwrap_or_default();
    let answers: Vec<Value> = questions.iter().map(|question| answer(&input, question)).collect();
    let asked =
        text::tokens(&input) + questions.iter().map(|question| text::tokens(&question.to_string())).sum::<u64>();
    let answered = answers.len() as u64;
    let usage = json!({
        "input_tokens": asked,
        "input_tokens_details": {"cache_write_tokens": 0, "cached_tokens": 0},
        "output_tokens": answered,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": asked + answered,
    });
    let body = json!({"answers": answers, "model": call.model(), "usage": usage});
    Reply::json(call.operation.response.status, &body)
}

fn answer(input: &str, question: &Value) -> Value {
    let mut rng = Rng::new(0, &format!("{input}{question}"), 0);
    let mut answer = match question["type"].as_str() {
        Some("choice") => choice(&mut rng, question["choices"].as_array()),
        Some("score") => score(&mut rng, question["levels"].as_array()),
        _ => json!({"type": "predicate", "probability": hundredths(rng.below(101))}),
    };
    if question["name"].is_string() {
        answer["name"] = question["name"].clone();
    }
    answer
}

/// The most probable value, and the probabilities of all of them.
fn choice(rng: &mut Rng, choices: Option<&Vec<Value>>) -> Value {
    let choices = choices.map(Vec::as_slice).unwrap_or_default();
    let shares = shares(rng, choices.len());
    let best = best(&shares);
    let probabilities = choices.iter().zip(&shares);
    let probabilities =
        probabilities.map(|(choice, share)| json!({"value": choice["value"], "probability": hundredths(*share)}));
    json!({
        "type": "choice",
        "choice": choices.get(best).map(|choice| &choice["value"]),
        "confidence": hundredths(shares.get(best).copied().unwrap_or_default()),
        "probabilities": probabilities.collect::<Vec<_>>(),
    })
}

/// The mean of the levels' places, from 0 on, and the probabilities of all of them.
fn score(rng: &mut Rng, levels: Option<&Vec<Value>>) -> Value {
    let levels = levels.map(Vec::as_slice).unwrap_or_default();
    let shares = shares(rng, levels.len());
    let mean: u64 = (0..).zip(&shares).map(|(place, share)| place * share).sum();
    let probabilities = (0u64..).zip(levels).zip(&shares);
    let probabilities = probabilities.map(
        |((place, level), share)| json!({"label": level["label"], "value": place, "probability": hundredths(*share)}),
    );
    json!({
        "type": "score",
        "score": hundredths(mean),
        "confidence": hundredths(shares.get(best(&shares)).copied().unwrap_or_default()),
        "probabilities": probabilities.collect::<Vec<_>>(),
    })
}

/// Hundredths that are 100 in all.
fn shares(rng: &mut Rng, count: usize) -> Vec<u64> {
    let mut shares = vec![0; count];
    let mut left = 100;
    for share in shares.iter_mut().skip(1) {
        *share = rng.below(left / 2 + 1);
        left -= *share;
    }
    if let Some(first) = shares.first_mut() {
        *first = left;
    }
    let turn = if count == 0 { 0 } else { rng.index(count) };
    shares.rotate_left(turn);
    shares
}

fn best(shares: &[u64]) -> usize {
    (0..shares.len()).max_by_key(|at| (shares[*at], usize::MAX - at)).unwrap_or_default()
}

fn hundredths(count: u64) -> f64 {
    count as f64 / 100.0
}
