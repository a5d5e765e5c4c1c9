//! The same without metrics.

use crate::error::Error;
use crate::exchange::channel::Channel;
use crate::request::inputs::CallInputs;
use crate::trace::Measurement;

pub(super) fn measure(_: &Channel, _: &CallInputs) -> Measurement {
    Measurement::default()
}

pub(crate) fn retried(_: &Channel, _: &CallInputs, _: &Error) {}
