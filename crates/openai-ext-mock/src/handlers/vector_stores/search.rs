//! `POST /vector_stores/{vector_store_id}/search`: by the words that query and text share, so that a test can tell what it
//! will get.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::store_content::{chunks, named};
use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::texts;
use crate::state::ServerState;

/// Filters may be nested this deep; deeper ones match nothing.
const MAX_DEPTH: usize = 64;

pub(crate) fn search(call: &Call<'_>, state: &ServerState) -> Outcome {
    let store = named(call, state)?;
    let queries = match call.field("query") {
        Value::String(query) => vec![query.clone()],
        list => texts(list),
    };
    if queries.is_empty() {
        return Err(Refusal::missing("query"));
    }
    let wanted = words(&queries.join(" "));
    let least = call.field("ranking_options")["score_threshold"].as_f64().unwrap_or(0.0);
    let most = usize::try_from(call.number("max_num_results").unwrap_or(10).clamp(1, 50)).unwrap_or(10);
    let mut results = Vec::new();
    for file in state.vector_store_files.iter().filter(|file| file.store == store) {
        let known = file.object["id"].as_str().and_then(|id| state.files.get(id));
        let Some(content) = known.filter(|_| file.object["status"] == "completed") else { continue };
        if !matches(call.field("filters"), &file.object["attributes"], 0) {
            continue;
        }
        for text in chunks(&content.bytes) {
            let score = score(&wanted, &text);
            if score >= least {
                results.push((
                    score,
                    json!({
                        "file_id": file.object["id"], "filename": content.name(), "score": score,
                        "attributes": file.object["attributes"], "content": [{"type": "text", "text": text}],
                    }),
                ));
            }
        }
    }
    // Stable: equals stay in the order in which their files were added.
    results.sort_by(|(one, _), (two, _)| two.total_cmp(one));
    let data: Vec<Value> = results.into_iter().take(most).map(|(_, result)| result).collect();
    let fields = json!({
        "object": "vector_store.search_results.page", "search_query": queries, "data": data, "has_more": false,
        "next_page": null,
    });
    Ok(objects::make(call, "VectorStoreSearchResultsPage", fields).into())
}

/// The part of the query's words that the text has, from 0 to 1.
fn score(wanted: &BTreeSet<String>, text: &str) -> f64 {
    let found = words(text);
    let hits = u32::try_from(wanted.intersection(&found).count()).unwrap_or(u32::MAX);
    let all = u32::try_from(wanted.len().max(1)).unwrap_or(u32::MAX);
    f64::from(hits) / f64::from(all)
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    words.filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// True if the attributes are as a filter wants them; also without a filter.
fn matches(filter: &Value, attributes: &Value, depth: usize) -> bool {
    if filter.is_null() {
        return true;
    }
    let mut parts = filter["filters"].as_array().into_iter().flatten();
    let (found, value) = (filter["key"].as_str().map_or(&Value::Null, |key| &attributes[key]), &filter["value"]);
    let order = || match (found, value) {
        (Value::String(found), Value::String(value)) => Some(found.cmp(value)),
        _ => found.as_f64()?.partial_cmp(&value.as_f64()?),
    };
    let equal = |value: &Value| found == value || found.is_number() && found.as_f64() == value.as_f64();
    let listed = || value.as_array().is_some_and(|values| values.iter().any(equal));
    match filter["type"].as_str().unwrap_or("eq") {
        _ if depth > MAX_DEPTH => false,
        "and" => parts.all(|part| matches(part, attributes, depth + 1)),
        "or" => parts.any(|part| matches(part, attributes, depth + 1)),
        "eq" => equal(value),
        "ne" => !equal(value),
        "gt" => order().is_some_and(|order| order.is_gt()),
        "gte" => order().is_some_and(|order| order.is_ge()),
        "lt" => order().is_some_and(|order| order.is_lt()),
        "lte" => order().is_some_and(|order| order.is_le()),
        "in" => listed(),
        "nin" => !listed(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_compare_and_combine() {
        let attributes = json!({"year": 2024, "author": "Ann", "draft": false});
        let is = |filter: Value| matches(&filter, &attributes, 0);
        let one = |kind: &str, key: &str, value: Value| json!({"type": kind, "key": key, "value": value});
        assert!(is(Value::Null) && is(one("eq", "year", json!(2024.0))) && is(one("ne", "author", json!("Bob"))));
        assert!(
            is(one("gt", "year", json!(2023)))
                && !is(one("gt", "year", json!(2024)))
                && is(one("lte", "year", json!(2024)))
        );
        assert!(
            is(one("gte", "author", json!("Al")))
                && !is(one("lt", "author", json!(5)))
                && is(one("eq", "draft", json!(false)))
        );
        assert!(is(one("in", "author", json!(["Ann", "Bob"]))) && !is(one("nin", "year", json!([2024]))));
        let (yes, no) = (one("eq", "year", json!(2024)), one("eq", "year", json!(1)));
        assert!(is(json!({"type": "or", "filters": [no, yes]})) && !is(json!({"type": "and", "filters": [yes, no]})));
        assert!(!is(one("like", "author", json!("A"))) && !is(one("eq", "missing", json!(1))));
    }
}
