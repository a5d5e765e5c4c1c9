//! The same without telemetry: nothing is told.

use crate::error::Error;

#[derive(Default)]
pub(crate) struct StreamSpan(());

impl StreamSpan {
    pub(crate) fn body(&mut self, _: &[u8]) {}

    pub(crate) fn event(&mut self, _: &[u8]) {}

    pub(crate) fn ended(&mut self) {}

    pub(crate) fn failed(&mut self, _: &Error) {}
}
