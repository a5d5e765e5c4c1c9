//! The functions that tools are made of: their arguments and what they return.
//!
//! A function is told by its shape, as handlers are in axum: each trait has a parameter that the compiler infers, which
//! keeps its implementations apart. `Result` is one of the types that serde can write, if both of its types are, so that
//! one list of implementations could not have both.

use std::any::Any;
use std::error::Error as StdError;
use std::ops::DerefMut;

use openai_runtime::{Error, ErrorKind, Result};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::interface::ToolFuture;
use super::outcome::ToolError;
use super::output::{BoxError, IntoToolOutput, ToolOutput};
use crate::structured::schema;

/// A function that [`tool`](fn@super::tool) takes: a closure or an `fn` of one argument or none.
///
/// The parameter is inferred; it tells functions of one argument from those of none.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a function that a tool can be made of",
    label = "expected a closure or an `fn` with one argument, or none",
    note = "write `|args: Args| async move {{ … }}`, where `Args` derives `Deserialize` and `JsonSchema`, or `|| async {{ … }}`",
    note = "for shared state use `tool_with_state`, for the run's context `tool_with_context`",
    note = "a closure has to be `Fn + Send + Sync + 'static`: clone what it shares into it"
)]
pub trait ToolFunction<Shape>: Send + Sync + 'static {
    /// The argument; `()` of a function that has none.
    type Input;
    /// The value or future that it returns.
    type Return;

    /// Calls the function.
    #[doc(hidden)]
    fn invoke(&self, input: Self::Input) -> Self::Return;
}

#[diagnostic::do_not_recommend]
impl<F, T, R> ToolFunction<fn(T) -> R> for F
where
    F: Fn(T) -> R + Send + Sync + 'static,
{
    type Input = T;
    type Return = R;

    fn invoke(&self, input: T) -> R {
        self(input)
    }
}

#[diagnostic::do_not_recommend]
impl<F, R> ToolFunction<fn() -> R> for F
where
    F: Fn() -> R + Send + Sync + 'static,
{
    type Input = ();
    type Return = R;

    fn invoke(&self, (): ()) -> R {
        self()
    }
}

/// The type of a tool's arguments: any that derives `Deserialize` and `JsonSchema`.
///
/// Some types stand for more than their schema: `()` takes no arguments, `String` takes them as the model wrote them, and
/// `serde_json::Value` or `serde_json::Map` any JSON. The last three have an open schema, which is not strict; set
/// another by [`with_parameters`](super::FnTool::with_parameters).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a tool",
    label = "cannot be read from the JSON that the model writes",
    note = "put `#[derive(serde::Deserialize, openai_ext::schemars::JsonSchema)]` on `{Self}`",
    note = "for arguments as the model wrote them take a `String`, for any JSON a `serde_json::Value`"
)]
pub trait ToolArguments: Sized + Send + 'static {
    /// Returns whether any object fits, so that no strict schema can say what it is.
    #[doc(hidden)]
    fn is_open() -> bool;

    /// Returns the JSON schema.
    #[doc(hidden)]
    fn schema(strict: bool) -> Result<Value>;

    /// Reads what the model wrote.
    #[doc(hidden)]
    fn read(text: String) -> Result<Self, ToolError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned + JsonSchema + Send + 'static> ToolArguments for T {
    fn is_open() -> bool {
        is_any::<Self, String>() || is_any::<Self, Value>() || is_any::<Self, Map<String, Value>>()
    }

    fn schema(strict: bool) -> Result<Value> {
        match (is_any::<Self, ()>(), Self::is_open(), strict) {
            (true, ..) => {
                Ok(json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false}))
            }
            (_, true, false) => Ok(json!({"type": "object", "properties": {}, "additionalProperties": true})),
            (_, true, true) => {
                let message = "its arguments are any JSON, which strict mode cannot express: set a schema by \
                               `with_parameters`, or leave `with_strict(true)` out";
                Err(Error::new(ErrorKind::InvalidRequest, message))
            }
            (.., true) => schema::strict_schema_with::<Self>(schema::fields_of::<Self>()),
            (.., false) => Ok(schema::schema::<Self>()),
        }
    }

    fn read(text: String) -> Result<Self, ToolError> {
        let mut text = Some(text);
        // As it came, also if it is empty.
        if let Some(raw) = (&mut text as &mut dyn Any).downcast_mut::<Option<Self>>() {
            return raw.take().ok_or_else(|| ToolError::arguments("there is no text"));
        }
        if let Some(nothing) = (&mut Some(()) as &mut dyn Any).downcast_mut::<Option<Self>>() {
            // A model may write an empty object, null, or what another tool takes: none of it is asked for.
            return nothing.take().ok_or_else(|| ToolError::arguments("there are no arguments"));
        }
        let text = text.unwrap_or_default();
        // Some servers send nothing where there are no arguments.
        let json = if text.trim().is_empty() { "{}" } else { &text };
        serde_json::from_str(json).map_err(ToolError::arguments)
    }
}

fn is_any<T: 'static, U: 'static>() -> bool {
    std::any::TypeId::of::<T>() == std::any::TypeId::of::<U>()
}

/// A value that a tool's function may return: a future of a value, as an `async` block is, or the value itself.
///
/// A function that returns the value itself runs where the run is polled: use it for what is quick. The parameter is
/// inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be what a tool's function returns",
    label = "expected a future, or a value that serde can write",
    note = "return a `String`, a type that derives `Serialize`, a `ToolOutput`, or a `Result` of one of these",
    note = "a future has to be `Send + 'static`: give it what it needs by `async move`"
)]
pub trait ToolReturn<Kind> {
    /// The value in the end.
    type Value;

