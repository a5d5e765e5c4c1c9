//! The findings of Azure's content filter in prompts and answers, typed.
//!
//! Azure adds it to objects whose document does not have it, so it is read from their `extra`, as leniently as everything
//! else: what is missing is `None`, what is new is kept.

use std::fmt;

use openai_runtime::Error;
use openai_runtime::json::{Extra, Map, Value};

/// The findings of the content filter in a text, by category. A category that was not looked at is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ContentFilterResults {
    /// Attacks on people for what they are.
    pub hate: Option<ContentFilterResult>,
    /// Sexual content.
    pub sexual: Option<ContentFilterResult>,
    /// Violence.
    pub violence: Option<ContentFilterResult>,
    /// Harm to oneself.
    pub self_harm: Option<ContentFilterResult>,
    /// Profane words.
    pub profanity: Option<ContentFilterResult>,
    /// An attempt of the user to get round the rules of the model.
    pub jailbreak: Option<ContentFilterResult>,
    /// An attempt of a document in the prompt to do that.
    pub indirect_attack: Option<ContentFilterResult>,
    /// Text that is known to be somebody's.
    pub protected_material_text: Option<ContentFilterResult>,
    /// Code that is known to be somebody's; [`citation`](ContentFilterResult::citation) says where from.
    pub protected_material_code: Option<ContentFilterResult>,
    /// Words of block lists of one's own; [`details`](ContentFilterResult::details) says of which.
    pub custom_blocklists: Option<ContentFilterResult>,
    /// Why the filter itself failed, if it did: the text was let through unseen.
    pub error: Option<FilterError>,
    /// Categories that this version does not know, as they came.
    pub other: Map<Value>,
}

/// The finding of the content filter for one category.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ContentFilterResult {
    /// True if the text was held back for it.
    pub filtered: bool,
    /// True if it was found; of categories that have no degrees.
    pub detected: Option<bool>,
    /// The degree; of categories that have degrees.
    pub severity: Option<FilterSeverity>,
    /// The source of protected code.
    pub citation: Option<Citation>,
    /// The block lists that were looked through.
    pub details: Vec<BlocklistMatch>,
    /// Members that this version does not know, as they came.
    pub other: Map<Value>,
}

/// The degree of a finding of the content filter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FilterSeverity {
    /// `safe`
    Safe,
    /// `low`
    Low,
    /// `medium`
    Medium,
    /// `high`
    High,
    /// A degree that this version does not know, with its text.
    Unknown(Box<str>),
}

/// The source of protected code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Citation {
    /// The repository.
    pub url: Option<String>,
    /// Its licence.
    pub license: Option<String>,
}

/// A block list, and whether a word of it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BlocklistMatch {
    /// The name of the list.
    pub id: String,
    /// True if the text was held back for it.
    pub filtered: bool,
}

/// Why the content filter failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterError {
    /// The code, as `content_filter_error`.
    pub code: Option<String>,
    /// The message of the failure.
    pub message: Option<String>,
}

/// The findings of the content filter in one prompt.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct PromptFilterResult {
    /// Which prompt, from 0.
    pub prompt_index: u64,
    /// The findings.
    pub content_filter_results: ContentFilterResults,
}

/// The findings of the content filter in a part of a response, or in its prompt.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ContentFilter {
    /// True if it was held back.
    pub blocked: bool,
    /// The kind of the part: `prompt` or `completion`.
    pub source_type: String,
    /// The findings.
    pub content_filter_results: ContentFilterResults,
    /// Which part of the text was looked at.
    pub content_filter_offsets: Option<FilterOffsets>,
}

/// A part of a text, in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FilterOffsets {
    /// Up to where the text is fully checked.
    pub check_offset: u64,
    /// The start of the part.
    pub start_offset: u64,
    /// The end of the part.
    pub end_offset: u64,
}

