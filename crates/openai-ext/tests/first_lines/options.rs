//! Optional settings, and numbers of every type.
// Programs set deprecated fields as well.
#![allow(deprecated)]

use serde_json::json;

use crate::{TestResult, sent, start};

macro_rules! settings {
    ($($name:ident: |$call:ident| $set:expr => $field:literal: $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            let $call = c.chat().completions().create("m", "x");
            $set.send().await?;
            assert_eq!(sent(&mock).get($field).cloned().unwrap_or_default(), $expected);
            Ok(())
        }
    )*};
}

settings! {
    some_temperature: |call| call.temperature(Some(0.5)) => "temperature": json!(0.5);
    a_single_precision_temperature: |call| call.temperature(0.2f32) => "temperature": json!(0.2);
    an_optional_single: |call| call.temperature(Some(0.2f32)) => "temperature": json!(0.2);
    an_unsigned_temperature: |call| call.temperature(1u8) => "temperature": json!(1);
    no_tokens: |call| call.max_completion_tokens(None::<u32>) => "max_completion_tokens": json!(null);
    tokens_of_a_length: |call| call.max_completion_tokens("hello".len()) => "max_completion_tokens": json!(5);
    tokens_of_a_config: |call| call.max_completion_tokens(Some(5usize)) => "max_completion_tokens": json!(5);
    tokens_by_reference: |call| call.max_completion_tokens(&5) => "max_completion_tokens": json!(5);
    tokens_of_a_borrowed_config: |call| call.max_completion_tokens(&Some(5u32)) => "max_completion_tokens": json!(5);
    an_unsigned_seed: |call| call.seed(42u64) => "seed": json!(42);
    a_user_or_none: |call| call.safety_identifier(None::<String>) => "safety_identifier": json!(null);
    a_user_of_a_config: |call| call.safety_identifier(Some("u").map(str::to_owned)) => "safety_identifier": json!("u");
    a_user_borrowed: |call| call.safety_identifier(Some("u".to_owned()).as_deref()) => "safety_identifier": json!("u");
    a_user_by_reference: |call| call.safety_identifier(&"u".to_owned()) => "safety_identifier": json!("u");
    a_user_in_a_borrowed_option: |call| call.safety_identifier(&Some("u".to_owned())) => "safety_identifier": json!("u");
    a_user_in_a_cow: |call| call.safety_identifier(std::borrow::Cow::from("u")) => "safety_identifier": json!("u");
    an_effort: |call| call.reasoning_effort("low") => "reasoning_effort": json!("low");
    an_optional_effort: |call| call.reasoning_effort(Some("low")) => "reasoning_effort": json!("low");
    a_flag: |call| call.store(true) => "store": json!(true);
    an_optional_flag: |call| call.store(Some(false)) => "store": json!(false);
    no_flag: |call| call.store(None) => "store": json!(null);
    one_stop: |call| call.stop("a") => "stop": json!("a");
    stops_in_a_vec: |call| call.stop(vec!["a", "b"]) => "stop": json!(["a", "b"]);
    owned_stops: |call| call.stop(vec!["a".to_owned()]) => "stop": json!(["a"]);
    borrowed_stops: |call| call.stop(&["a".to_owned()]) => "stop": json!(["a"]);
    optional_stops: |call| call.stop(Some(["a", "b"])) => "stop": json!(["a", "b"]);
    no_stops: |call| call.stop(None::<Vec<String>>) => "stop": json!(null);
    modalities: |call| call.modalities(["text"]) => "modalities": json!(["text"]);
    metadata_in_pairs: |call| call.metadata([("a", "b")]) => "metadata": json!({"a": "b"});
    metadata_in_a_borrowed_vec: |call| call.metadata(&vec![("a", "b".to_owned())]) => "metadata": json!({"a": "b"});
    metadata_in_a_borrowed_map: |call| call.metadata(&std::collections::BTreeMap::from([("a", "b")])) => "metadata": json!({"a": "b"});
    metadata_as_json: |call| call.metadata(json!({"a": "b"})) => "metadata": json!({"a": "b"});
    no_metadata: |call| call.metadata(None::<std::collections::HashMap<String, String>>) => "metadata": json!(null);
    a_bias_of_tokens: |call| call.logit_bias([("50256", -100)]) => "logit_bias": json!({"50256": -100});
    set_twice: |call| call.seed(u64::MAX).seed(1) => "seed": json!(1);
}

#[tokio::test]
async fn queries() -> TestResult {
    let (mock, c) = start().await?;
    let after: Option<&str> = None;
    c.files().list().limit(Some(10usize)).after(after).order("asc").send().await?;
    let request = mock.requests().pop().ok_or("no request")?;
    assert_eq!(request.query(), [("limit".to_owned(), "10".to_owned()), ("order".to_owned(), "asc".to_owned())]);
    Ok(())
}
