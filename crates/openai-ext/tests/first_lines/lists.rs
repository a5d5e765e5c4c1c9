//! Lists of texts and of files where an operation takes them.

use serde_json::json;

use crate::{TestResult, sent, start};

macro_rules! embeddings {
    ($($name:ident: $input:expr => $expected:expr;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            c.embeddings().create("text-embedding-3-small", $input).send().await?;
            assert_eq!(sent(&mock)["input"], $expected);
            Ok(())
        }
    )*};
}

embeddings! {
    one_text: "a" => json!("a");
    one_owned_text: "a".to_owned() => json!("a");
    one_borrowed_text: &"a".to_owned() => json!("a");
    texts_in_a_vec: vec!["a", "b"] => json!(["a", "b"]);
    owned_texts: vec!["a".to_owned()] => json!(["a"]);
    borrowed_owned_texts: &vec!["a".to_owned()] => json!(["a"]);
    a_slice_of_texts: &["a".to_owned(), "b".to_owned()][..] => json!(["a", "b"]);
    a_slice_of_strings: &["a", "b"][..] => json!(["a", "b"]);
    an_array_by_reference: &["a", "b"] => json!(["a", "b"]);
    an_iterator_of_texts: ["a", "b"].iter().map(|text| text.to_uppercase()) => json!(["A", "B"]);
    tokens: [1, 2] => json!([1, 2]);
    unsigned_tokens: vec![1u32, 2] => json!([1, 2]);
    texts_as_json: json!(["a"]) => json!(["a"]);
}

#[tokio::test]
async fn moderations() -> TestResult {
    let (mock, c) = start().await?;
    c.moderations().create(["a", "b"]).send().await?;
    assert_eq!(sent(&mock)["input"], json!(["a", "b"]));
    let texts: Vec<String> = vec!["a".into()];
    c.moderations().create(&texts).send().await?;
    assert_eq!(sent(&mock)["input"], json!(["a"]));
    Ok(())
}

#[tokio::test]
async fn files_of_a_vector_store() -> TestResult {
    let (mock, c) = start().await?;
    let file = c.files().create(("a.txt", "text"), "assistants").send().await?;
    let ids = vec![file.id];
    c.vector_stores().create().name("docs").file_ids(&ids).send().await?;
    assert_eq!(sent(&mock)["file_ids"], json!(ids));
    Ok(())
}
