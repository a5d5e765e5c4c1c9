//! Bodies that come as a whole, and lists of many pages.

use std::time::Duration;

use bytes::Bytes;
use openai_ext::Result;
use openai_ext::prelude::*;
use openai_ext::runtime::transport::Body;

use crate::server::client;
use crate::{Row, timed};

pub fn rows() -> Vec<Row> {
    let sizes = || vec![1, 8, 64, 512, 4096, 32_768, 65_536];
    let row = |name: &str, body: fn(usize) -> String, read: fn(Client) -> Duration| Row {
        name: name.to_owned(),
        unit: "KB",
        sizes: sizes(),
        run: Box::new(move |size| {
            let bytes = Bytes::from(body(size * 1024));
            read(client(move |_| ("application/json", Body::from(bytes.clone()))))
        }),
    };
    vec![
        row("chat completion with a long text", completion, |client| {
            timed(async move { client.chat().completions().create("gpt-5.5", "Go on").send().await })
        }),
        row("chat completion with many escapes", escapes, |client| {
            timed(async move { client.chat().completions().create("gpt-5.5", "Go on").send().await })
        }),
        row("chat completion with many unknown members", unknowns, |client| {
            timed(async move { client.chat().completions().create("gpt-5.5", "Go on").send().await })
        }),
        row("response with many items", response, |client| {
            timed(async move { client.responses().create("gpt-5.5", "Go on").send().await })
        }),
        row("embeddings as numbers", embeddings, |client| {
            timed(async move { client.embeddings().create("text-embedding-3-small", "text").send().await })
        }),
        row("page of files", page, |client| timed(async move { client.files().list().send().await })),
        Row {
            name: "pages of 20 files, `items()`".to_owned(),
            unit: "page",
            sizes: vec![10, 100, 1000, 10_000],
            run: Box::new(|count| timed(items(pages(count), count * 20))),
        },
    ]
}

fn completion_of(text: &str, extra: &str) -> String {
    format!(
        "{{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"gpt-5.5\",{extra}\"choices\":[\
         {{\"index\":0,\"message\":{{\"role\":\"assistant\",\"content\":\"{text}\",\"refusal\":null}},\"finish_reason\":\"stop\"}}]}}"
    )
}

fn completion(size: usize) -> String {
    completion_of(&"text ".repeat(size / 5), "")
}

fn escapes(size: usize) -> String {
    completion_of(&"\\n\\u00e9".repeat(size / 8), "")
}

fn unknowns(size: usize) -> String {
    let members: String = (0..size / 32).map(|at| format!("\"member_{at:09}\":[1,{{}},null],")).collect();
    completion_of("text", &members)
}

fn list(size: usize, each: usize, item: impl Fn(usize) -> String) -> String {
    (0..(size / each).max(1)).map(item).collect::<Vec<_>>().join(",")
}

fn response(size: usize) -> String {
    let items = list(size, 120, |at| {
        format!(
            "{{\"type\":\"message\",\"id\":\"msg_{at}\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[\
             {{\"type\":\"output_text\",\"text\":\"text\",\"annotations\":[]}}]}}"
        )
    });
    format!("{{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"completed\",\"output\":[{items}]}}")
}

fn embeddings(size: usize) -> String {
    let items = list(size, 20_000, |at| {
        let numbers = vec!["-0.0123456789"; 1400.min(size / 14)].join(",");
        format!("{{\"object\":\"embedding\",\"index\":{at},\"embedding\":[{numbers}]}}")
    });
    format!("{{\"object\":\"list\",\"model\":\"m\",\"data\":[{items}],\"usage\":{{\"prompt_tokens\":1,\"total_tokens\":1}}}}")
}

fn file(at: usize) -> String {
    format!(
        "{{\"id\":\"file-{at}\",\"object\":\"file\",\"bytes\":1,\"created_at\":1,\"filename\":\"a.txt\",\"purpose\":\"batch\",\
         \"status\":\"processed\"}}"
    )
}

fn page(size: usize) -> String {
    format!("{{\"object\":\"list\",\"data\":[{}],\"has_more\":false}}", list(size, 125, file))
}

fn pages(count: usize) -> Client {
    client(move |number| {
        let files: Vec<String> = (number * 20..number * 20 + 20).map(file).collect();
        let has_more = number + 1 < count;
        let body = format!("{{\"object\":\"list\",\"data\":[{}],\"has_more\":{has_more}}}", files.join(","));
        ("application/json", Body::from(body))
    })
}

async fn items(client: Client, wanted: usize) -> Result<()> {
    let mut items = client.files().list().items();
    let mut count = 0;
    while let Some(item) = items.next().await {
        item?;
        count += 1;
    }
    assert_eq!(count, wanted);
    Ok(())
}
