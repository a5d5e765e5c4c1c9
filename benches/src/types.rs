//! The types of a Responses body and of its stream, each told once: `types!(ours)` makes them with the runtime's macros,
//! `types!(derived)` with serde's derives. Fields stand in the document's order, which is not the order of real bodies.

macro_rules! types {
    ($make:ident) => {
        $make! { struct Response = "object": "response" {
            required metadata: Map<String>, optional top_logprobs: i64, optional temperature: f64, optional top_p: f64,
            optional user: String, optional safety_identifier: String, optional prompt_cache_key: String,
            optional prompt_cache_retention: String, optional previous_response_id: String, required model: String,
            optional reasoning: Reasoning, optional background: bool, optional max_output_tokens: i64,
            optional max_tool_calls: i64, optional text: TextConfig, required tools: Vec<Tool>,
            required tool_choice: ToolChoice, optional prompt: Value, optional service_tier: ServiceTier,
            optional truncation: Truncation, required id: String, optional status: Status, required created_at: i64,
            optional completed_at: i64, optional error: ResponseError, optional incomplete_details: IncompleteDetails,
            required output: Vec<OutputItem>, optional instructions: String, optional usage: Usage,
            required parallel_tool_calls: bool, optional store: bool, optional presence_penalty: f64,
            optional billing: Billing,
        } }
        $make! { struct Billing { required payer: String, } }
        $make! { struct Reasoning { optional effort: Effort, optional summary: String, } }
        $make! { struct TextConfig { optional format: TextFormat, optional verbosity: Verbosity, } }
        $make! { struct ResponseError { required code: String, required message: String, } }
        $make! { struct IncompleteDetails { optional reason: String, } }
        $make! { struct Usage {
            required input_tokens: i64, required input_tokens_details: InputTokensDetails, required output_tokens: i64,
            required output_tokens_details: OutputTokensDetails, required total_tokens: i64,
        } }
        $make! { struct InputTokensDetails { required cached_tokens: i64, } }
        $make! { struct OutputTokensDetails { required reasoning_tokens: i64, } }
        $make! { enum Status {
            "completed" Completed, "failed" Failed, "in_progress" InProgress, "cancelled" Cancelled, "queued" Queued,
            "incomplete" Incomplete,
        } }
        $make! { enum Effort { "none" None, "minimal" Minimal, "low" Low, "medium" Medium, "high" High, } }
        $make! { enum Verbosity { "low" Low, "medium" Medium, "high" High, } }
        $make! { enum ServiceTier { "auto" Auto, "default" Default, "flex" Flex, "priority" Priority, } }
        $make! { enum Truncation { "auto" Auto, "disabled" Disabled, } }
        $make! { enum ToolChoiceMode { "none" None, "auto" Auto, "required" Required, } }
        $make! { union ToolChoice { 0 Mode(ToolChoiceMode), 1 Function(NamedTool), } }
        $make! { struct NamedTool = "type": "function" { required name: String, } }
        $make! { tagged TextFormat {
            "json_object" 0 JsonObject(TextFormatJsonObject), "json_schema" 1 JsonSchema(TextFormatJsonSchema),
            "text" 2 Text(TextFormatText),
        } }
        $make! { struct TextFormatText = "type": "text" {} }
        $make! { struct TextFormatJsonObject = "type": "json_object" {} }
        $make! { struct TextFormatJsonSchema = "type": "json_schema" {
            required name: String, required schema: Value, optional strict: bool,
        } }
        $make! { tagged Tool {
            "file_search" 0 FileSearch(FileSearchTool), "function" 1 Function(FunctionTool),
            "web_search" 2 WebSearch(WebSearchTool),
        } }
        $make! { struct FunctionTool = "type": "function" {
            required name: String, optional parameters: Value, optional strict: bool, optional description: String,
        } }
        $make! { struct FileSearchTool = "type": "file_search" {
            required vector_store_ids: Vec<String>, optional max_num_results: i64,
        } }
        $make! { struct WebSearchTool = "type": "web_search" {
            optional filters: Value, optional user_location: UserLocation, optional search_context_size: Verbosity,
        } }
        $make! { struct UserLocation {
            optional r#type: String, optional country: String, optional region: String, optional city: String,
            optional timezone: String,
        } }
        $make! { tagged OutputItem {
            "file_search_call" 0 FileSearchCall(FileSearchCall), "function_call" 1 FunctionCall(FunctionCall),
            "message" 2 Message(OutputMessage), "reasoning" 3 Reasoning(ReasoningItem),
            "web_search_call" 4 WebSearchCall(WebSearchCall),
        } }
        $make! { struct OutputMessage = "type": "message" {
            required id: String, required role: String, required content: Vec<OutputContent>,
            optional phase: String, required status: Status,
        } }
        $make! { struct FileSearchCall = "type": "file_search_call" {
            required id: String, required status: Status, required queries: Vec<String>, optional results: Value,
        } }
        $make! { struct FunctionCall = "type": "function_call" {
            optional id: String, required call_id: String, required name: String, required arguments: String,
            optional status: Status,
        } }
        $make! { struct ReasoningItem = "type": "reasoning" {
            required id: String, optional encrypted_content: String, required summary: Vec<SummaryText>,
            optional status: Status,
        } }
        $make! { struct SummaryText = "type": "summary_text" { required text: String, } }
        $make! { struct WebSearchCall = "type": "web_search_call" {
            required id: String, required status: Status, required action: WebSearchAction,
        } }
        $make! { tagged WebSearchAction { "find" 0 Find(FindAction), "search" 1 Search(SearchAction), } }
        $make! { struct SearchAction = "type": "search" { required query: String, optional sources: Vec<Value>, } }
        $make! { struct FindAction = "type": "find" { required url: String, required pattern: String, } }
        $make! { tagged OutputContent { "output_text" 0 Text(OutputText), "refusal" 1 Refusal(Refusal), } }
        $make! { struct OutputText = "type": "output_text" {
            required text: String, required annotations: Vec<Annotation>, optional logprobs: Vec<Value>,
        } }
        $make! { struct Refusal = "type": "refusal" { required refusal: String, } }
        $make! { tagged Annotation {
            "file_citation" 0 FileCitation(FileCitation), "url_citation" 1 UrlCitation(UrlCitation),
        } }
        $make! { struct FileCitation = "type": "file_citation" {
            required file_id: String, required index: i64, required filename: String,
        } }
        $make! { struct UrlCitation = "type": "url_citation" {
            required url: String, required start_index: i64, required end_index: i64, required title: String,
        } }
        $make! { struct LogProb { required token: String, required logprob: f64, } }
        $make! { struct TextDelta = "type": "response.output_text.delta" {
            required item_id: String, required output_index: i64, required content_index: i64, required delta: String,
            required sequence_number: i64, required logprobs: Vec<LogProb>, optional obfuscation: String,
        } }
        $make! { struct OtherEvent {
            optional item_id: String, optional output_index: i64, optional content_index: i64,
            required sequence_number: i64, optional response: Box<Response>, optional item: Box<OutputItem>,
        } }
        $make! { tagged Event {
            "error" 0 Error(OtherEvent),
            "response.audio.delta" 1 AudioDelta(OtherEvent),
            "response.audio.done" 2 AudioDone(OtherEvent),
            "response.audio.transcript.delta" 3 AudioTranscriptDelta(OtherEvent),
            "response.audio.transcript.done" 4 AudioTranscriptDone(OtherEvent),
            "response.code_interpreter_call.completed" 5 CodeInterpreterCallCompleted(OtherEvent),
            "response.code_interpreter_call.in_progress" 6 CodeInterpreterCallInProgress(OtherEvent),
            "response.code_interpreter_call.interpreting" 7 CodeInterpreterCallInterpreting(OtherEvent),
            "response.code_interpreter_call_code.delta" 8 CodeInterpreterCallCodeDelta(OtherEvent),
            "response.code_interpreter_call_code.done" 9 CodeInterpreterCallCodeDone(OtherEvent),
            "response.completed" 10 Completed(OtherEvent),
            "response.content_part.added" 11 ContentPartAdded(OtherEvent),
            "response.content_part.done" 12 ContentPartDone(OtherEvent),
            "response.created" 13 Created(OtherEvent),
            "response.custom_tool_call_input.delta" 14 CustomToolCallInputDelta(OtherEvent),
            "response.custom_tool_call_input.done" 15 CustomToolCallInputDone(OtherEvent),
            "response.failed" 16 Failed(OtherEvent),
            "response.file_search_call.completed" 17 FileSearchCallCompleted(OtherEvent),
            "response.file_search_call.in_progress" 18 FileSearchCallInProgress(OtherEvent),
            "response.file_search_call.searching" 19 FileSearchCallSearching(OtherEvent),
            "response.function_call_arguments.delta" 20 FunctionCallArgumentsDelta(OtherEvent),
            "response.function_call_arguments.done" 21 FunctionCallArgumentsDone(OtherEvent),
            "response.image_generation_call.completed" 22 ImageGenerationCallCompleted(OtherEvent),
            "response.image_generation_call.generating" 23 ImageGenerationCallGenerating(OtherEvent),
            "response.image_generation_call.in_progress" 24 ImageGenerationCallInProgress(OtherEvent),
            "response.image_generation_call.partial_image" 25 ImageGenerationCallPartialImage(OtherEvent),
            "response.in_progress" 26 InProgress(OtherEvent),
            "response.incomplete" 27 Incomplete(OtherEvent),
            "response.mcp_call.completed" 28 McpCallCompleted(OtherEvent),
            "response.mcp_call.failed" 29 McpCallFailed(OtherEvent),
            "response.mcp_call.in_progress" 30 McpCallInProgress(OtherEvent),
            "response.mcp_call_arguments.delta" 31 McpCallArgumentsDelta(OtherEvent),
            "response.mcp_call_arguments.done" 32 McpCallArgumentsDone(OtherEvent),
            "response.mcp_list_tools.completed" 33 McpListToolsCompleted(OtherEvent),
            "response.mcp_list_tools.failed" 34 McpListToolsFailed(OtherEvent),
            "response.mcp_list_tools.in_progress" 35 McpListToolsInProgress(OtherEvent),
            "response.output_item.added" 36 OutputItemAdded(OtherEvent),
            "response.output_item.done" 37 OutputItemDone(OtherEvent),
            "response.output_text.annotation.added" 38 OutputTextAnnotationAdded(OtherEvent),
            "response.output_text.delta" 39 TextDelta(TextDelta),
            "response.output_text.done" 40 TextDone(OtherEvent),
            "response.queued" 41 Queued(OtherEvent),
            "response.reasoning_summary_part.added" 42 ReasoningSummaryPartAdded(OtherEvent),
            "response.reasoning_summary_part.done" 43 ReasoningSummaryPartDone(OtherEvent),
            "response.reasoning_summary_text.delta" 44 ReasoningSummaryTextDelta(OtherEvent),
            "response.reasoning_summary_text.done" 45 ReasoningSummaryTextDone(OtherEvent),
            "response.reasoning_text.delta" 46 ReasoningTextDelta(OtherEvent),
            "response.reasoning_text.done" 47 ReasoningTextDone(OtherEvent),
            "response.refusal.delta" 48 RefusalDelta(OtherEvent),
            "response.refusal.done" 49 RefusalDone(OtherEvent),
            "response.shell_call_command.added" 50 ShellCallCommandAdded(OtherEvent),
            "response.shell_call_command.delta" 51 ShellCallCommandDelta(OtherEvent),
            "response.shell_call_command.done" 52 ShellCallCommandDone(OtherEvent),
            "response.shell_call_output_content.delta" 53 ShellCallOutputContentDelta(OtherEvent),
            "response.shell_call_output_content.done" 54 ShellCallOutputContentDone(OtherEvent),
            "response.web_search_call.completed" 55 WebSearchCallCompleted(OtherEvent),
            "response.web_search_call.in_progress" 56 WebSearchCallInProgress(OtherEvent),
            "response.web_search_call.searching" 57 WebSearchCallSearching(OtherEvent),
        } }
    };
}

