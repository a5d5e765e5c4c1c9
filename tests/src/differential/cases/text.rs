//! Chat, responses, completions, embeddings, moderations: bodies of JSON, and streams.

use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletionStreamOptions, ResponseInput, ResponseStreamOptions};
use openai_ext::{Client, Value};
use serde_json::json;

use super::{Outcome, drain, of, table};

table![
    chat_create,
    chat_options,
    chat_messages,
    chat_tools,
    chat_json_schema,
    chat_stream,
    chat_stream_helper,
    chat_list,
    chat_retrieve,
    chat_update,
    chat_delete,
    chat_stored_messages,
    completions_create,
    completions_tokens,
    completions_stream,
    responses_create,
    responses_items,
    responses_stream,
    responses_retrieve,
    responses_resume,
    responses_delete,
    responses_cancel,
    responses_compact,
    responses_input_items,
    responses_input_tokens,
    embeddings_default,
    embeddings_float,
    embeddings_tokens,
    moderations_text,
    moderations_parts,
];

const MODEL: &str = "gpt-5.5";
const INSTRUCT: &str = "gpt-3.5-turbo-instruct";
const EMBEDDING: &str = "text-embedding-3-small";

fn weather() -> Value {
    json!({
        "type": "object",
        "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
        "required": ["city", "days"],
        "additionalProperties": false,
    })
}

async fn chat_create(client: Client) -> Outcome {
    let message = Message::user("Grüße, 世界 🎈 </script> \"q\" \\ \n");
    client.chat().completions().create(MODEL, [message]).send().await?;
    Ok(())
}

async fn chat_options(client: Client) -> Outcome {
    let named: Message = of(json!({"role": "user", "content": "Hi", "name": "ann"}))?;
    let call = client.chat().completions().create(MODEL, [Message::developer("Be brief."), named]);
    let call = call.temperature(0.7).top_p(1.0).n(2).seed(-5).stop([String::from("\n"), String::from("END")]);
    let call = call.presence_penalty(-0.5).frequency_penalty(0.25).logit_bias([("50256", -100), ("1", 5)]);
    let call = call.logprobs(true).top_logprobs(3).max_completion_tokens(64);
    let call = call.metadata([("job", "7"), ("é", "ü")]).reasoning_effort("low").service_tier("auto");
    call.store(false).user("u-1").send().await?;
    Ok(())
}

