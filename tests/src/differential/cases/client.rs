//! The calls that depend on the client's options, whatever the operation: headers, queries, paths, pages, retries,
//! redirects.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::{Client, Method};
use serde_json::{Value, json};

use super::{Outcome, table};

table![
    organization_and_project,
    default_headers_and_query,
    request_over_default,
    extra_body,
    extra_body_in_form,
    own_authorization,
    own_beta_header,
    raw_response,
    streamed_bytes,
    timeout_of_a_call,
    path_with_colons,
    path_to_escape,
    path_of_sub_delimiters,
    path_of_several_parts,
    query_to_escape,
    pages_by_cursor,
    pages_by_last_id,
    pages_by_next,
    retry_of_429,
    retry_of_an_upload,
    redirect_307,
    undocumented_get,
    undocumented_post,
    undocumented_post_without_body,
    idempotency_key,
];

const MODEL: &str = "gpt-5.5";

async fn organization_and_project(client: Client) -> Outcome {
    let client = client.with_options(|options| options.organization("org-1").project("proj_1"))?;
    client.models().retrieve(MODEL).send().await?;
    Ok(())
}

async fn default_headers_and_query(client: Client) -> Outcome {
    let client = client.with_options(|options| {
        let options = options.default_header("X-Team", "search").default_header("OpenAI-Beta", "mine=v9");
        let options = options.default_query("api-version", "1").default_query("tags", json!(["a", "b"]));
        options.default_query("nested", json!({"k": "v w"}))
    })?;
    client.files().list().limit(1).send().await?;
    Ok(())
}

async fn request_over_default(client: Client) -> Outcome {
    let client = client.with_options(|options| {
        let options = options.default_header("X-Team", "search").default_header("X-Gone", "1");
        options.default_query("limit", 9).default_query("keep", true)
    })?;
    let call = client.files().list().limit(1).with_header("X-Team", "ads").with_header("X-Gone", None);
    let call = call.with_query("keep", false).with_query("none", Value::Null).with_query("more", json!([1, 2.5]));
    call.send().await?;
    Ok(())
}

async fn extra_body(client: Client) -> Outcome {
    let call = client.chat().completions().create(MODEL, [Message::user("Hi")]).with_body_field("top_k", 5);
    call.with_body_field("guided", json!({"a": [1, null]})).with_body_field("model", "other").send().await?;
    Ok(())
}

async fn extra_body_in_form(client: Client) -> Outcome {
    let file = InputFile::from_bytes("RIFF").name("a.wav");
    let call = client.audio().transcriptions().create(file, "whisper-1").with_body_field("vad", true);
    call.with_body_field("words", json!(["a", "b"])).with_body_field("opts", json!({"x": 1})).send().await?;
    Ok(())
}

async fn own_authorization(client: Client) -> Outcome {
    client.models().retrieve(MODEL).with_header("Authorization", "Bearer other").send().await?;
    Ok(())
}

async fn own_beta_header(client: Client) -> Outcome {
    client.beta().threads().retrieve("thread_1").with_header("OpenAI-Beta", "assistants=v9").send().await?;
    Ok(())
}

async fn raw_response(client: Client) -> Outcome {
    client.chat().completions().create(MODEL, [Message::user("Hi")]).send_raw().await?;
    Ok(())
}

async fn streamed_bytes(client: Client) -> Outcome {
    let mut bytes = client.files().content("file-1").bytes_stream().await?;
    while let Some(piece) = bytes.next().await {
        piece?;
    }
    Ok(())
}

async fn timeout_of_a_call(client: Client) -> Outcome {
    client.models().retrieve(MODEL).with_timeout(Duration::from_secs(5)).send().await?;
    Ok(())
}

async fn path_with_colons(client: Client) -> Outcome {
    client.models().retrieve("ft:gpt-4o-mini:org:suffix:id").send().await?;
    Ok(())
}

async fn path_to_escape(client: Client) -> Outcome {
    client.models().retrieve("a/b c?d#e%f\\g|h<i>\"`{}^[]ü").send().await?;
    Ok(())
}

async fn path_of_sub_delimiters(client: Client) -> Outcome {
    client.models().retrieve("a!$&'()*+,;=:@-._~z").send().await?;
    Ok(())
}

async fn path_of_several_parts(client: Client) -> Outcome {
    client.vector_stores().files().retrieve("vs%2F1", "file 1/2").send().await?;
    Ok(())
}

async fn query_to_escape(client: Client) -> Outcome {
    let call = client.files().list().after("a b+c&d=e/f?g#h%i;j,k:l@m[n]~*ü'(!)\"").purpose("x y");
    call.send().await?;
    Ok(())
}

async fn pages_by_cursor(client: Client) -> Outcome {
    let mut items = client.files().list().limit(2).purpose("batch").items();
    while let Some(file) = items.next().await {
        file?;
    }
    Ok(())
}

async fn pages_by_last_id(client: Client) -> Outcome {
    let mut items = client.conversations().items().list("conv_1").limit(2).items();
    while let Some(item) = items.next().await {
        item?;
    }
    Ok(())
}

async fn pages_by_next(client: Client) -> Outcome {
    let mut items = client.admin().organization().groups().list().limit(1).items();
    while let Some(group) = items.next().await {
        group?;
    }
    Ok(())
}

async fn retry_of_429(client: Client) -> Outcome {
    let client = client.with_options(|options| options.max_retries(2))?;
    client.chat().completions().create(MODEL, [Message::user("Hi")]).send().await?;
    Ok(())
}

async fn retry_of_an_upload(client: Client) -> Outcome {
    let client = client.with_options(|options| options.max_retries(2))?;
    client.files().create(InputFile::from_bytes("Buy milk.").name("a.txt"), "user_data").send().await?;
    Ok(())
}

async fn redirect_307(client: Client) -> Outcome {
    client.chat().completions().create(MODEL, [Message::user("Hi")]).send().await?;
    Ok(())
}

async fn undocumented_get(client: Client) -> Outcome {
    let call = client.request(Method::GET, "/undocumented").query("a", json!([1, 2])).query("b", json!({"c": true}));
    call.send().await?;
    Ok(())
}

async fn undocumented_post(client: Client) -> Outcome {
    client.request(Method::POST, "/undocumented").json(&json!({"a": 1, "b": [null, "x"]})).send().await?;
    Ok(())
}

async fn undocumented_post_without_body(client: Client) -> Outcome {
    client.request(Method::POST, "/undocumented").send().await?;
    Ok(())
}

async fn idempotency_key(client: Client) -> Outcome {
    let call = client.request(Method::POST, "/undocumented").json(&json!({"a": 1}));
    call.with_idempotency_key("key-1").send().await?;
    Ok(())
}
