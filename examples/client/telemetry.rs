//! Spans and metrics of calls.
//!
//! `cargo run --example telemetry --features otel,tracing`
//!
//! A program sets up its subscriber and its meter provider, as those of opentelemetry-otlp. This one counts by the
//! exporter into memory, and prints what was measured.

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use tracing::{Instrument, info_span};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let exporter = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_reader(PeriodicReader::builder(exporter.clone()).build()).build();
    // Without a meter, calls use the provider of `opentelemetry::global::set_meter_provider`.
    let meter = opentelemetry::metrics::MeterProvider::meter(&provider, "my-program");
    let client = client.with_options(|options| options.meter(&meter))?;

    // The spans of calls are children of the span that they are awaited in.
    async {
        let call = client.chat().completions().create(model, [Message::user("Say this is a test")]);
        println!("{}", call.clone().send().await?.text());
        println!("{}", call.stream_events().await?.final_completion().await?.text());
        Ok::<_, openai_ext::Error>(())
    }
    .instrument(info_span!("answer"))
    .await?;

    provider.force_flush()?;
    for metrics in exporter.get_finished_metrics()? {
        for metric in metrics.scope_metrics().flat_map(|scope| scope.metrics()) {
            println!("{} in {}: {}", metric.name(), metric.unit(), metric.description());
        }
    }
    Ok(())
}