/// The findings of Azure's content filter in the prompts of a completion, or of a chunk of a stream.
///
/// ```
/// use openai_ext::prelude::*;
/// # #[cfg(feature = "chat")] {
/// use openai_ext::types::ChatCompletion;
///
/// # fn read(reply: &ChatCompletion) {
/// for prompt in reply.prompt_filter_results() {
///     println!("prompt {}: {:?}", prompt.prompt_index, prompt.content_filter_results.jailbreak);
/// }
/// # }
/// # }
/// ```
pub trait PromptFilterExt {
    /// Returns the findings in each prompt; empty if Azure names none.
    fn prompt_filter_results(&self) -> Vec<PromptFilterResult>;
}

/// The findings of Azure's content filter in a choice of a completion, or of a chunk of a stream.
pub trait ChoiceFilterExt {
    /// Returns the findings; `None` if Azure names none.
    fn content_filter_results(&self) -> Option<ContentFilterResults>;

    /// Which part of the text was looked at, if filters run beside the stream.
    fn content_filter_offsets(&self) -> Option<FilterOffsets>;
}

/// The findings of Azure's content filter in a response and its prompt.
pub trait ResponseFilterExt {
    /// Returns the findings in each part; empty if Azure names none.
    fn content_filters(&self) -> Vec<ContentFilter>;
}

/// The facts of Azure about a call that its content filter refused.
///
/// ```
/// use openai_ext::prelude::*;
///
/// fn explain(error: &openai_ext::Error) {
///     if error.is_content_filter() {
///         println!("the filter refused it: {:?}", error.content_filter_result());
///     }
/// }
/// ```
pub trait ErrorFilterExt {
    /// Returns true if the content filter refused the call: the code is `content_filter`, or the inner one
    /// `ResponsibleAIPolicyViolation`.
    fn is_content_filter(&self) -> bool;

    /// Returns the findings of the error's `innererror`.
    fn content_filter_result(&self) -> Option<ContentFilterResults>;

    /// The code of the error's `innererror`, as `ResponsibleAIPolicyViolation`.
    fn inner_error_code(&self) -> Option<String>;
}

impl ContentFilterResults {
    /// Reads what Azure says; what is no object gives `None`.
    #[must_use]
    #[inline]
    pub fn from_value(value: &Value) -> Option<Self> {
        let mut found = Self::default();
        for (name, value) in value.as_object()? {
            let known = match name.as_str() {
                "hate" => &mut found.hate,
                "sexual" => &mut found.sexual,
                "violence" => &mut found.violence,
                "self_harm" => &mut found.self_harm,
                "profanity" => &mut found.profanity,
                "jailbreak" => &mut found.jailbreak,
                "indirect_attack" => &mut found.indirect_attack,
                "protected_material_text" => &mut found.protected_material_text,
                "protected_material_code" => &mut found.protected_material_code,
                "custom_blocklists" => &mut found.custom_blocklists,
                "error" => {
                    found.error = FilterError::from_value(value);
                    continue;
                }
                _ => {
                    found.other.insert(name.clone(), value.clone());
                    continue;
                }
            };
            *known = ContentFilterResult::from_value(value);
        }
        Some(found)
    }

    /// The known categories that were looked at, by name.
    #[inline]
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &ContentFilterResult)> {
        let all = [
            ("hate", &self.hate),
            ("sexual", &self.sexual),
            ("violence", &self.violence),
            ("self_harm", &self.self_harm),
            ("profanity", &self.profanity),
            ("jailbreak", &self.jailbreak),
            ("indirect_attack", &self.indirect_attack),
            ("protected_material_text", &self.protected_material_text),
            ("protected_material_code", &self.protected_material_code),
            ("custom_blocklists", &self.custom_blocklists),
        ];
        all.into_iter().filter_map(|(name, result)| Some((name, result.as_ref()?)))
    }

    /// Returns true if the text was held back, for any category, also one that this version does not know.
    #[must_use]
    #[inline]
    pub fn is_filtered(&self) -> bool {
        self.iter().any(|(_, result)| result.filtered)
            || self.other.values().any(|result| result.get("filtered") == Some(&Value::Bool(true)))
    }
}

