//! The same without the tracing crate: nothing is told.

use std::time::Duration;

use crate::error::{Error, Redactor};
use crate::json::Misfit;

pub(crate) struct Trace;

impl Trace {
    pub(crate) fn attempt(_: u32) {}

    pub(crate) fn wait(_: &Error, _: Duration) {}

    pub(crate) fn misfits(_: &[Misfit], _: &Redactor) {}

    pub(crate) fn renewed(_: &Error) {}

    pub(crate) fn kept(_: &Error) {}
}

/// The span of a call, if only its metrics are told.
#[cfg(feature = "otel")]
#[derive(Clone, Default)]
pub(crate) struct NoSpan(());

#[cfg(feature = "otel")]
impl NoSpan {
    pub(crate) fn enclose<F: Future>(&self, future: F) -> F {
        future
    }

    pub(crate) fn fact(&self, _: &super::facts::Fact<'_>) {}

    pub(crate) fn outcome(&self, _: Option<http::StatusCode>, _: Option<&str>, _: u32) {}

    pub(crate) fn answered(&self, _: http::StatusCode) {}

    pub(crate) fn first_event(&self) {}

    pub(crate) fn ended(&self, _: u64) {}

    pub(crate) fn ended_early(&self, _: u64) {}

    pub(crate) fn failed(&self, _: &Error) {}
}
