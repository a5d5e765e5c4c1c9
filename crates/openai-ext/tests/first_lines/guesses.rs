//! Lines of people who know the other SDKs: each is sent to the mock, or reads one of its replies.
// Programs set deprecated fields as well.
#![allow(deprecated)]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use openai_ext::types::{ChatCompletion, ChatCompletionFinishReason, ResponseOutputItem};
use openai_ext::{Client, ErrorKind, prelude::*, types};
use serde_json::json;

use crate::{TestResult, start};

/// Lines with a client `c`, which the mock has to accept.
macro_rules! lines {
    ($($name:ident: |$c:ident| $line:block)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (_mock, $c) = start().await?;
            $line
            Ok(())
        }
    )*};
}

lines! {
    models_of_any_string: |c| {
        let owned = String::from("m");
        c.chat().completions().create(owned.clone(), "x").send().await?;
        c.chat().completions().create(owned.as_str(), "x").send().await?;
        c.chat().completions().create(Cow::from("m"), "x").send().await?;
        c.chat().completions().create(Arc::<str>::from("m"), "x").send().await?;
        c.chat().completions().create(Box::<str>::from("m"), "x").send().await?;
        c.responses().create(Cow::from("m"), "x").send().await?;
        c.responses().create(Arc::<str>::from("m"), "x").send().await?;
        c.embeddings().create(&owned, "x").send().await?;
        c.embeddings().create(Arc::<str>::from("m"), "x").send().await?;
    }
    contents_of_any_string: |c| {
        let owned = String::from("x");
        for message in [
            Message::user(&owned), Message::user(Cow::from("x")), Message::user(owned.as_str()), Message::user(owned.clone()),
            Message::user(Arc::<str>::from("x")), Message::user(Box::<str>::from("x")), Message::user('x'), Message::user(&&*owned),
            Message::assistant(&owned), Message::system(Arc::<str>::from("x")), Message::developer(Cow::from("x")),
        ] {
            c.chat().completions().create("m", [message]).send().await?;
        }
        c.responses().create("m", Arc::<str>::from("x")).send().await?;
        c.responses().create("m", Box::<str>::from("x")).send().await?;
        c.responses().create("m", Cow::from("x")).send().await?;
        c.embeddings().create("m", Arc::<str>::from("x")).send().await?;
        c.embeddings().create("m", &owned).send().await?;
        c.moderations().create(Cow::from("x")).send().await?;
    }
    optional_fields_of_any_string: |c| {
        let call = c.chat().completions().create("m", "x");
        call.clone().safety_identifier(Arc::<str>::from("u")).send().await?;
        call.clone().safety_identifier(Box::<str>::from("u")).send().await?;
        call.clone().safety_identifier('u').send().await?;
        call.clone().safety_identifier(Some(&"u".to_owned())).send().await?;
        call.clone().safety_identifier(Some(Cow::from("u"))).send().await?;
        call.clone().safety_identifier(Some(Arc::<str>::from("u"))).send().await?;
        call.clone().reasoning_effort(String::from("low")).send().await?;
        call.clone().reasoning_effort(&String::from("low")).send().await?;
        call.clone().reasoning_effort(None::<String>).send().await?;
        call.clone().service_tier("flex").verbosity("low").send().await?;
        call.clone().service_tier(Cow::from("flex")).send().await?;
        c.responses().create("m", "x").instructions("i").truncation("auto").send().await?;
        c.responses().create("m", "x").instructions(Some(String::from("i"))).send().await?;
        c.responses().create("m", "x").instructions(Arc::<str>::from("i")).send().await?;
    }
    numbers_of_any_type: |c| {
        let call = c.chat().completions().create("m", "x");
        call.clone().temperature(1).top_p(1u8).presence_penalty(-1).frequency_penalty(0.5f32).send().await?;
        call.clone().temperature(Some(0.2f32)).top_p(&Some(0.9)).send().await?;
        call.clone().temperature(&0.2).send().await?;
        call.clone().n(1u8).seed(7i128).top_logprobs(5u16).logprobs(true).send().await?;
        call.clone().max_tokens(100usize).send().await?;
        call.clone().max_completion_tokens(Some(&5)).send().await?;
        c.responses().create("m", "x").max_output_tokens(100u32).max_tool_calls(Some(3usize)).send().await?;
        c.embeddings().create("m", "x").dimensions(256u16).send().await?;
    }
    stops: |c| {
        let call = c.chat().completions().create("m", "x");
        let owned = vec![String::from("a"), String::from("b")];
        call.clone().stop(&owned).send().await?;
        call.clone().stop(owned.as_slice()).send().await?;
        call.clone().stop(owned.clone()).send().await?;
        call.clone().stop(Some(&owned)).send().await?;
        call.clone().stop(&Some(owned.clone())).send().await?;
        call.clone().stop(owned.iter()).send().await?;
        call.clone().stop(owned.iter().map(String::as_str)).send().await?;
        call.clone().stop(Some("a")).send().await?;
        call.clone().stop("\n\n").send().await?;
        call.clone().stop(['a', 'b']).send().await?;
        call.clone().stop('\n').send().await?;
        call.clone().stop([Cow::from("a"), Cow::from("b")]).send().await?;
        call.clone().stop(json!(["a"])).send().await?;
        call.clone().stop(&["a", "b"]).send().await?;
        call.clone().stop(&["a", "b"][..]).send().await?;
    }
    maps: |c| {
        let call = c.chat().completions().create("m", "x");
        let owned = HashMap::from([("a".to_owned(), "b".to_owned())]);
        call.clone().metadata(&owned).send().await?;
        call.clone().metadata(owned.clone()).send().await?;
        call.clone().metadata(Some(owned.clone())).send().await?;
        call.clone().metadata(&Some(owned.clone())).send().await?;
        call.clone().metadata(HashMap::from([("a", "b")])).send().await?;
        call.clone().metadata(BTreeMap::from([("a", format!("b"))])).send().await?;
        call.clone().metadata(vec![("a", "b"), ("c", "d")]).send().await?;
        call.clone().metadata(owned.iter()).send().await?;
        call.clone().metadata([("a", Some("b"))].into_iter().filter_map(|(k, v)| Some((k, v?)))).send().await?;
        call.clone().logit_bias(HashMap::from([("50256".to_owned(), -100)])).send().await?;
        call.clone().logit_bias(json!({"50256": -100})).send().await?;
    }
    json_in_each_place: |c| {
        c.chat().completions().create("m", "x").stream_options(json!({"include_usage": true})).into_call();
        c.chat().completions().create("m", "x").web_search_options(json!({})).send().await?;
        c.chat().completions().create("m", "x").prediction(json!({"type": "content", "content": "x"})).send().await?;
        c.chat().completions().create("m", "x").modalities(json!(["text"])).send().await?;
        c.chat().completions().create("m", json!([{"role": "user", "content": [{"type": "text", "text": "x"}]}])).send().await?;
        c.chat().completions().create("m", vec![json!({"role": "system", "content": "x"}), json!({"role": "user", "content": "x"})]).send().await?;
        c.responses().create("m", "x").text(json!({"format": {"type": "json_object"}})).send().await?;
        c.responses().create("m", "x").reasoning(json!({"effort": "low"})).send().await?;
        c.responses().create("m", "x").tool_choice(json!("auto")).send().await?;
        c.responses().create("m", "x").tool_choice(json!({"type": "web_search_preview"})).tools(json!([{"type": "web_search_preview"}])).send().await?;
        c.responses().create("m", "x").prompt(json!({"id": "pmpt_1", "variables": {"a": "b"}})).send().await?;
        c.responses().create("m", "x").include(json!(["message.output_text.logprobs"])).send().await?;
        c.responses().create_with(json!({"model": "m", "input": "x"})).send().await?;
        c.embeddings().create("m", json!(["a", "b"])).send().await?;
        c.embeddings().create_with(json!({"model": "m", "input": "x"})).send().await?;
        c.images().generate_with(json!({"prompt": "x", "model": "gpt-image-1"})).send().await?;
        let store = c.vector_stores().create().name("x").send().await?;
        c.vector_stores().search(&store.id, "x").filters(json!({"type": "eq", "key": "a", "value": "b"})).send().await?;
    }
    tools_in_lists: |c| {
        let tools: Vec<types::ChatCompletionTool> =
            vec![types::ChatCompletionFunctionTool::new(types::FunctionDefinition::new("f")).into()];
        let call = c.chat().completions().create("m", "x");
        call.clone().tools(&tools).tool_choice("auto").parallel_tool_calls(false).send().await?;
        call.clone().tools(tools.clone()).tool_choice(ToolChoice::auto()).send().await?;
        call.clone().tools(Some(tools.clone())).tool_choice(Some(ToolChoice::required())).send().await?;
        call.clone().tools(tools.as_slice()).tool_choice(None::<ToolChoice>).send().await?;
        call.clone().tools(tools.iter()).tool_choice(&ToolChoice::none()).send().await?;
        call.clone().tools(types::ChatCompletionFunctionTool::new(json!({"name": "f"}))).send().await?;
        c.responses().create("m", "x").tools(&[Tool::web_search()]).send().await?;
        c.responses().create("m", "x").tools(vec![Tool::web_search(), Tool::mcp("a", "https://a.b")]).send().await?;
        c.responses().create("m", "x").tools(Some([Tool::web_search()])).tool_choice("web_search").send().await?;
        c.responses().create("m", "x").tools((Tool::web_search(), json!({"type": "shell"}))).send().await?;
    }
    settings_of_responses: |c| {
        let first = c.responses().create("m", "x").store(true).send().await?;
        c.responses().create("m", "y").previous_response_id(&first.id).send().await?;
        c.responses().create("m", "y").previous_response_id(first.id.as_str()).send().await?;
        c.responses().create("m", "y").previous_response_id(Some(&first.id)).send().await?;
        c.responses().create("m", "y").previous_response_id(first.id.clone()).send().await?;
        c.responses().create("m", "y").include(vec!["message.output_text.logprobs"]).send().await?;
        c.responses().create("m", "y").background(false).top_p(1).temperature(0).send().await?;
        c.responses().create("m", vec![InputItem::system("s"), InputItem::user("u")]).send().await?;
        c.responses().retrieve(&first.id).send().await?;
        c.responses().delete(first.id).send().await?;
    }
    other_areas: |c| {
        c.images().generate("a boat").model("gpt-image-1").n(1).size("1024x1024").quality("high").send().await?;
        c.audio().speech().create("Hello", "gpt-4o-mini-tts", "alloy").response_format("mp3").speed(1).send_bytes().await?;
        c.moderations().create(["a", "b"]).send().await?;
        c.moderations().create(vec![String::from("a")]).model("omni-moderation-latest").send().await?;
        c.models().retrieve(&String::from("m")).send().await?;
        c.models().list().send().await?.data.iter().map(|model| model.id.clone()).for_each(drop);
        let file = c.files().create(("a.txt", "A"), "assistants").send().await?;
        c.vector_stores().create().name("x").file_ids([&file.id]).metadata([("a", "b")]).send().await?;
        let store = c.vector_stores().create().expires_after(json!({"anchor": "last_active_at", "days": 7})).send().await?;
        c.vector_stores().search(&store.id, "x").max_num_results(5u8).rewrite_query(true).send().await?;
        c.vector_stores().search(&store.id, ["a", "b"]).send().await?;
        c.vector_stores().search(&store.id, vec!["a".to_owned()]).send().await?;
        c.embeddings().create("m", vec!["a".to_owned(), "b".to_owned()]).encoding_format("float").send().await?;
        c.embeddings().create("m", &["a".to_owned()]).send().await?;
        c.embeddings().create("m", ["a"].iter().map(|text| text.to_uppercase())).send().await?;
        c.embeddings().create("m", vec![1u32, 2, 3]).send().await?;
        c.embeddings().create("m", [Cow::from("a")]).send().await?;
    }
    replies_of_chat: |c| {
        let reply = c.chat().completions().create("m", "x").send().await?;
        let _: &str = reply.choices[0].message.content.as_deref().unwrap_or_default();
        let _: String = reply.choices[0].message.content.clone().unwrap_or_default();
        if let Some(text) = &reply.choices[0].message.content { assert!(!text.is_empty()); }
        for choice in &reply.choices { let _ = format!("{} {}", choice.index, choice.finish_reason); }
        if let Some(usage) = &reply.usage { let _: i64 = usage.total_tokens + usage.prompt_tokens; }
        let _ = reply.usage.as_ref().map(|usage| usage.completion_tokens).unwrap_or(0);
        let _ = format!("{reply:?} {reply:#?}");
        let _ = serde_json::to_string_pretty(&reply)?;
        let value = serde_json::to_value(&reply)?;
        let again: ChatCompletion = serde_json::from_value(value)?;
        assert_eq!(again, reply);
        match reply.choices[0].finish_reason.as_str() { "stop" => {} other => panic!("{other}") }
        match &reply.choices[0].finish_reason { ChatCompletionFinishReason::Stop => {} other => panic!("{other}") }
        assert!(matches!(reply.choices[0].finish_reason, ChatCompletionFinishReason::Stop));
        assert_eq!(reply.choices[0].finish_reason.to_string(), "stop");
        assert!(reply.choices[0].finish_reason == "stop".to_string());
        assert!(reply.choices.first().is_some_and(|choice| choice.finish_reason == "stop"));
        assert!(reply.choices.into_iter().next().and_then(|choice| choice.message.content).is_some());
    }
    a_stream_of_chat: |c| {
        let mut stream = c.chat().completions().create("m", "x").stream().await?;
        let mut text = String::new();
        while let Some(chunk) = stream.next().await {
            let chunk = chunk?;
            if let Some(content) = chunk.choices.first().and_then(|choice| choice.delta.content.as_deref()) {
                text.push_str(content);
            }
            for choice in &chunk.choices {
                if let Some(content) = &choice.delta.content { assert!(text.contains(content)); }
                if choice.finish_reason.as_deref() == Some("stop") { assert!(!text.is_empty()); }
                if choice.finish_reason.is_some() { assert!(choice.finish_reason == Some("stop".into())); }
            }
        }
        let mut stream = c.chat().completions().create("m", "x").stream().await?;
        while let Some(chunk) = stream.try_next().await? { print!("{}", chunk.text()); }
        let mut stream = c.responses().create("m", "x").stream().await?;
        while let Some(event) = stream.next().await {
            match event? {
                types::ResponseStreamEvent::ResponseOutputTextDelta(event) => print!("{}", event.delta),
                types::ResponseStreamEvent::ResponseCompleted(event) => assert!(!event.response.id.is_empty()),
                _ => {}
            }
        }
    }
    replies_of_responses: |c| {
        let response = c.responses().create("m", "x").send().await?;
        println!("{}", response.output_text());
        for item in &response.output {
            match item {
                ResponseOutputItem::Message(message) => assert!(!message.content.is_empty()),
                ResponseOutputItem::FunctionCall(call) => panic!("{} {}", call.name, call.arguments),
                _ => {}
            }
        }
        if response.status.as_deref() == Some("completed") {}
        if response.status == Some("completed".into()) {}
        let _ = response.usage.as_ref().map(|usage| usage.total_tokens);
        assert!(response.error.is_none() && response.id.starts_with("resp"));
    }
    vectors: |c| {
        let reply = c.embeddings().create("m", ["a", "b"]).send().await?;
        let _: usize = reply.data[0].embedding.len();
        let a: Vec<f32> = reply.data[0].embedding.to_vec();
        let b: &[f32] = &reply.data[1].embedding;
        let _: f32 = a.iter().zip(b).map(|(x, y)| x * y).sum();
        let _: Vec<f32> = reply.data[0].embedding.clone().into();
        let _: Vec<Vec<f32>> = reply.data.iter().map(|item| item.embedding.to_vec()).collect();
        for number in &reply.data[0].embedding { assert!(number.is_finite()); }
        let _ = reply.data[0].cosine(&reply.data[1]);
        let _ = reply.data[0].cosine(&a);
        for item in reply.data { let _: (i64, Vec<f32>) = (item.index, item.embedding.into()); }
    }
    files_of_any_kind: |c| {
        let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"));
        c.files().create(path.as_path(), "assistants").send().await?;
        c.files().create(std::fs::read(&path)?, "assistants").send().await?;
        c.files().create(include_bytes!("main.rs"), "assistants").send().await?;
        c.files().create(("main.rs", include_str!("main.rs")), "assistants").send().await?;
        c.files().create((path.display().to_string(), std::fs::read(&path)?), "assistants").send().await?;
        c.files().create(path.to_str().unwrap(), "assistants").send().await?;
        c.files().create(path.to_string_lossy(), "assistants").send().await?;
        c.files().create(std::fs::File::open(&path)?, "assistants").send().await?;
        let file = c.files().upload(&path, "user_data").send().await?;
        let _: &str = &file.id;
        c.files().retrieve(&file.id).send().await?;
        c.files().content(&file.id).send_bytes().await?;
        c.files().list().purpose("user_data").send().await?;
        c.files().delete(file.id).send().await?;
    }
    errors: |c| {
        let error = c.chat().completions().create("m", json!([5])).send().await.unwrap_err();
        match error.kind() { ErrorKind::InvalidRequest => {} ErrorKind::RateLimit | ErrorKind::Timeout => panic!(), _ => panic!() }
        assert!(error.status().is_none() && error.code().is_none() && error.request_id().is_none() && !error.is_retryable());
        let boxed: Box<dyn std::error::Error + Send + Sync> = error.into();
        assert!(!boxed.to_string().is_empty());
        let _: Option<u16> = boxed.downcast_ref::<openai_ext::Error>().and_then(|error| error.status()).map(|status| status.as_u16());
    }
    clients: |c| {
        let shared = Arc::new(c.clone());
        let other = Arc::clone(&shared);
        tokio::spawn(async move { other.models().list().send().await.map(|page| page.data.len()) }).await??;
        let url = String::from("http://127.0.0.1:1/v1");
        let _ = Client::builder().api_key(String::from("k")).base_url(&url).timeout(Duration::from_secs(5)).max_retries(0).build()?;
        let _ = Client::builder().api_key("k").base_url(url).organization("o").project("p").build()?;
        let _ = Client::builder().api_key("k").organization(Some("o")).project(None::<&str>).build()?;
        let _ = Client::builder().api_key("k").default_header("x-a", "b").build()?;
        let _ = Client::new("k");
        let _ = Client::new(&String::from("k"));
        let (chat, model) = (shared.chat(), "m");
        chat.completions().create(model, "x").with_timeout(Duration::from_secs(3)).with_header("x-a", "b").send().await?;
    }
    toolboxes: |c| {
        let tools = Toolbox::from([tool("a", "d", || "x"), tool("b", "d", || "y")]);
        assert_eq!(tools.len(), 2);
        let run = c.chat().completions().create("m", "x").run_tools(&tools).send().await?;
        assert!(!run.text().is_empty());
        let run = c.responses().create("m", "x").run_tools(&Toolbox::from(vec![tool("a", "d", || "x")])).send().await?;
        assert!(!run.output_text().is_empty());
    }
}
