//! Logs to stderr for those who have no subscriber of their own.

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Writes what calls do to stderr, if `OPENAI_LOG` is `info` or `debug`. Tells whether it does.
///
/// No body and no secret is written. A program with a subscriber of its own need not call this: it gets the same spans
/// and events.
pub fn init_logging() -> bool {
    let Some(level) = level(std::env::var("OPENAI_LOG").ok().as_deref()) else { return false };
    let targets = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level).with_target("openai_ext", level);
    let layer = fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(targets).with(layer).try_init().is_ok()
}

fn level(text: Option<&str>) -> Option<LevelFilter> {
    match text?.trim().to_ascii_lowercase().as_str() {
        "debug" => Some(LevelFilter::DEBUG),
        "info" => Some(LevelFilter::INFO),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels() {
        assert_eq!(level(Some("debug")), Some(LevelFilter::DEBUG));
        assert_eq!(level(Some(" INFO ")), Some(LevelFilter::INFO));
        assert_eq!([level(None), level(Some("")), level(Some("loud"))], [None, None, None]);
    }

    #[test]
    fn without_the_variable_nothing_is_set_up() {
        if std::env::var_os("OPENAI_LOG").is_none() {
            assert!(!init_logging());
        }
    }
}
