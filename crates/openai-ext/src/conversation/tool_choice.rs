//! The tool that the model is to call, for every API that has the choice.

use crate::types;

/// The tool that the model is to call, as a value for `.tool_choice(…)` of chat completions, responses and realtime sessions.
///
/// A string is one as well: `"auto"`, `"none"` and `"required"` are the modes, and any other is the name of a function.
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
    ($($feature:literal: $target:ident, $mode:ident, $custom:expr;)*) => {$(
        #[cfg(feature = $feature)]
        impl From<ToolChoice> for types::$target {
            #[inline]
            fn from(choice: ToolChoice) -> Self {
                match choice {
                    ToolChoice::Auto => Self::$mode("auto".into()),
                    ToolChoice::None => Self::$mode("none".into()),
                    ToolChoice::Required => Self::$mode("required".into()),
                    ToolChoice::Function(name) => Self::function(name),
                    ToolChoice::Custom(name) => $custom(name),
                }
            }
        }
    )*};
}

choices! {
    "chat": ChatCompletionToolChoiceOption, ToolChoiceMode, types::ChatCompletionToolChoiceOption::custom;
    "realtime": RealtimeToolChoice, ToolChoiceOptions, custom_realtime;
    "responses": ResponseToolChoice, ToolChoiceOptions, types::ResponseToolChoice::custom;
}

/// A realtime session refuses it, and says so.
#[cfg(feature = "realtime")]
#[inline]
fn custom_realtime(name: String) -> types::RealtimeToolChoice {
    types::RealtimeToolChoice::Unknown(serde_json::json!({"type": "custom", "name": name}))
}