impl ContentFilterResult {
    #[inline]
    fn from_value(value: &Value) -> Option<Self> {
        // Older versions list the block lists without more.
        if let Value::Array(lists) = value {
            let details: Vec<_> = lists.iter().filter_map(BlocklistMatch::from_value).collect();
            let filtered = details.iter().any(|list| list.filtered);
            return Some(Self { filtered, details, ..Self::default() });
        }
        let mut result = Self::default();
        for (name, value) in value.as_object()? {
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                ("filtered", Value::Bool(filtered)) => result.filtered = *filtered,
                ("detected", Value::Bool(detected)) => result.detected = Some(*detected),
                ("severity", Value::String(severity)) => {
                    result.severity = Some(FilterSeverity::from(severity.as_str()))
                }
                ("citation", Value::Object(citation)) => {
                    let text = |name: &str| citation.get(name).and_then(Value::as_str).map(str::to_owned);
                    result.citation =
                        Some(Citation { url: text("URL").or_else(|| text("url")), license: text("license") });
                }
                ("details", Value::Array(lists)) => {
                    result.details = lists.iter().filter_map(BlocklistMatch::from_value).collect();
                }
                _ => drop(result.other.insert(name.clone(), value.clone())),
            }
        }
        Some(result)
    }
}

impl BlocklistMatch {
    #[inline]
    fn from_value(value: &Value) -> Option<Self> {
        let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
        value.is_object().then(|| Self { id, filtered: flag(value, "filtered") })
    }
}

impl FilterError {
    #[inline]
    fn from_value(value: &Value) -> Option<Self> {
        let text = |name: &str| match value.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        };
        value.is_object().then(|| Self { code: text("code"), message: text("message") })
    }
}

impl PromptFilterResult {
    /// Reads what Azure says; what is no object gives `None`.
    #[must_use]
    #[inline]
    pub fn from_value(value: &Value) -> Option<Self> {
        // Some versions have the singular.
        let found = value.get("content_filter_results").or_else(|| value.get("content_filter_result"));
        let content_filter_results = found.and_then(ContentFilterResults::from_value).unwrap_or_default();
        value.is_object().then(|| Self { prompt_index: number(value, "prompt_index"), content_filter_results })
    }
}

impl ContentFilter {
    /// Reads what Azure says; what is no object gives `None`.
    #[must_use]
    #[inline]
    pub fn from_value(value: &Value) -> Option<Self> {
        let source_type = value.get("source_type").and_then(Value::as_str).unwrap_or_default().to_owned();
        let found = value.get("content_filter_results").and_then(ContentFilterResults::from_value);
        value.is_object().then(|| Self {
            blocked: flag(value, "blocked"),
            source_type,
            content_filter_results: found.unwrap_or_default(),
            content_filter_offsets: value.get("content_filter_offsets").and_then(FilterOffsets::from_value),
        })
    }
}

impl FilterOffsets {
    /// Reads what Azure says; an empty object says nothing, and gives `None` too.
    #[must_use]
    #[inline]
    pub fn from_value(value: &Value) -> Option<Self> {
        value.as_object().filter(|members| !members.is_empty()).map(|_| Self {
            check_offset: number(value, "check_offset"),
            start_offset: number(value, "start_offset"),
            end_offset: number(value, "end_offset"),
        })
    }
}

impl FilterSeverity {
    /// The text on the wire.
    #[must_use]
    #[inline]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Safe => "safe",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Unknown(text) => text,
        }
    }
}

impl From<&str> for FilterSeverity {
    #[inline]
    fn from(text: &str) -> Self {
        match text {
            "safe" => Self::Safe,
            "low" => Self::Low,
            "medium" => Self::Medium,
            "high" => Self::High,
            other => Self::Unknown(other.into()),
        }
    }
}

