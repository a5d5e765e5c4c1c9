//! The measurement of a call.

use super::names::operation;
use crate::error::Error;
use crate::exchange::channel::Channel;
use crate::request::inputs::CallInputs;
use crate::trace::{CallFacts, Measurement};

/// Begins the measurement of a call.
pub(super) fn measure(channel: &Channel, inputs: &CallInputs) -> Measurement {
    Measurement::begin(&channel.defaults.meters, &channel.clock, &facts(channel, inputs))
}

/// Counts an attempt that is made because of this error.
pub(crate) fn retried(channel: &Channel, inputs: &CallInputs, error: &Error) {
    channel.defaults.meters.retried(&facts(channel, inputs), error);
}

fn facts<'a>(channel: &'a Channel, inputs: &CallInputs) -> CallFacts<'a> {
    CallFacts {
        operation: operation(inputs.endpoint),
        provider: channel.provider_name(),
        model: inputs.text_member("model"),
        address: channel.base.host(),
        port: channel.base.port(),
    }
}
