//! The same without the opentelemetry crate: nothing is measured.

#[cfg(feature = "tracing")]
use super::facts::Fact;

#[derive(Clone, Default)]
pub(crate) struct NoMeters(());

#[cfg(feature = "tracing")]
#[derive(Default)]
pub(crate) struct NoMeasurement(());

#[cfg(feature = "tracing")]
impl NoMeasurement {
    pub(super) fn fact(&mut self, _: &Fact<'_>) {}

    pub(super) fn first_event(&mut self) {}

    pub(super) fn end(&mut self, _: Option<String>) {}
}
