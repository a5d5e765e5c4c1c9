//! The index of all operations: a line each, which a reviewer of a regen reads first, and what the official SDKs have.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use openai_raw::index::{OPERATIONS, OperationEntry, WEBHOOKS};
use openai_raw::openai_runtime::Paging;

#[test]
fn all_operations_and_webhooks() -> std::fmt::Result {
    let mut table = String::new();
    for operation in OPERATIONS {
        writeln!(
            table,
            "{} | {} | {} | {}.{} | [{}] -> [{}] | {} | paging {} | {}",
            operation.id,
            operation.method,
            path_and_query(operation),
            operation.resource,
            operation.verb,
            operation.request_media.join(" "),
            operation.response_media.join(" "),
            if operation.streams { "stream" } else { "-" },
            format!("{:?}", operation.paging).to_lowercase(),
            format!("{:?}", operation.security).to_lowercase(),
        )?;
    }
    for webhook in WEBHOOKS {
        writeln!(table, "webhook | {} | {}", webhook.event, webhook.type_name)?;
    }
    insta::assert_snapshot!(table);
    Ok(())
}

fn path_and_query(operation: &OperationEntry) -> String {
    let query: Vec<String> = operation.query.iter().map(|(name, value)| format!("?{name}={value}")).collect();
    format!("{}{}", operation.path, query.concat())
}

/// The lines of a table of `../shared/facts`, but for its head; `None` if it is not there.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let path = format!("{}/../../shared/facts/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("skipped: {path} is not there");
        return None;
    };
    Some(text.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect())
}

#[test]
fn each_method_of_the_official_sdk_is_an_operation() {
    let Some(rows) = table("methods.tsv") else { return };
    let mut found = BTreeSet::new();
    for row in &rows {
        let [method, path, id, sdk_method, _] = &row[..] else { panic!("{row:?}") };
        let operation = OPERATIONS.iter().find(|operation| operation.id == id);
        let operation = operation.unwrap_or_else(|| panic!("{id} is not in the index"));
        let name = format!("{}.{}", operation.resource, operation.verb);
        assert_eq!((operation.method, &path_and_query(operation), &name), (method.as_str(), path, sdk_method), "{id}");
        assert!(found.insert(operation.id), "{id} is there twice");
    }
    assert_eq!((found.len(), OPERATIONS.len()), (388, 388));
}

/// Operations that stream here and not in the official SDK, with the reason.
const STREAMS_OF_OURS: [(&str, &str); 1] =
    [("audio.speech.create", "the document has events for `stream_format: sse`, and the SDK reads the body as bytes")];

#[test]
fn each_operation_has_the_headers_and_streams_of_the_official_sdk() {
    let Some(rows) = table("sdk-3.57/operations.tsv") else { return };
    let (mut with_header, mut streams) = (0, 0);
    for row in &rows {
        let [status, method, path, sdk_method, _, stream, header, ..] = &row[..] else { panic!("{row:?}") };
        if status == "removed" {
            continue;
        }
        let is_it = |operation: &&OperationEntry| operation.method == method && path_and_query(operation) == *path;
        let operation = OPERATIONS.iter().find(is_it).unwrap_or_else(|| panic!("{sdk_method} is not in the index"));
        let beta = operation.headers.iter().find(|(name, _)| *name == "OpenAI-Beta").map_or("", |(_, value)| value);
        assert_eq!(beta, header, "{sdk_method}");
        let streams_here = !stream.is_empty() || STREAMS_OF_OURS.iter().any(|(name, _)| name == sdk_method);
        assert_eq!(operation.streams, streams_here, "{sdk_method}");
        with_header += usize::from(!header.is_empty());
        streams += usize::from(operation.streams);
    }
    assert_eq!((with_header, streams), (104, 15));
}

#[test]
fn lists_page_as_in_the_official_sdks() {
    let Some(rows) = table("methods.tsv") else { return };
    let mut compared = 0;
    for row in &rows {
        let [_, _, id, _, answer] = &row[..] else { panic!("{row:?}") };
        let operation = OPERATIONS.iter().find(|operation| operation.id == id);
        let (Some(operation), true) = (operation, answer.starts_with("Sync")) else { continue };
        let found = match operation.paging {
            Paging::Page => "SyncPage",
            Paging::Cursor => "SyncCursorPage",
            Paging::ConversationCursor => "SyncConversationCursorPage",
            Paging::NextCursor | Paging::NextPage => "SyncNextCursorPage",
            Paging::Token => "SyncTokenPage",
            _ => "none",
        };
        assert_eq!(answer.split('[').next(), Some(found), "{id}");
        compared += 1;
    }
    assert_eq!(compared, 57);
}

/// Every list that takes a cursor can be gone through page by page.
#[test]
fn every_list_with_a_cursor_has_a_kind() {
    let document = acceptance::document().unwrap();
    let mut lists = 0;
    for operation in OPERATIONS {
        let source = acceptance::contract::find(&document, operation.id).unwrap();
        let parameters = source.get("parameters").and_then(|list| list.as_array()).into_iter().flatten();
        let mut names = parameters.filter_map(|parameter| parameter.get("name")?.as_str());
        if names.any(|name| ["after", "page"].contains(&name)) {
            assert!(!matches!(operation.paging, Paging::None | Paging::Page), "{}", operation.id);
            lists += 1;
        }
    }
    assert_eq!(lists, 86);
}
