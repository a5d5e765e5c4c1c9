//! The index of all operations, a line each: what a reviewer of a regen reads first.

use std::fmt::Write as _;

use openai_raw::index::{OPERATIONS, WEBHOOKS};

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
