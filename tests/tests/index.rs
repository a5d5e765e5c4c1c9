//! The index of all operations, a line each: what a reviewer of a regen reads first.

use std::fmt::Write as _;

use openai_raw::index::{OPERATIONS, WEBHOOKS};
use openai_raw::openai_runtime::Paging;

#[test]
fn all_operations_and_webhooks() -> std::fmt::Result {
    let mut table = String::new();
    for operation in OPERATIONS {
        let query: Vec<String> = operation.query.iter().map(|(name, value)| format!("?{name}={value}")).collect();
        writeln!(
            table,
            "{} | {} | {}{} | {}.{} | [{}] -> [{}] | {} | paging {} | {}",
            operation.id,
            operation.method,
            operation.path,
            query.concat(),
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

#[test]
fn lists_page_as_in_the_official_sdks() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/facts/methods.tsv");
    let Ok(table) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let mut compared = 0;
    for row in table.lines().skip(1) {
        let [_, _, id, _, answer] = row.split('\t').collect::<Vec<_>>()[..] else { panic!("{row}") };
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
    assert_eq!(lists, 62);
}
