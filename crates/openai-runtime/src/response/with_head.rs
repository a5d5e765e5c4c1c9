//! A response's value together with its head.

use std::fmt;
use std::ops::{Deref, DerefMut};

use super::head::{ResponseHead, head_accessors};

/// The value of a response with its head: status, headers, request id and rate limits. It derefs to the value.
///
/// ```no_run
/// # use openai_runtime::{Call, Result, json::Value};
/// # async fn example(call: Call) -> Result<()> {
/// let reply = call.send_with_head::<Value>().await?;
/// println!("{} {:?} {:?}", reply.status(), reply.request_id(), reply.rate_limit().remaining_tokens);
/// println!("{}", reply["id"]);
/// let value: Value = reply.into_value();
/// # drop(value);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct WithHead<T> {
    value: T,
    head: ResponseHead,
}

impl<T> WithHead<T> {
    /// Makes one of a value and the head of the response that it came with.
    #[must_use]
    pub fn from_parts(head: ResponseHead, value: T) -> Self {
        Self { value, head }
    }

    /// Returns the value.
    #[must_use]
    pub fn value(&self) -> &T {
        &self.value
    }

    /// Returns the value without the head.
    #[must_use]
    pub fn into_value(self) -> T {
        self.value
    }

    /// Returns the head and the value.
    #[must_use]
    pub fn into_parts(self) -> (ResponseHead, T) {
        (self.head, self.value)
    }

    /// Returns the same head with another value, which is made of this one.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> WithHead<U> {
        WithHead { value: change(self.value), head: self.head }
    }
}

head_accessors!([T] WithHead<T>, head);

impl<T> Deref for WithHead<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for WithHead<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for WithHead<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WithHead").field("head", &self.head).field("value", &self.value).finish()
    }
}
