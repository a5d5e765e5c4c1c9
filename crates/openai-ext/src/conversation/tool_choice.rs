//! The tool that the model is to call, for every API that has the choice.

/// The tool that the model is to call, as a value for `.tool_choice(…)` of chat completions, responses and realtime sessions.
///
/// A string is one as well. `"auto"`, `"none"` and `"required"` are the modes. In responses the type of a hosted tool means
/// that tool: `"web_search"`, `"file_search"`, `"code_interpreter"`, `"image_generation"`, `"computer"`, `"mcp"`, `"shell"`,
/// `"apply_patch"` and their other versions. Any other string is the name of a function; chat completions and realtime
/// sessions have no hosted tools, so there each string but the modes is one. A function that is called as a hosted tool is
/// needs [`ToolChoice::function`].
///
/// ```
/// use openai_ext::prelude::*;
///
/// # fn run(client: Client) {
/// let call = client.chat().completions().create("gpt-5.5", "Weather in Oslo?").tool_choice(ToolChoice::function("weather"));
/// let same = client.chat().completions().create("gpt-5.5", "Weather in Oslo?").tool_choice("weather");
/// # assert_eq!(call.body(), same.body());
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ToolChoice {
    /// The model decides.
    Auto,
    /// The model calls no tool.
    None,
    /// The model calls at least one tool.
    Required,
    /// The model calls this function.
    Function(String),
    /// The model calls this custom tool. Realtime sessions have none.
    Custom(String),
    /// The model calls the hosted tool of this type, as `web_search`. Only responses have such tools.
    Hosted(String),
}

impl ToolChoice {
    /// Returns the choice of a function by its name.
    #[must_use]
    pub fn function(name: impl Into<String>) -> Self {
        Self::Function(name.into())
    }

    /// Returns the choice of a custom tool by its name.
    #[must_use]
    pub fn custom(name: impl Into<String>) -> Self {
        Self::Custom(name.into())
    }

    /// Returns the choice of a hosted tool by its type, as `web_search`. Other APIs than responses refuse it.
    #[must_use]
    pub fn hosted(kind: impl Into<String>) -> Self {
        Self::Hosted(kind.into())
    }

    /// Returns the choice that the model decides.
    #[must_use]
    #[inline]
    pub fn auto() -> Self {
        Self::Auto
    }

    /// Returns the choice of no tool.
    #[must_use]
    #[inline]
    pub fn none() -> Self {
        Self::None
    }

    /// Returns the choice of at least one tool.
    #[must_use]
    #[inline]
    pub fn required() -> Self {
        Self::Required
    }
}

macro_rules! choices {
    ($($feature:literal: $target:ident, $mode:ident, $custom:expr, $hosted:expr;)*) => {$(
        #[cfg(feature = $feature)]
        impl From<ToolChoice> for crate::types::$target {
            #[inline]
            fn from(choice: ToolChoice) -> Self {
                match choice {
                    ToolChoice::Auto => Self::$mode("auto".into()),
                    ToolChoice::None => Self::$mode("none".into()),
                    ToolChoice::Required => Self::$mode("required".into()),
                    ToolChoice::Function(name) => Self::function(name),
                    ToolChoice::Custom(name) => $custom(name),
                    ToolChoice::Hosted(kind) => $hosted(kind),
                }
            }
        }

        #[cfg(feature = $feature)]
        impl From<&ToolChoice> for crate::types::$target {
            #[inline]
            fn from(choice: &ToolChoice) -> Self {
                choice.clone().into()
            }
        }
    )*};
}

choices! {
    "chat": ChatCompletionToolChoiceOption, ToolChoiceMode, Self::custom,
        |kind| Self::Unknown(serde_json::json!({"type": kind}));
    "realtime": RealtimeToolChoice, ToolChoiceOptions,
        |name| Self::Unknown(serde_json::json!({"type": "custom", "name": name})),
        |kind| Self::Unknown(serde_json::json!({"type": kind}));
    "responses": ResponseToolChoice, ToolChoiceOptions, Self::custom, Self::tool_choice_types;
}
