//! Strings, numbers, booleans and enums.

use serde_json::{Number, Value};

use super::generator::{Generator, Spot};
use super::ids;
use super::merge::Merged;
use super::unfit::{Made, Unfit};
use crate::schema::pattern::Pattern;

/// A string that must be longer than this is not made.
const LONGEST: u64 = 10_000;
/// The largest integer that every JSON reader gets right.
const SAFE_INTEGER: f64 = 9_007_199_254_740_991.0;

impl<'a> Generator<'a> {
    /// One of the listed values; of the states of a job, the one in which it is done.
    pub(super) fn choice(&mut self, choices: &[&'a Value], spot: Spot<'_>) -> Made<Value> {
        let usual: &[&str] = match spot.name {
            "status" => &["completed", "succeeded", "processed", "active", "ready", "success"],
            "role" => &["assistant", "user", "member"],
            _ => &[],
        };
        let preferred = usual.iter().find_map(|usual| choices.iter().find(|choice| **choice == usual));
        let chosen = preferred.or_else(|| choices.get(self.rng.index(choices.len())));
        chosen.map(|choice| (*choice).clone()).ok_or(Unfit)
    }

    pub(super) fn boolean(&mut self, name: &str) -> bool {
        match name {
            "deleted" | "success" | "valid" => true,
            "has_more" | "flagged" => false,
            _ => self.rng.percent(50),
        }
    }

    pub(super) fn string(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        let least = merged.at_least("minLength");
        let most = merged.at_most("maxLength").unwrap_or(LONGEST).min(LONGEST);
        if least > most {
            return Err(Unfit);
        }
        if let Some(pattern) = merged.text("pattern").and_then(Pattern::parse) {
            return Ok(Value::from(pattern.sample(&mut self.rng)));
        }
        let text = match merged.text("format") {
            Some(format) => ids::formatted(format, spot.name, &mut self.rng),
            None => ids::text(spot.name, spot.kind, &mut self.rng),
        };
        let length = text.chars().count() as u64;
        let padding = "x".repeat(usize::try_from(least.saturating_sub(length)).unwrap_or(0));
        let fitted = text.chars().chain(padding.chars()).take(usize::try_from(most).unwrap_or(usize::MAX));
        Ok(Value::from(fitted.collect::<String>()))
    }

    pub(super) fn integer(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        let bounds = merged.bounds();
        let least = bounds.least.ceil() + f64::from(u8::from(bounds.open_below && bounds.least.fract() == 0.0));
        let most = bounds.most.floor() - f64::from(u8::from(bounds.open_above && bounds.most.fract() == 0.0));
        let wanted = if is_time(merged, spot.name) { self.time(spot.name) } else { self.count(spot.name) };
        let step = merged.float("multipleOf").filter(|step| *step >= 1.0).unwrap_or(1.0);
        let number = (wanted.clamp(least.min(most), most.max(least)) / step).ceil() * step;
        if least > most || number > most || number.abs() > SAFE_INTEGER {
            return Err(Unfit);
        }
        // In range by the check above, and without a fraction.
        #[allow(clippy::cast_possible_truncation)]
        Ok(Value::from(number as i64))
    }

    pub(super) fn number(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        if is_time(merged, spot.name) {
            return self.integer(merged, spot);
        }
        let bounds = merged.bounds();
        if bounds.least > bounds.most {
            return Err(Unfit);
        }
        // Quarters have an exact binary form, so they read back as they were written.
        let wanted = if ["temperature", "top_p"].contains(&spot.name) { 1.0 } else { self.count(spot.name) / 4.0 };
        let mut number = wanted.clamp(bounds.least, bounds.most);
        let closed_out = bounds.open_below && number <= bounds.least || bounds.open_above && number >= bounds.most;
        if closed_out {
            let finite = |bound: f64, other: f64| if bound.is_finite() { bound } else { other };
            number = f64::midpoint(finite(bounds.least, number - 2.0), finite(bounds.most, number + 2.0));
        }
        Number::from_f64(number).map(Value::Number).ok_or(Unfit)
    }

    /// A time that fits its name, in seconds.
    fn time(&mut self, name: &str) -> f64 {
        let now = ids::to_float(self.now);
        let offset = ids::to_float(self.rng.below(60));
        match name {
            name if name.starts_with("created") || name == "start_time" => now,
            name if name.starts_with("expires") => now + 86_400.0,
            _ => now + 1.0 + offset,
        }
    }

    fn count(&mut self, name: &str) -> f64 {
        match name {
            name if name.ends_with("index") || name == "sequence_number" => 0.0,
            // Nothing of a finished job is left over.
            "cancelled" | "canceled" | "failed" | "errored" | "expired" | "in_progress" => 0.0,
            "progress" => 100.0,
            _ => ids::to_float(1 + self.rng.below(100)),
        }
    }
}

fn is_time(merged: &Merged<'_>, name: &str) -> bool {
    merged.text("format") == Some("unixtime")
        || ["created", "start_time", "end_time"].contains(&name)
        || name.ends_with("_at")
}
