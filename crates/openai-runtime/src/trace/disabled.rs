//! The same without the tracing crate: nothing is told.

use std::time::Duration;

use crate::error::{Error, Redactor};
use crate::json::Misfit;

pub(crate) struct Trace;

#[derive(Default)]
pub(crate) struct StreamSpan(());

impl Trace {
    pub(crate) fn attempt(_: u32) {}

    pub(crate) fn wait(_: &Error, _: Duration) {}

    pub(crate) fn misfits(_: &[Misfit], _: &Redactor) {}

    pub(crate) fn renewed(_: &Error) {}

    pub(crate) fn kept(_: &Error) {}
}

impl StreamSpan {
    pub(crate) fn event(&mut self, _: &[u8]) {}

    pub(crate) fn ended(&mut self) {}

    pub(crate) fn failed(&mut self, _: &Error) {}
}