    /// Turns it into a future of the output.
    #[doc(hidden)]
    fn into_future<M>(self) -> ToolFuture
    where
        Self::Value: IntoToolResult<M>;
}

/// The function is async.
#[derive(Debug)]
pub struct AsyncFunction;

/// The function returns a value.
#[derive(Debug)]
pub struct PlainFunction<M>(std::marker::PhantomData<M>);

#[diagnostic::do_not_recommend]
impl<R: Future + Send + 'static> ToolReturn<AsyncFunction> for R {
    type Value = R::Output;

    fn into_future<M>(self) -> ToolFuture
    where
        R::Output: IntoToolResult<M>,
    {
        Box::pin(async move { self.await.into_tool_result().map_err(known) })
    }
}

#[diagnostic::do_not_recommend]
impl<R: IntoToolResult<N>, N> ToolReturn<PlainFunction<N>> for R {
    type Value = R;

    fn into_future<M>(self) -> ToolFuture
    where
        R: IntoToolResult<M>,
    {
        let result = <R as IntoToolResult<M>>::into_tool_result(self);
        Box::pin(std::future::ready(result.map_err(known)))
    }
}

/// An error that is a [`ToolError`] already stays what it is.
#[inline]
fn known(error: BoxError) -> ToolError {
    match error.downcast::<ToolError>() {
        Ok(error) => *error,
        Err(error) => ToolError::Failed(error),
    }
}

/// The result of a tool's function: any value that serde can write, a [`ToolOutput`], or a `Result` of one with any error:
/// a `std::error::Error`, `Box<dyn Error>`, the error of anyhow or eyre, a `String` or `&str`.
///
/// The parameter is inferred. It cannot be for an error type that implements both `std::error::Error` and `Serialize`:
/// return such an error as [`BoxError`], which `?` makes of it, or by
/// [`map_err(ToolError::failed)`](super::ToolError::failed).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a tool",
    label = "expected a value that serde can write, or a `Result` of one",
    note = "derive `serde::Serialize` for the value, or return a `String` or a `ToolOutput`",
    note = "the error of a `Result` may be any `std::error::Error + Send + Sync`, a `Box<dyn Error>`, that of anyhow, a `String` or a `&str`"
)]
pub trait IntoToolResult<Kind> {
    /// Returns the output for the model, or the error of the tool.
    ///
    /// # Errors
    /// That of the function, or of a value that serde cannot write as JSON.
    fn into_tool_result(self) -> Result<ToolOutput, BoxError>;
}

/// A value, also a `Result` that serde can write: of a `String` or `&str`.
#[derive(Debug)]
pub struct ToolValue;

/// A `Result` whose error is a `std::error::Error`.
#[derive(Debug)]
pub struct ToolResult;

/// A `Result` whose error is a boxed one, as that of anyhow.
#[derive(Debug)]
pub struct BoxedResult;

/// A `Result` whose error is a `Box<dyn Error>`, which stays on its thread.
#[derive(Debug)]
pub struct LocalResult;

/// A `Result` of a [`ToolOutput`] whose error is a string.
#[derive(Debug)]
pub struct StringResult;

#[diagnostic::do_not_recommend]
impl<T: IntoToolOutput> IntoToolResult<ToolValue> for T {
    fn into_tool_result(self) -> Result<ToolOutput, BoxError> {
        self.into_tool_output()
    }
}

#[diagnostic::do_not_recommend]
impl<O: IntoToolOutput, E: StdError + Send + Sync + 'static> IntoToolResult<ToolResult> for Result<O, E> {
    fn into_tool_result(self) -> Result<ToolOutput, BoxError> {
        self.map_err(BoxError::from)?.into_tool_output()
    }
}

#[diagnostic::do_not_recommend]
impl<O, E> IntoToolResult<BoxedResult> for Result<O, E>
where
    O: IntoToolOutput,
    // `Arc<dyn Error>` is an error itself, and not of these: it cannot be borrowed mutably.
    E: DerefMut<Target = dyn StdError + Send + Sync> + Into<BoxError>,
{
    fn into_tool_result(self) -> Result<ToolOutput, BoxError> {
        self.map_err(Into::into)?.into_tool_output()
    }
}

#[diagnostic::do_not_recommend]
impl<O: IntoToolOutput> IntoToolResult<LocalResult> for Result<O, Box<dyn StdError>> {
    fn into_tool_result(self) -> Result<ToolOutput, BoxError> {
        match self {
            Ok(value) => value.into_tool_output(),
            // What it was is lost, since it cannot leave its thread; what it says is kept.
            Err(error) => Err(match error.downcast::<ToolError>() {
                Ok(error) => error,
                Err(error) => error.to_string().into(),
            }),
        }
    }
}

#[diagnostic::do_not_recommend]
impl<E: sealed::ErrorText> IntoToolResult<StringResult> for Result<ToolOutput, E> {
    fn into_tool_result(self) -> Result<ToolOutput, BoxError> {
        self.map_err(Into::into)
    }
}

mod sealed {
    use super::BoxError;

    /// A string that says what failed.
    pub trait ErrorText: Into<BoxError> {}

    impl ErrorText for String {}
    impl ErrorText for &str {}
    impl ErrorText for std::borrow::Cow<'_, str> {}
}