/// As the generator makes them.
pub mod ours {
    use openai_runtime::json::{Extra, Map, Plan, Value};
    use openai_runtime::{object, open_enum, union};

    macro_rules! field {
        (required $type:ty) => { $type };
        (optional $type:ty) => { Option<$type> };
    }
    macro_rules! wire {
        (r#type) => { "type" };
        ($name:ident) => { stringify!($name) };
    }
    macro_rules! kind {
        (required) => { openai_runtime::json::Kind::Required };
        (optional) => { openai_runtime::json::Kind::Optional };
    }
    macro_rules! make {
        (struct $name:ident $(= $tag:literal: $value:literal)? { $($kind:ident $field:ident: $type:ty,)* }) => {
            #[derive(Clone, Default)]
            pub struct $name { $(pub $field: field!($kind $type),)* pub extra: Extra }
            object!($name, [$(F(wire!($field), kind!($kind)),)* $(F($tag, C($value)))?], [$($field),*]);
        };
        (enum $name:ident { $($text:literal $variant:ident,)* }) => {
            #[derive(Clone)]
            pub enum $name { $($variant,)* Unknown(Box<str>) }
            open_enum!($name, { $($text: $variant),* });
        };
        (union $name:ident { $($index:literal $variant:ident($type:ty),)* }) => {
            #[derive(Clone)]
            pub enum $name { $($variant($type),)* Unknown(Value) }
            union!($name, Plan { string: &[0], untagged: &[1], ..Plan::NONE }, { $($index: $variant),* });
        };
        (tagged $name:ident { $($tag:literal $index:literal $variant:ident($type:ty),)* }) => {
            #[derive(Clone)]
            pub enum $name { $($variant($type),)* Unknown(Value) }
            union!($name, Plan { tag: "type", tags: &[$(($tag, &[$index])),*], ..Plan::NONE }, { $($index: $variant),* });
        };
    }
    types!(make);
}

/// As a user of serde writes them: closed enums, unknown members dropped, no constants.
pub mod derived {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    type Map<T> = BTreeMap<String, T>;

