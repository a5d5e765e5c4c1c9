//! Pages of lists, by the list operation's own parameters and answer.

use http::StatusCode;
use serde_json::{Map, Value};

use super::table::{Object, Table};
use crate::call::objects::{Shape, is_nullable};
use crate::call::{Call, HandlerAnswer, Outcome, Refusal};
use crate::wire::Reply;

/// The page of a table that the call asks for. `wanted` picks the list's items, and `key` makes the table's key of an id.
pub(crate) fn page<T: Object>(
    call: &Call<'_>,
    table: &Table<T>,
    wanted: impl Fn(&T) -> bool,
    key: impl Fn(&str) -> String,
) -> Outcome {
    let rows = table.places().filter(|(_, item)| wanted(item)).map(|(place, item)| (place, item.object())).collect();
    cut(call, rows, |id| table.place(&key(id)))
}

/// The page of a list that belongs to one object.
pub(crate) fn page_of(call: &Call<'_>, items: &[Value]) -> Outcome {
    let rows = (0..).zip(items).collect();
    cut(call, rows, |id| (0..).zip(items).find(|(_, item)| item["id"] == id).map(|(place, _)| place))
}

/// Cursors are places in the order and not items of the list, so that one may delete what one has read.
fn cut(call: &Call<'_>, mut rows: Vec<(u64, &Value)>, place: impl Fn(&str) -> Option<u64>) -> Outcome {
    let limit = limit(call)?;
    let ascending = ascending(call)?;
    if !ascending {
        rows.reverse();
    }
    let cursor = |name: &str| match call.query(name).filter(|id| !id.is_empty()) {
        Some(id) => place(id).map(Some).ok_or_else(|| Refusal::not_found("object", id, name)),
        None => Ok(None),
    };
    let (after, before) = (cursor("after")?, cursor("before")?);
    let is_after = |place: u64, cursor: u64| if ascending { place > cursor } else { place < cursor };
    rows.retain(|(place, _)| after.is_none_or(|cursor| is_after(*place, cursor)));
    rows.retain(|(place, _)| before.is_none_or(|cursor| is_after(cursor, *place)));
    let has_more = rows.len() > limit;
    let surplus = rows.len().saturating_sub(limit);
    // Before a cursor means right before it: the previous page.
    let shown = if before.is_some() && after.is_none() { &rows[surplus..] } else { &rows[..rows.len() - surplus] };
    Ok(close(call, shown.iter().map(|(_, item)| (*item).clone()).collect(), has_more))
}

/// The list object around the items, by the operation's schema.
fn close(call: &Call<'_>, items: Vec<Value>, has_more: bool) -> HandlerAnswer {
    let Some(schema) = call.operation.response.json else {
        return HandlerAnswer::Other(Reply::empty(StatusCode::OK));
    };
    let mut list = match call.list_generator().generate(schema) {
        Some(Value::Object(list)) => list,
        _ => Map::new(),
    };
    let shape = Shape::of(schema);
    for (name, item) in [("first_id", items.first()), ("last_id", items.last())] {
        let Some(property) = shape.properties.get(name) else { continue };
        match item.and_then(|item| item.get("id")) {
            Some(id) => drop(list.insert(name.to_owned(), id.clone())),
            None if is_nullable(property) => drop(list.insert(name.to_owned(), Value::Null)),
            // The document demands a text also of an empty page.
            None if shape.required.contains(name) => drop(list.insert(name.to_owned(), Value::from(""))),
            None => drop(list.remove(name)),
        }
    }
    list.insert("has_more".to_owned(), Value::Bool(has_more));
    list.insert("data".to_owned(), Value::Array(items));
    HandlerAnswer::Object(Value::Object(list))
}

fn limit(call: &Call<'_>) -> Result<usize, Refusal> {
    let usual = call.operation.query_default("limit").and_then(Value::as_u64).unwrap_or(20);
    let most = usual.max(100);
    let Some(text) = call.query("limit") else {
        return Ok(usize::try_from(usual).unwrap_or(20));
    };
    let wrong = |message: String, code| Err(Refusal::invalid("limit", message).code(code));
    match text.parse::<i64>() {
        Err(_) => wrong(format!("Invalid type for 'limit': expected an integer, but got '{text}'."), "invalid_type"),
        Ok(number) if number < 1 => wrong(
            format!("Invalid 'limit': integer below minimum value. Expected a value >= 1, but got {number} instead."),
            "integer_below_min_value",
        ),
        Ok(number) if number.unsigned_abs() > most => wrong(
            format!(
                "Invalid 'limit': integer above maximum value. Expected a value <= {most}, but got {number} instead."
            ),
            "integer_above_max_value",
        ),
        Ok(number) => Ok(usize::try_from(number).unwrap_or(usize::MAX)),
    }
}

/// The newest come first where the document does not say otherwise.
fn ascending(call: &Call<'_>) -> Result<bool, Refusal> {
    let usual = call.operation.query_default("order").and_then(Value::as_str).unwrap_or("desc");
    match call.query("order").unwrap_or(usual) {
        "asc" => Ok(true),
        "desc" => Ok(false),
        other => {
            let message = format!("Invalid value: '{other}'. Supported values are: 'asc' and 'desc'.");
            Err(Refusal::invalid("order", message).code("invalid_value"))
        }
    }
}
