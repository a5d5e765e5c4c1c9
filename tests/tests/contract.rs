//! Every operation called through its public builder against the mock: what arrives is what was set, and the answer is
//! read. `contract URL` does the same against the server that OpenAI's own SDKs test with.

use std::collections::BTreeSet;

use acceptance::calls::entry::Input;
use acceptance::calls::sample::Sample;
use acceptance::contract::{Case, cases};
use openai_ext_mock::{MockServer, ReceivedRequest};
use openai_raw::Client;
use openai_raw::index::OPERATIONS;
use serde_json::{Map, Value};

/// As many as the largest union of a request has variants, so that each is sent once.
const ROUNDS: usize = 40;

#[tokio::test]
async fn what_is_set_arrives() {
    let document = acceptance::document().unwrap();
    // More than the last two are not looked at.
    let server = MockServer::builder().stateless().keep_requests(2).start().await.unwrap();
    let client = Client::builder()
        .strict_decoding(true)
        .api_key("sk-contract")
        .admin_api_key("sk-admin")
        .base_url(server.base_url());
    let client = client.max_retries(0).build().unwrap();
    let mut operations = BTreeSet::new();
    let mut problems = Vec::new();
    let mut made = 0;
    for case in cases(&document, ROUNDS, &[]) {
        let Case { entry, sample, place } = case.expect("the document has every operation");
        operations.insert(entry.id);
        made += 1;
        let answered = (entry.call)(&client, &Input::new(sample.clone())).expect(&place).await;
        if let Err(error) = answered.decoded {
            problems.push(format!("{place}: {error}"));
        }
        // Each call is sent twice: once for the response as it is, once to read it.
        let received = server.requests();
        let [_, request] = &received[received.len() - 2..] else { unreachable!("two requests were sent") };
        problems.extend(differences(entry.id, &sample, request).into_iter().map(|text| format!("{place}: {text}")));
    }
    // What is wrong with one request is wrong with the same operation's others as a rule.
    let first = &problems[..problems.len().min(20)];
    assert!(problems.is_empty(), "{} problems, of which the first:\n{}", problems.len(), first.join("\n"));
    assert_eq!(operations.len(), OPERATIONS.len());
    assert!(made > 2 * OPERATIONS.len(), "{made} requests");
    println!("{made} different requests of {} operations", operations.len());
}

/// Returns the differences of the request from the inputs.
fn differences(id: &str, sample: &Sample, request: &ReceivedRequest) -> Vec<String> {
    let mut out = Vec::new();
    let Some(operation) = request.operation().filter(|operation| operation.id() == id) else {
        return vec![format!("{} {} is another operation", request.method(), request.path())];
    };
    for (name, value) in &sample.path {
        if request.parameter(name) != Some(&text(value)) {
            out.push(format!("path parameter {name} is {:?}, not {value}", request.parameter(name)));
        }
    }
    let fixed = operation.fixed_query().iter().cloned();
    let query: BTreeSet<(String, String)> = fixed.chain(pairs(&sample.query)).collect();
    // The call asks for no stream, whatever the sample says.
    let found: BTreeSet<(String, String)> = request.query().iter().cloned().collect();
    let unset = |pair: &&(String, String)| pair.0 != "stream";
    if !query.iter().filter(unset).eq(found.iter().filter(unset)) {
        out.push(format!("the query is {found:?}, not {query:?}"));
    }
    for (name, value) in &sample.header {
        if request.header(name) != Some(&text(value)) {
            out.push(format!("the header {name} is {:?}, not {value}", request.header(name)));
        }
    }
    let mut body = sample.body.clone();
    if let Some(Value::Object(body)) = &mut body {
        body.remove("stream");
    }
    let Some(body) = body else { return out };
    match request.form() {
        // Its parts are documents, not fields by brackets.
        Some(parts) if id == "create-realtime-call" => {
            let sent = parts.iter().map(|part| {
                let text = String::from_utf8_lossy(&part.data).into_owned();
                (part.name.clone(), serde_json::from_str(&text).unwrap_or(Value::String(text)))
            });
            let difference = acceptance::compare::difference(&body, &Value::Object(sent.collect()));
            out.extend(difference.map(|text| format!("the form's {text}")));
        }
        Some(parts) => {
            let sent = parts.iter().map(|part| (part.name.clone(), String::from_utf8_lossy(&part.data).into_owned()));
            let sent: BTreeSet<(String, String)> = sent.collect();
            let asked: BTreeSet<(String, String)> = body.as_object().into_iter().flat_map(pairs).collect();
            if sent != asked {
                out.push(format!("the form is {sent:?}, not {asked:?}"));
            }
        }
        None => {
            let sent = request.json().unwrap_or_else(|| Value::from(String::from_utf8_lossy(request.body())));
            let asked = if id == "create-realtime-call" { body["sdp"].clone() } else { body };
            if let Some(difference) = acceptance::compare::difference(&asked, &sent) {
                out.push(format!("the body's {difference}"));
            }
        }
    }
    if let Some(body) = request.json() {
        out.extend(
            operation.check_request(&body).err().map(|violation| format!("the body is not valid: {violation}: {body}")),
        );
    }
    out
}

/// The pairs of an object by the bracket rules, written anew here so that the runtime is not its own judge.
fn pairs(object: &Map<String, Value>) -> impl Iterator<Item = (String, String)> + use<> {
    fn walk(name: String, value: &Value, out: &mut Vec<(String, String)>) {
        match value {
            Value::Array(items) => {
                items.iter().for_each(|item| walk(format!("{}[]", name.trim_end_matches("[]")), item, out))
            }
            Value::Object(members) => members.iter().for_each(|(key, item)| walk(format!("{name}[{key}]"), item, out)),
            scalar => out.push((name, text(scalar))),
        }
    }
    let mut out = Vec::new();
    object.iter().for_each(|(name, value)| walk(name.clone(), value, &mut out));
    out.into_iter()
}

/// A value as text; a list as a header has it.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