    macro_rules! make {
        (struct $name:ident $(= $tag:literal: $value:literal)? { $($kind:ident $field:ident: $type:ty,)* }) => {
            make! { @build $name [] $($kind $field: $type,)* }
        };
        (@build $name:ident [$($done:tt)*] required $field:ident: $type:ty, $($rest:tt)*) => {
            make! { @build $name [$($done)* pub $field: $type,] $($rest)* }
        };
        (@build $name:ident [$($done:tt)*] optional $field:ident: $type:ty, $($rest:tt)*) => {
            make! { @build $name [$($done)* #[serde(skip_serializing_if = "Option::is_none")] pub $field: Option<$type>,] $($rest)* }
        };
        (@build $name:ident [$($done:tt)*]) => {
            #[derive(Clone, Serialize, Deserialize)]
            pub struct $name { $($done)* }
        };
        (enum $name:ident { $($text:literal $variant:ident,)* }) => {
            #[derive(Clone, Serialize, Deserialize)]
            pub enum $name { $(#[serde(rename = $text)] $variant,)* }
        };
        (union $name:ident { $($index:literal $variant:ident($type:ty),)* }) => {
            #[derive(Clone, Serialize, Deserialize)]
            #[serde(untagged)]
            pub enum $name { $($variant($type),)* }
        };
        (tagged $name:ident { $($tag:literal $index:literal $variant:ident($type:ty),)* }) => {
            #[derive(Clone, Serialize, Deserialize)]
            #[serde(tag = "type")]
            pub enum $name { $(#[serde(rename = $tag)] $variant($type),)* }
        };
    }
    types!(make);
}
