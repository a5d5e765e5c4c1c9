//! The memory that values take in themselves, without what they point to.

use openai_ext::types::{
    ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams, ChatCompletionMessageParam, CompletionUsage,
    Response, ResponseCreateParams, ResponseOutputItem, ResponseStreamEvent,
};

/// Large optional fields are boxed by a rule of the generator. The bounds are what async-openai 0.43 takes for the same, or
/// what was reached if that is less; they hold with and without `preserve_order` of `serde_json`.
#[test]
fn values_stay_small() {
    for (name, size, most) in [
        ("ChatCompletion", size_of::<ChatCompletion>(), 232),
        ("ChatCompletionChunk", size_of::<ChatCompletionChunk>(), 224),
        ("ChatCompletionCreateParams", size_of::<ChatCompletionCreateParams>(), 728),
        ("ChatCompletionMessageParam", size_of::<ChatCompletionMessageParam>(), 192),
        ("CompletionUsage", size_of::<CompletionUsage>(), 48),
        ("Response", size_of::<Response>(), 1440),
        ("ResponseCreateParams", size_of::<ResponseCreateParams>(), 744),
        ("ResponseOutputItem", size_of::<ResponseOutputItem>(), 128),
        ("ResponseStreamEvent", size_of::<ResponseStreamEvent>(), 128),
    ] {
        assert!(size <= most, "{name} takes {size} bytes, and {most} at most are wanted");
    }
}

#[test]
fn a_boxed_field_reads_and_is_set_like_any_other() {
    let text =
        r#"{"status":"failed","error":{"code":"server_error","message":"try again"},"reasoning":{"effort":"low"}}"#;
    let response: Response = serde_json::from_str(text).unwrap();
    let reasoning = response.reasoning.clone();
    let effort = response.reasoning.as_ref().and_then(|reasoning| reasoning.effort.as_deref().map(str::to_owned));
    assert_eq!((effort.as_deref(), response.error.unwrap().message.as_str()), (Some("low"), "try again"));
    // What was read goes into a request: the box, an `Option` of it, a reference, and the value.
    let request = ResponseCreateParams::default;
    let boxed = reasoning.clone().unwrap();
    for params in [
        request().reasoning(&reasoning),
        request().reasoning(reasoning.clone()),
        request().reasoning(&boxed),
        request().reasoning(boxed.clone()),
        request().reasoning(&*boxed),
        request().reasoning(*boxed),
    ] {
        assert_eq!(params.reasoning, reasoning);
    }
}
