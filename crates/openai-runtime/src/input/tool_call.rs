//! The call that a tool's output answers, as an argument of its own kind: the id and the output cannot be swapped.

/// The id of a tool call, for a function that takes the call's output beside it.
///
/// It is `id` of a call in chat and in runs of assistants, and `call_id` in responses and realtime sessions. Where the call
/// itself is at hand, give that: it knows its id.
///
/// ```
/// use openai_runtime::input::ToolCallId;
///
/// let stored = String::from("call_1");
/// assert_eq!(ToolCallId::new(&stored).as_str(), "call_1");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ToolCallId(String);

impl ToolCallId {
    /// Returns the id.
    #[must_use]
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// Returns the id as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ToolCallId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<&str> for ToolCallId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<String> for ToolCallId {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&String> for ToolCallId {
    fn from(id: &String) -> Self {
        Self(id.clone())
    }
}

impl From<ToolCallId> for String {
    fn from(id: ToolCallId) -> Self {
        id.0
    }
}

/// The tool call that an output answers: a call of chat, responses, realtime sessions or assistants, by value or by
/// reference, or a [`ToolCallId`].
///
/// Strings are not among them, because the output is a string, too:
///
/// ```compile_fail
/// use openai_runtime::input::IntoToolCallId;
///
/// let id = "call_1".into_tool_call_id();
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which tool call is answered",
    label = "expected a tool call, such as `&completion.tool_calls()[0]`, or a `ToolCallId`",
    note = "give the call by reference: `Message::tool(&call, output)`, `InputItem::function_call_output(&call, output)`",
    note = "give an id by its type, so that it cannot be swapped with the output: `ToolCallId::new(id)`"
)]
pub trait IntoToolCallId {
    /// Returns the id of the call.
    fn into_tool_call_id(self) -> ToolCallId;
}

impl IntoToolCallId for ToolCallId {
    fn into_tool_call_id(self) -> ToolCallId {
        self
    }
}

impl IntoToolCallId for &ToolCallId {
    fn into_tool_call_id(self) -> ToolCallId {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: ?Sized> IntoToolCallId for &&T
where
    for<'a> &'a T: IntoToolCallId,
{
    fn into_tool_call_id(self) -> ToolCallId {
        (**self).into_tool_call_id()
    }
}

#[diagnostic::do_not_recommend]
impl<T> IntoToolCallId for &Box<T>
where
    for<'a> &'a T: IntoToolCallId,
{
    fn into_tool_call_id(self) -> ToolCallId {
        (**self).into_tool_call_id()
    }
}

/// Makes a type a tool call: the trait for it by value and by reference, and the conversion into its id.
#[doc(hidden)]
#[macro_export]
macro_rules! tool_call {
    ($call:ident, $of:ident => $id:expr) => {
        impl From<&$call> for $crate::input::ToolCallId {
            fn from($of: &$call) -> Self {
                Self::new($id)
            }
        }
        impl $crate::input::IntoToolCallId for &$call {
            fn into_tool_call_id(self) -> $crate::input::ToolCallId {
                self.into()
            }
        }
        impl $crate::input::IntoToolCallId for $call {
            fn into_tool_call_id(self) -> $crate::input::ToolCallId {
                (&self).into()
            }
        }
    };
}
