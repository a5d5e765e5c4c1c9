//! Lines that people may try and that do not compile. Above each stands what the compiler says about it.

use openai_ext::prelude::*;
use openai_ext::{Client, Result, types};

/// A type of the program, which is no value for any field.
#[derive(Clone, Debug)]
pub struct Mine;

// says: `&str` does not say which tool call is answered
// says: Message::tool(&call, output)
// says: ToolCallId::new(id)
fn the_id_of_a_call_as_a_string() {
    Message::tool("call_1", "12 degrees");
}

// says: `std::string::String` does not say which tool call is answered
// says: ToolCallId::new(id)
fn the_id_of_a_call_as_an_owned_string(call: types::FunctionToolCall) {
    Message::tool(call.id, "12 degrees");
}

// says: `&str` does not say which tool call is answered
// says: InputItem::function_call_output(&call, output)
fn the_id_of_a_call_in_responses() {
    InputItem::function_call_output("call_1", "12 degrees");
}

// says: `&str` does not say which tool call is answered
fn the_id_of_a_call_in_a_conversation(mut conversation: Conversation) {
    conversation.tool_result("call_1", "12 degrees");
}

// says: `[Mine; 1]` is no list of `ChatCompletionMessageParam`
// says: expected an array, a `Vec`, a slice or an iterator
async fn messages_of_another_type(c: Client) -> Result<()> {
    c.chat().completions().create("m", [Mine]).send().await?;
    Ok(())
}

// says: `Mine` is no list of
async fn something_else_as_messages(c: Client) -> Result<()> {
    c.chat().completions().create("m", Mine).send().await?;
    Ok(())
}

// says: `&str` is no number
// says: expected a number, or an `Option` of one where the field is optional
async fn a_temperature_in_a_string(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").temperature("0.2").send().await?;
    Ok(())
}

// says: is no value for an optional field of type `i64`
async fn tokens_in_a_string(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").max_completion_tokens("100").send().await?;
    Ok(())
}

// says: is no value for an optional field of type `i64`
async fn tokens_in_a_float(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").max_completion_tokens(100.0).send().await?;
    Ok(())
}

// says: is no map of strings to
// says: expected pairs such as `[("key", value)]`
async fn metadata_of_another_type(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").metadata(Mine).send().await?;
    Ok(())
}

// says: is no map of strings to
async fn metadata_in_a_string(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").metadata("team=search").send().await?;
    Ok(())
}

// says: is no value for a field of type
async fn a_number_to_embed(c: Client) -> Result<()> {
    c.embeddings().create("m", 5).send().await?;
    Ok(())
}

// says: is no value for a field of type
fn a_number_as_content() {
    Message::user(5);
}

// says: is no list of
async fn tools_of_another_type(c: Client) -> Result<()> {
    c.responses().create("m", "x").tools([Mine]).send().await?;
    Ok(())
}

// says: is no value for an optional field of type
async fn a_choice_of_another_type(c: Client) -> Result<()> {
    c.responses().create("m", "x").tool_choice(Mine).send().await?;
    Ok(())
}

// says: `Mine` cannot be the arguments of a tool
// says: #[derive(serde::Deserialize, openai_ext::schemars::JsonSchema)]
fn arguments_without_a_schema() {
    let _ = tool("f", "d", |_: Mine| async { "x" });
}

// says: cannot be the result of a tool
// says: derive `serde::Serialize` for the value
fn a_result_that_serde_cannot_write() {
    let _ = tool("f", "d", || async { Mine });
}

// says: is not a function that a tool can be made of
fn a_tool_of_two_arguments() {
    let _ = tool("f", "d", |_: String, _: String| async { "x" });
}

// The compiler has two readings and names both; the documentation of the trait says what to do.
// says: multiple `impl`s satisfying
// says: IntoToolResult
fn an_error_that_serde_can_write() {
    #[derive(Debug)]
    struct Failed;
    impl std::fmt::Display for Failed {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("failed")
        }
    }
    impl std::error::Error for Failed {}
    impl openai_ext::__private::serde::Serialize for Failed {
        fn serialize<S: openai_ext::__private::serde::Serializer>(&self, s: S) -> std::result::Result<S::Ok, S::Error> {
            s.serialize_unit()
        }
    }
    let _ = tool("f", "d", || async { Err::<String, _>(Failed) });
}

// says: the method `stream` exists
// says: CreateOperation: Streams
async fn a_stream_of_what_has_none(c: Client) -> Result<()> {
    c.embeddings().create("m", "x").stream().await?;
    Ok(())
}

// says: this operation does not return a list with pages
async fn pages_of_what_has_none(c: Client) -> Result<()> {
    let _ = c.embeddings().create("m", "x").pages();
    Ok(())
}

// says: the method `send_and_poll` exists
// says: CreateOperation: Polls
async fn polls_of_what_has_none(c: Client) -> Result<()> {
    c.embeddings().create("m", "x").send_and_poll().await?;
    Ok(())
}

// says: the response of this operation is not bytes
async fn bytes_of_what_has_none(c: Client) -> Result<()> {
    c.embeddings().create("m", "x").send_bytes().await?;
    Ok(())
}

// says: the trait `openai_ext::schemars::JsonSchema` is not implemented for `Mine`
// says: #[derive(serde::Deserialize)]
async fn a_parsed_type_without_a_schema(c: Client) -> Result<()> {
    c.chat().completions().create("m", "x").parse::<Mine>().await?;
    Ok(())
}

// says: `openai_ext::InputFile` implements `From<&str>`
fn a_path_of_another_type(c: Client) {
    let _ = c.files().create(5, "user_data");
}

// says: Into<ChatModel>
fn a_name_in_a_number(c: Client) {
    let _ = c.chat().completions().create(5, "x");
}

// says: `Mine` is no embedding
// says: a list of `f32`
fn likeness_of_another_type(e: types::Embedding) {
    e.cosine(&Mine);
}

// says: `Mine` is not a tool
fn a_toolbox_of_another_type() {
    let _ = Toolbox::new().with(Mine);
}

// says: is no part of a conversation
fn a_part_of_another_type(mut conversation: Conversation) {
    conversation.push(Mine);
}

// says: is not the content of a file
// says: expected bytes or text
async fn a_file_of_another_type(c: Client) -> Result<()> {
    c.files().create(("a.txt", Mine), "user_data").send().await?;
    Ok(())
}