async fn chat_messages(client: Client) -> Outcome {
    let messages: Vec<Message> = of(json!([
        {"role": "system", "content": [{"type": "text", "text": "Look."}]},
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is it?"},
                {"type": "image_url", "image_url": {"url": "https://example.com/a.png?x=1&y=2", "detail": "low"}},
                {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                {"type": "file", "file": {"file_id": "file-1"}},
            ],
        },
        {
            "role": "assistant",
            "content": null,
            "tool_calls": [
                {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": "{\"city\":\"Bonn\"}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
        {"role": "assistant", "refusal": "No."},
    ]))?;
    client.chat().completions().create(MODEL, messages).send().await?;
    Ok(())
}

async fn chat_tools(client: Client) -> Outcome {
    let mut call = client.chat().completions().create(MODEL, [Message::user("Weather?")]).parallel_tool_calls(false);
    let body = call.body_mut();
    body.tools = of(json!([
        {
            "type": "function",
            "function": {"name": "weather", "description": "The weather", "parameters": weather(), "strict": true},
        },
        {"type": "custom", "custom": {"name": "sql", "format": {"type": "text"}}},
    ]))?;
    body.tool_choice = of(json!({"type": "function", "function": {"name": "weather"}}))?;
    call.send().await?;
    Ok(())
}

async fn chat_json_schema(client: Client) -> Outcome {
    let mut call = client.chat().completions().create(MODEL, [Message::user("Weather?")]);
    call.body_mut().response_format = of(json!({
        "type": "json_schema", "json_schema": {"name": "weather", "schema": weather(), "strict": true},
    }))?;
    call.send().await?;
    Ok(())
}

async fn chat_stream(client: Client) -> Outcome {
    let options = ChatCompletionStreamOptions::new().include_usage(true);
    let call = client.chat().completions().create(MODEL, [Message::user("Hi")]).stream_options(options);
    drain(call.stream().await?).await
}

async fn chat_stream_helper(client: Client) -> Outcome {
    let mut events = client.chat().completions().create(MODEL, [Message::user("Hi")]).stream_events().await?;
    while let Some(event) = events.next().await {
        event?;
    }
    Ok(())
}

async fn chat_list(client: Client) -> Outcome {
    let call = client.chat().completions().list().after("chatcmpl-1").limit(2);
    call.metadata([("job", "7"), ("a b", "c&d")]).model(MODEL).order("desc").send().await?;
    Ok(())
}

async fn chat_retrieve(client: Client) -> Outcome {
    client.chat().completions().retrieve("chatcmpl-1").send().await?;
    Ok(())
}

async fn chat_update(client: Client) -> Outcome {
    client.chat().completions().update("chatcmpl-1", [("job", "8")]).send().await?;
    Ok(())
}

async fn chat_delete(client: Client) -> Outcome {
    client.chat().completions().delete("chatcmpl-1").send().await?;
    Ok(())
}

async fn chat_stored_messages(client: Client) -> Outcome {
    client.chat().completions().messages().list("chatcmpl-1").limit(5).order("asc").send().await?;
    Ok(())
}

async fn completions_create(client: Client) -> Outcome {
    let call = client
        .completions()
        .create(INSTRUCT, [String::from("a"), String::from("b")])
        .max_tokens(5)
        .echo(true)
        .stop("\n");
    call.logit_bias([("1", 2)]).send().await?;
    Ok(())
}

async fn completions_tokens(client: Client) -> Outcome {
    let call = client.completions().create(INSTRUCT, vec![vec![1_i64, 2], vec![3]]).best_of(1).suffix("!");
    call.send().await?;
    Ok(())
}

async fn completions_stream(client: Client) -> Outcome {
    drain(client.completions().create(INSTRUCT, "a").stream().await?).await
}

async fn responses_create(client: Client) -> Outcome {
    let call = client.responses().create(MODEL, "Hi").instructions("Be brief.").max_output_tokens(64);
    let call = call.metadata([("job", "7")]).previous_response_id("resp_0").store(true).temperature(1.0);
    let mut call = call.include(["reasoning.encrypted_content", "file_search_call.results"]).truncation("auto");
    let body = call.body_mut();
    body.reasoning = of(json!({"effort": "low", "summary": "auto"}))?;
    body.text = of(json!({
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "weather", "schema": weather(), "strict": true},
    }))?;
    call.send().await?;
    Ok(())
}

async fn responses_items(client: Client) -> Outcome {
    let input: ResponseInput = of(json!([
        {"role": "user", "content": [
            {"type": "input_text", "text": "Look"},
            {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"},
        ]},
        {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
        {"type": "item_reference", "id": "msg_1"},
    ]))?;
    let mut call = client.responses().create(MODEL, input).tool_choice("auto").background(true);
    let body = call.body_mut();
    body.tools = of(json!([
        {"type": "function", "name": "weather", "parameters": weather(), "strict": true, "description": "The weather"},
        {"type": "web_search", "search_context_size": "low"},
        {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3},
        {"type": "code_interpreter", "container": {"type": "auto"}},
    ]))?;
    body.conversation = of(json!({"id": "conv_1"}))?;
    call.send().await?;
    Ok(())
}

async fn responses_stream(client: Client) -> Outcome {
    let options = ResponseStreamOptions::new().include_obfuscation(false);
    drain(client.responses().create(MODEL, "Hi").stream_options(options).stream().await?).await
}

async fn responses_retrieve(client: Client) -> Outcome {
    let call = client.responses().retrieve("resp_1");
    call.include(["message.output_text.logprobs", "file_search_call.results"]).send().await?;
    Ok(())
}

async fn responses_resume(client: Client) -> Outcome {
    let call = client.responses().retrieve("resp_1").starting_after(3).include_obfuscation(false);
    drain(call.stream().await?).await
}

async fn responses_delete(client: Client) -> Outcome {
    client.responses().delete("resp_1").send().await?;
    Ok(())
}

async fn responses_cancel(client: Client) -> Outcome {
    client.responses().cancel("resp_1").send().await?;
    Ok(())
}

async fn responses_compact(client: Client) -> Outcome {
    client.responses().compact(MODEL, "Hi").instructions("Short.").send().await?;
    Ok(())
}

async fn responses_input_items(client: Client) -> Outcome {
    let call = client.responses().input_items().list("resp_1").include(["reasoning.encrypted_content"]);
    call.limit(3).order("asc").after("msg_1").send().await?;
    Ok(())
}

async fn responses_input_tokens(client: Client) -> Outcome {
    client.responses().input_tokens().count(MODEL, "Hi").send().await?;
    Ok(())
}

async fn embeddings_default(client: Client) -> Outcome {
    // The official client asks any server for base64 by itself, this one only OpenAI and Azure.
    client.embeddings().create(EMBEDDING, "Hi").encoding_format("base64").send().await?;
    Ok(())
}

async fn embeddings_float(client: Client) -> Outcome {
    let call = client
        .embeddings()
        .create(EMBEDDING, [String::from("a"), String::from("b")])
        .encoding_format("float")
        .dimensions(8)
        .user("u-1");
    call.send().await?;
    Ok(())
}

async fn embeddings_tokens(client: Client) -> Outcome {
    let call = client.embeddings().create(EMBEDDING, vec![vec![1_i64, 2], vec![3, 4]]).encoding_format("base64");
    call.send().await?;
    Ok(())
}

async fn moderations_text(client: Client) -> Outcome {
    client.moderations().create("Hi").send().await?;
    Ok(())
}

async fn moderations_parts(client: Client) -> Outcome {
    let input: openai_ext::types::ModerationInput = of(json!([
        {"type": "text", "text": "Hi"},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
    ]))?;
    client.moderations().create(input).model("omni-moderation-latest").send().await?;
    Ok(())
}
