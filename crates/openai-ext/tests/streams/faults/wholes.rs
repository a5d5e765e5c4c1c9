//! Answers that are no streams and break: JSON bodies and files.

use openai_ext::prelude::*;
use openai_ext::{Client, Error};
use openai_ext_mock::{Fault, MockServer, Reply, Turn};
use serde_json::json;

use super::{TestResult, at_once, check, client_for, mocked};

const CALLS: [&str; 7] = [
    "createChatCompletion",
    "createCompletion",
    "createResponse",
    "createImage",
    "listModels",
    "createSpeech",
    "downloadFile",
];

async fn call(client: &Client, operation: &str, id: &str) -> Option<Error> {
    match operation {
        "createChatCompletion" => client.chat().completions().create("m", [Message::user("Hi")]).send().await.err(),
        "createCompletion" => client.completions().create("m", "Hi").send().await.err(),
        "createResponse" => client.responses().create("m", "Hi").send().await.err(),
        "createImage" => client.images().generate("A lighthouse").model("m").send().await.err(),
        "listModels" => client.models().list().send().await.err(),
        "createSpeech" => client.audio().speech().create("Hi", "m", "alloy").send_bytes().await.err(),
        _ => client.files().content(id).send_bytes().await.err(),
    }
}

async fn prepare(client: &Client, operation: &str) -> TestResult<String> {
    if operation != "downloadFile" {
        return Ok(String::new());
    }
    let file = InputFile::from_bytes("a,b\n".repeat(50)).name("a.csv");
    Ok(client.files().create(file, "user_data").send().await?.id)
}

fn set(mock: &MockServer, operation: &str, place: &str, fault: Fault) -> TestResult {
    let reply = match operation {
        "createSpeech" | "downloadFile" => Reply::bytes(http(), "application/octet-stream", "x".repeat(100)),
        _ => Reply::json(http(), &json!({"id": "x", "object": "x", "data": [], "choices": [], "output": []})),
    };
    match place {
        "own" => mock.on(operation).times(1).fault(fault)?,
        "reply" => mock.on(operation).times(1).reply(reply.fault(fault))?,
        "sequence" => mock.on(operation).sequence([reply.fault(fault)])?,
        "over a reply" => {
            // A connection breaks before there is an answer.
            let is_answered = matches!(fault, Fault::CutBody(_));
            mock.on(operation).times(usize::from(is_answered)).reply(reply)?;
            mock.on(operation).times(1).fault(fault)?;
        }
        "turn" => mock.converse([Turn::text("It rains.").fault(fault)]),
        _ => mock.converse([Turn::reply(reply.fault(fault))]),
    }
    Ok(())
}

fn http() -> openai_ext::StatusCode {
    openai_ext::StatusCode::OK
}

async fn one(operation: &'static str, place: &'static str, fault: Fault) -> TestResult {
    let name = format!("{operation} {place} {fault:?}");
    let (patient, mock) = mocked()?;
    let id = prepare(&patient, operation).await?;
    set(&mock, operation, place, fault)?;
    let error = call(&client_for(fault, &mock)?, operation, &id).await.ok_or_else(|| format!("{name}: no error"))?;
    check(fault, &error, &name);
    assert!(error.is_retryable(), "{name}: {error:?}");
    let after = call(&patient, operation, &id).await;
    assert!(after.is_none(), "{name}: {after:?}");
    assert_eq!((mock.turns_left(), mock.take_unapplied_faults()), (0, Vec::new()), "{name}");
    Ok(())
}

#[tokio::test]
async fn every_fault_of_whole_answers() -> TestResult {
    let mut cases = Vec::new();
    for fault in [Fault::Disconnect, Fault::Silence, Fault::CutBody(0), Fault::CutBody(20)] {
        for operation in CALLS {
            let of_the_model = matches!(operation, "createChatCompletion" | "createCompletion" | "createResponse");
            let places = ["own", "reply", "sequence", "over a reply", "turn", "turn of a reply"];
            let places = places.into_iter().filter(|place| of_the_model || !place.starts_with("turn"));
            cases.extend(places.map(|place| one(operation, place, fault)));
        }
    }
    assert_eq!(cases.len(), 4 * (7 * 4 + 3 * 2));
    at_once(cases).await
}

/// A client that tries again gets over a fault that comes once.
#[tokio::test]
async fn retries_get_over_a_fault() -> TestResult {
    for fault in [Fault::Disconnect, Fault::CutBody(20)] {
        for operation in CALLS {
            let (client, mock) = mocked()?;
            let id = prepare(&client, operation).await?;
            let before = mock.requests().len();
            let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(1).build()?;
            mock.on(operation).times(1).fault(fault)?;
            let error = call(&client, operation, &id).await;
            assert!(error.is_none(), "{operation} {fault:?}: {error:?}");
            assert_eq!(mock.requests().len() - before, 2, "{operation} {fault:?}");
        }
    }
    Ok(())
}

/// A download to a file goes on where it broke off, or says how far it came.
#[tokio::test]
async fn a_download_to_a_file_breaks_off() -> TestResult {
    let (client, mock) = mocked()?;
    let id = prepare(&client, "downloadFile").await?;
    let path = std::env::temp_dir().join(format!("openai-ext-mock-faults-{}", std::process::id()));
    mock.on("downloadFile").fault(Fault::CutBody(20))?;
    let error = client.files().content(&id).send_to_file(&path).await.err().ok_or("the file is whole")?;
    check(Fault::CutBody(20), &error, "send_to_file");
    drop(std::fs::remove_file(&path));
    Ok(())
}