impl fmt::Display for FilterSeverity {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[inline]
fn flag(value: &Value, name: &str) -> bool {
    value.get(name).and_then(Value::as_bool).unwrap_or_default()
}

#[inline]
fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

#[allow(dead_code, reason = "which of these is needed depends on the features")]
fn list<T>(extra: &Extra, names: &[&str], read: fn(&Value) -> Option<T>) -> Vec<T> {
    let found = names.iter().find_map(|name| extra.get(name)?.as_array());
    found.map(|items| items.iter().filter_map(read).collect()).unwrap_or_default()
}

/// Some answers have the singular beside the plural, and the one is empty when the filter failed.
#[allow(dead_code, reason = "which of these is needed depends on the features")]
#[inline]
fn of_choice(extra: &Extra) -> Option<ContentFilterResults> {
    let read = |name| extra.get(name).and_then(ContentFilterResults::from_value);
    match (read("content_filter_results"), read("content_filter_result")) {
        (Some(plural), Some(singular)) if plural == ContentFilterResults::default() => Some(singular),
        (plural, singular) => plural.or(singular),
    }
}

#[allow(unused_macros, reason = "which of these is needed depends on the features")]
macro_rules! read_from_extra {
    ($feature:literal: $(prompts of $object:ident,)* $(choices of $choice:ident,)*) => {
        $(
            #[cfg(feature = $feature)]
            impl PromptFilterExt for crate::types::$object {
                #[inline]
                fn prompt_filter_results(&self) -> Vec<PromptFilterResult> {
                    let names = ["prompt_filter_results", "prompt_annotations"];
                    list(&self.extra, &names, PromptFilterResult::from_value)
                }
            }
        )*
        $(
            #[cfg(feature = $feature)]
            impl ChoiceFilterExt for crate::types::$choice {
                #[inline]
                fn content_filter_results(&self) -> Option<ContentFilterResults> {
                    of_choice(&self.extra)
                }

                #[inline]
                fn content_filter_offsets(&self) -> Option<FilterOffsets> {
                    self.extra.get("content_filter_offsets").and_then(FilterOffsets::from_value)
                }
            }
        )*
    };
}

read_from_extra! { "chat":
    prompts of ChatCompletion,
    prompts of ChatCompletionChunk,
    choices of ChatCompletionChoice,
    choices of ChatCompletionChunkChoice,
}

read_from_extra! { "completions":
    prompts of Completion,
    choices of CompletionChoice,
}

#[cfg(feature = "responses")]
impl ResponseFilterExt for crate::types::Response {
    #[inline]
    fn content_filters(&self) -> Vec<ContentFilter> {
        list(&self.extra, &["content_filters"], ContentFilter::from_value)
    }
}

impl ErrorFilterExt for Error {
    #[inline]
    fn is_content_filter(&self) -> bool {
        self.code() == Some("content_filter")
            || self.inner_error_code().as_deref() == Some("ResponsibleAIPolicyViolation")
    }

    #[inline]
    fn content_filter_result(&self) -> Option<ContentFilterResults> {
        let inner = inner_error(self)?;
        let found = inner.get("content_filter_result").or_else(|| inner.get("content_filter_results"))?;
        ContentFilterResults::from_value(found)
    }

    #[inline]
    fn inner_error_code(&self) -> Option<String> {
        inner_error(self)?.get("code")?.as_str().map(str::to_owned)
    }
}

#[inline]
fn inner_error(error: &Error) -> Option<Value> {
    let body: Value = serde_json::from_slice(error.body()?).ok()?;
    let fields = body.get("error").filter(|error| error.is_object()).unwrap_or(&body);
    let inner = fields.get("innererror").or_else(|| fields.get("inner_error"))?;
    Some(inner.clone())
}
