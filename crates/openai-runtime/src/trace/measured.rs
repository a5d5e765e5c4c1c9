//! The metrics of calls, by the opentelemetry crate, with the names of OpenTelemetry's conventions for generative AI.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use opentelemetry::metrics::{Counter, Histogram, Meter};
use opentelemetry::{InstrumentationScope, KeyValue, global};

use super::facts::{Fact, error_type};
use crate::error::Error;
use crate::io::clock::Clock;

/// The bounds of the buckets for times in seconds, as the conventions have them.
const SECONDS: [f64; 14] = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// The number of bounds of the buckets for tokens: the powers of 4 from 1 on.
const TOKEN_BOUNDS: i32 = 14;

/// The facts about a call that are known before it is sent.
pub(crate) struct CallFacts<'a> {
    pub(crate) operation: &'static str,
    pub(crate) provider: &'a str,
    pub(crate) model: Option<String>,
    pub(crate) address: &'a str,
    pub(crate) port: u16,
}

/// The instruments of a client's calls, made at its first call.
#[derive(Clone, Default)]
pub(crate) struct Meters(Arc<OnceLock<Instruments>>);

struct Instruments {
    tokens: Histogram<u64>,
    duration: Histogram<f64>,
    first_chunk: Histogram<f64>,
    retries: Counter<u64>,
}

/// The measurement of one call.
#[derive(Default)]
pub(crate) struct Measurement(Option<Started>);

struct Started {
    meters: Meters,
    clock: Arc<dyn Clock>,
    since: Duration,
    attributes: Vec<KeyValue>,
    /// Of the response.
    model: Option<String>,
    input_tokens: Option<u64>,
    output_tokens: Option<u64>,
    first_chunk: Option<Duration>,
}

impl Meters {
    /// Returns the instruments of a meter.
    pub(crate) fn of(meter: &Meter) -> Self {
        Self(Arc::new(OnceLock::from(Instruments::new(meter))))
    }

    /// Counts an attempt that is made because of this error.
    pub(crate) fn retried(&self, facts: &CallFacts<'_>, error: &Error) {
        let mut attributes = attributes(facts);
        attributes.push(KeyValue::new("error.type", error_type(error)));
        self.instruments().retries.add(1, &attributes);
    }

    fn instruments(&self) -> &Instruments {
        self.0.get_or_init(|| {
            let scope = InstrumentationScope::builder("openai-ext").with_version(env!("CARGO_PKG_VERSION")).build();
            Instruments::new(&global::meter_with_scope(scope))
        })
    }
}

impl Instruments {
    fn new(meter: &Meter) -> Self {
        let seconds = |name, description| {
            let histogram = meter.f64_histogram(name).with_unit("s").with_description(description);
            histogram.with_boundaries(SECONDS.to_vec()).build()
        };
        Self {
            tokens: meter
                .u64_histogram("gen_ai.client.token.usage")
                .with_unit("{token}")
                .with_description("Number of input and output tokens used.")
                .with_boundaries((0..TOKEN_BOUNDS).map(|power| 4_f64.powi(power)).collect())
                .build(),
            duration: seconds("gen_ai.client.operation.duration", "Duration of an operation."),
            first_chunk: seconds(
                "gen_ai.client.operation.time_to_first_chunk",
                "Time from the begin of a streamed operation to its first event.",
            ),
            retries: meter
                .u64_counter("openai.client.retries")
                .with_unit("{retry}")
                .with_description("Number of attempts that followed a failed one.")
                .build(),
        }
    }
}

impl Measurement {
    /// Begins the measurement of a call.
    pub(crate) fn begin(meters: &Meters, clock: &Arc<dyn Clock>, facts: &CallFacts<'_>) -> Self {
        Self(Some(Started {
            meters: meters.clone(),
            clock: Arc::clone(clock),
            since: clock.elapsed(),
            attributes: attributes(facts),
            model: None,
            input_tokens: None,
            output_tokens: None,
            first_chunk: None,
        }))
    }

    /// Notes a fact about the response. Servers that count as they go send the usage several times: the last one counts.
    pub(super) fn fact(&mut self, fact: &Fact<'_>) {
        let Some(started) = &mut self.0 else { return };
        match fact {
            Fact::Id(_) => {}
            Fact::Model(model) => started.model = Some((*model).to_owned()),
            Fact::InputTokens(count) => started.input_tokens = Some(*count),
            Fact::OutputTokens(count) => started.output_tokens = Some(*count),
        }
    }

    /// The first event of a stream came.
    pub(super) fn first_event(&mut self) {
        if let Some(started) = &mut self.0 {
            started.first_chunk = Some(started.elapsed());
        }
    }

    /// Records the measurement, with the class of the error that ended the call.
    pub(super) fn end(&mut self, error: Option<String>) {
        let Some(mut started) = self.0.take() else { return };
        let duration = started.elapsed();
        let mut attributes = std::mem::take(&mut started.attributes);
        attributes.extend(started.model.map(|model| KeyValue::new("gen_ai.response.model", model)));
        let instruments = started.meters.instruments();
        if let Some(time) = started.first_chunk {
            instruments.first_chunk.record(time.as_secs_f64(), &attributes);
        }
        for (kind, count) in [("input", started.input_tokens), ("output", started.output_tokens)] {
            if let Some(count) = count {
                let kind = KeyValue::new("gen_ai.token.type", kind);
                instruments.tokens.record(count, &[&attributes[..], &[kind]].concat());
            }
        }
        attributes.extend(error.map(|error| KeyValue::new("error.type", error)));
        instruments.duration.record(duration.as_secs_f64(), &attributes);
    }
}

impl Started {
    fn elapsed(&self) -> Duration {
        self.clock.elapsed().saturating_sub(self.since)
    }
}

/// The attributes of all metrics of a call.
fn attributes(facts: &CallFacts<'_>) -> Vec<KeyValue> {
    let mut attributes = vec![
        KeyValue::new("gen_ai.operation.name", facts.operation),
        KeyValue::new("gen_ai.provider.name", facts.provider.to_owned()),
        KeyValue::new("server.address", facts.address.to_owned()),
        KeyValue::new("server.port", i64::from(facts.port)),
    ];
    attributes.extend(facts.model.clone().map(|model| KeyValue::new("gen_ai.request.model", model)));
    attributes
}
