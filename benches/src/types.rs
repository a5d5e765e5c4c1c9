//! The types of a Responses body and of its stream, each told once: `types!(ours)` makes them with the runtime's macros,
//! `types!(derived)` with serde's derives. Fields stand in the document's order, which is not the order of real bodies.

macro_rules! types {
    ($make:ident) => {
        $make! { struct Response = "object": "response" {
            R "metadata" metadata: Map<String>, O "top_logprobs" top_logprobs: i64, O "temperature" temperature: f64,
            O "top_p" top_p: f64,
            O "user" user: String, O "safety_identifier" safety_identifier: String,
            O "prompt_cache_key" prompt_cache_key: String,
            O "prompt_cache_retention" prompt_cache_retention: String,
            O "previous_response_id" previous_response_id: String, R "model" model: String,
            O "reasoning" reasoning: Reasoning, O "background" background: bool,
            O "max_output_tokens" max_output_tokens: i64,
            O "max_tool_calls" max_tool_calls: i64, O "text" text: TextConfig, R "tools" tools: Vec<Tool>,
            R "tool_choice" tool_choice: ToolChoice, O "prompt" prompt: Value,
            O "service_tier" service_tier: ServiceTier,
            O "truncation" truncation: Truncation, R "id" id: String, O "status" status: Status,
            R "created_at" created_at: i64,
            O "completed_at" completed_at: i64, O "error" error: ResponseError,
            O "incomplete_details" incomplete_details: IncompleteDetails,
            R "output" output: Vec<OutputItem>, O "instructions" instructions: String, O "usage" usage: Usage,
            R "parallel_tool_calls" parallel_tool_calls: bool, O "store" store: bool,
            O "presence_penalty" presence_penalty: f64,
            O "billing" billing: Billing,
        } }
        $make! { struct Billing { R "payer" payer: String, } }
        $make! { struct Reasoning { O "effort" effort: Effort, O "summary" summary: String, } }
        $make! { struct TextConfig { O "format" format: TextFormat, O "verbosity" verbosity: Verbosity, } }
        $make! { struct ResponseError { R "code" code: String, R "message" message: String, } }
        $make! { struct IncompleteDetails { O "reason" reason: String, } }
        $make! { struct Usage {
            R "input_tokens" input_tokens: i64, R "input_tokens_details" input_tokens_details: InputTokensDetails,
            R "output_tokens" output_tokens: i64,
            R "output_tokens_details" output_tokens_details: OutputTokensDetails, R "total_tokens" total_tokens: i64,
        } }
        $make! { struct InputTokensDetails { R "cached_tokens" cached_tokens: i64, } }
        $make! { struct OutputTokensDetails { R "reasoning_tokens" reasoning_tokens: i64, } }
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
        $make! { struct NamedTool = "type": "function" { R "name" name: String, } }
        $make! { tagged TextFormat {
            "text" 2 Text(TextFormatText),
            "json_object" 0 JsonObject(TextFormatJsonObject),
            "json_schema" 1 JsonSchema(TextFormatJsonSchema),
        } }
        $make! { struct TextFormatText = "type": "text" {} }
        $make! { struct TextFormatJsonObject = "type": "json_object" {} }
        $make! { struct TextFormatJsonSchema = "type": "json_schema" {
            R "name" name: String, R "schema" schema: Value, O "strict" strict: bool,
        } }
        $make! { tagged Tool {
            "function" 1 Function(FunctionTool),
            "web_search" 2 WebSearch(WebSearchTool),
            "file_search" 0 FileSearch(FileSearchTool),
        } }
        $make! { struct FunctionTool = "type": "function" {
            R "name" name: String, O "parameters" parameters: Value, O "strict" strict: bool,
            O "description" description: String,
        } }
        $make! { struct FileSearchTool = "type": "file_search" {
            R "vector_store_ids" vector_store_ids: Vec<String>, O "max_num_results" max_num_results: i64,
        } }
        $make! { struct WebSearchTool = "type": "web_search" {
            O "filters" filters: Value, O "user_location" user_location: UserLocation,
            O "search_context_size" search_context_size: Verbosity,
        } }
        $make! { struct UserLocation {
            O "type" r#type: String, O "country" country: String, O "region" region: String, O "city" city: String,
            O "timezone" timezone: String,
        } }
        $make! { tagged OutputItem {
            "message" 2 Message(OutputMessage),
            "reasoning" 3 Reasoning(ReasoningItem),
            "function_call" 1 FunctionCall(FunctionCall),
            "web_search_call" 4 WebSearchCall(WebSearchCall),
            "file_search_call" 0 FileSearchCall(FileSearchCall),
        } }
        $make! { struct OutputMessage = "type": "message" {
            R "id" id: String, R "role" role: String, R "content" content: Vec<OutputContent>,
            O "phase" phase: String, R "status" status: Status,
        } }
        $make! { struct FileSearchCall = "type": "file_search_call" {
            R "id" id: String, R "status" status: Status, R "queries" queries: Vec<String>, O "results" results: Value,
        } }
        $make! { struct FunctionCall = "type": "function_call" {
            O "id" id: String, R "call_id" call_id: String, R "name" name: String, R "arguments" arguments: String,
            O "status" status: Status,
        } }
        $make! { struct ReasoningItem = "type": "reasoning" {
            R "id" id: String, O "encrypted_content" encrypted_content: String, R "summary" summary: Vec<SummaryText>,
            O "status" status: Status,
        } }
        $make! { struct SummaryText = "type": "summary_text" { R "text" text: String, } }
        $make! { struct WebSearchCall = "type": "web_search_call" {
            R "id" id: String, R "status" status: Status, R "action" action: WebSearchAction,
        } }
        $make! { tagged WebSearchAction {
            "find" 0 Find(FindAction),
            "search" 1 Search(SearchAction),
        } }
        $make! { struct SearchAction = "type": "search" { R "query" query: String, O "sources" sources: Vec<Value>, } }
        $make! { struct FindAction = "type": "find" { R "url" url: String, R "pattern" pattern: String, } }
        $make! { tagged OutputContent {
            "refusal" 1 Refusal(Refusal),
            "output_text" 0 Text(OutputText),
        } }
        $make! { struct OutputText = "type": "output_text" {
            R "text" text: String, R "annotations" annotations: Vec<Annotation>, O "logprobs" logprobs: Vec<Value>,
        } }
        $make! { struct Refusal = "type": "refusal" { R "refusal" refusal: String, } }
        $make! { tagged Annotation {
            "url_citation" 1 UrlCitation(UrlCitation),
            "file_citation" 0 FileCitation(FileCitation),
        } }
        $make! { struct FileCitation = "type": "file_citation" {
            R "file_id" file_id: String, R "index" index: i64, R "filename" filename: String,
        } }
        $make! { struct UrlCitation = "type": "url_citation" {
            R "url" url: String, R "start_index" start_index: i64, R "end_index" end_index: i64,
            R "title" title: String,
        } }
        $make! { struct LogProb { R "token" token: String, R "logprob" logprob: f64, } }
        $make! { struct TextDelta = "type": "response.output_text.delta" {
            R "item_id" item_id: String, R "output_index" output_index: i64, R "content_index" content_index: i64,
            R "delta" delta: String,
            R "sequence_number" sequence_number: i64, R "logprobs" logprobs: Vec<LogProb>,
            O "obfuscation" obfuscation: String,
        } }
        $make! { struct OtherEvent {
            O "item_id" item_id: String, O "output_index" output_index: i64, O "content_index" content_index: i64,
            R "sequence_number" sequence_number: i64, O "response" response: Box<Response>,
            O "item" item: Box<OutputItem>,
        } }
        $make! { tagged Event {
            "error" 0 Error(OtherEvent),
            "response.failed" 16 Failed(OtherEvent),
            "response.queued" 41 Queued(OtherEvent),
            "response.created" 13 Created(OtherEvent),
            "response.completed" 10 Completed(OtherEvent),
            "response.audio.done" 2 AudioDone(OtherEvent),
            "response.incomplete" 27 Incomplete(OtherEvent),
            "response.audio.delta" 1 AudioDelta(OtherEvent),
            "response.in_progress" 26 InProgress(OtherEvent),
            "response.refusal.done" 49 RefusalDone(OtherEvent),
            "response.refusal.delta" 48 RefusalDelta(OtherEvent),
            "response.mcp_call.failed" 29 McpCallFailed(OtherEvent),
            "response.output_item.done" 37 OutputItemDone(OtherEvent),
            "response.output_text.done" 40 TextDone(OtherEvent),
            "response.content_part.done" 12 ContentPartDone(OtherEvent),
            "response.output_item.added" 36 OutputItemAdded(OtherEvent),
            "response.output_text.delta" 39 TextDelta(TextDelta),
            "response.content_part.added" 11 ContentPartAdded(OtherEvent),
            "response.mcp_call.completed" 28 McpCallCompleted(OtherEvent),
            "response.reasoning_text.done" 47 ReasoningTextDone(OtherEvent),
            "response.mcp_call.in_progress" 30 McpCallInProgress(OtherEvent),
            "response.reasoning_text.delta" 46 ReasoningTextDelta(OtherEvent),
            "response.audio.transcript.done" 4 AudioTranscriptDone(OtherEvent),
            "response.mcp_list_tools.failed" 34 McpListToolsFailed(OtherEvent),
            "response.audio.transcript.delta" 3 AudioTranscriptDelta(OtherEvent),
            "response.mcp_call_arguments.done" 32 McpCallArgumentsDone(OtherEvent),
            "response.shell_call_command.done" 52 ShellCallCommandDone(OtherEvent),
            "response.mcp_call_arguments.delta" 31 McpCallArgumentsDelta(OtherEvent),
            "response.mcp_list_tools.completed" 33 McpListToolsCompleted(OtherEvent),
            "response.shell_call_command.added" 50 ShellCallCommandAdded(OtherEvent),
            "response.shell_call_command.delta" 51 ShellCallCommandDelta(OtherEvent),
            "response.web_search_call.completed" 55 WebSearchCallCompleted(OtherEvent),
            "response.web_search_call.searching" 57 WebSearchCallSearching(OtherEvent),
            "response.file_search_call.completed" 17 FileSearchCallCompleted(OtherEvent),
            "response.file_search_call.searching" 19 FileSearchCallSearching(OtherEvent),
            "response.mcp_list_tools.in_progress" 35 McpListToolsInProgress(OtherEvent),
            "response.custom_tool_call_input.done" 15 CustomToolCallInputDone(OtherEvent),
            "response.reasoning_summary_part.done" 43 ReasoningSummaryPartDone(OtherEvent),
            "response.reasoning_summary_text.done" 45 ReasoningSummaryTextDone(OtherEvent),
            "response.web_search_call.in_progress" 56 WebSearchCallInProgress(OtherEvent),
            "response.custom_tool_call_input.delta" 14 CustomToolCallInputDelta(OtherEvent),
            "response.file_search_call.in_progress" 18 FileSearchCallInProgress(OtherEvent),
            "response.function_call_arguments.done" 21 FunctionCallArgumentsDone(OtherEvent),
            "response.output_text.annotation.added" 38 OutputTextAnnotationAdded(OtherEvent),
            "response.reasoning_summary_part.added" 42 ReasoningSummaryPartAdded(OtherEvent),
            "response.reasoning_summary_text.delta" 44 ReasoningSummaryTextDelta(OtherEvent),
            "response.function_call_arguments.delta" 20 FunctionCallArgumentsDelta(OtherEvent),
            "response.shell_call_output_content.done" 54 ShellCallOutputContentDone(OtherEvent),
            "response.code_interpreter_call.completed" 5 CodeInterpreterCallCompleted(OtherEvent),
            "response.code_interpreter_call_code.done" 9 CodeInterpreterCallCodeDone(OtherEvent),
            "response.image_generation_call.completed" 22 ImageGenerationCallCompleted(OtherEvent),
            "response.shell_call_output_content.delta" 53 ShellCallOutputContentDelta(OtherEvent),
            "response.code_interpreter_call_code.delta" 8 CodeInterpreterCallCodeDelta(OtherEvent),
            "response.image_generation_call.generating" 23 ImageGenerationCallGenerating(OtherEvent),
            "response.code_interpreter_call.in_progress" 6 CodeInterpreterCallInProgress(OtherEvent),
            "response.image_generation_call.in_progress" 24 ImageGenerationCallInProgress(OtherEvent),
            "response.code_interpreter_call.interpreting" 7 CodeInterpreterCallInterpreting(OtherEvent),
            "response.image_generation_call.partial_image" 25 ImageGenerationCallPartialImage(OtherEvent),
        } }
    };
}

/// As the generator makes them.
pub mod ours {
    use openai_runtime::json::{Extra, Map, Plan, Value};
    use openai_runtime::{object, open_enum, union};

    macro_rules! field {
        (R $type:ty) => { $type };
        (O $type:ty) => { Option<$type> };
    }
    macro_rules! make {
        (struct $name:ident $(= $tag:literal: $value:literal)? { $($kind:ident $wire:literal $field:ident: $type:ty,)* }) => {
            #[derive(Clone, Default)]
            pub struct $name { $(pub $field: field!($kind $type),)* pub extra: Extra }
            object!($name, [$(F($wire, $kind),)* $(F($tag, C($value)))?], [$($field),*]);
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
        (struct $name:ident $(= $tag:literal: $value:literal)? { $($kind:ident $wire:literal $field:ident: $type:ty,)* }) => {
            make! { @build $name [] $($kind $field: $type,)* }
        };
        (@build $name:ident [$($done:tt)*] R $field:ident: $type:ty, $($rest:tt)*) => {
            make! { @build $name [$($done)* pub $field: $type,] $($rest)* }
        };
        (@build $name:ident [$($done:tt)*] O $field:ident: $type:ty, $($rest:tt)*) => {
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
