//! The generator: unions settled, schemas merged, values made.

use serde_json::Value;

use super::hints::{self, Hints};
use super::ids;
use super::merge::{self, Merged};
use super::unfit::{Made, Unfit};
use crate::schema::rng::Rng;

/// Values deeper than this end: optional fields are left out, lists are empty, unions take a flatter variant.
const MAX_DEPTH: usize = 12;
/// Steps that one call may take; a page of the API's own answers takes some hundreds.
const BUDGET: usize = 500_000;
/// The same for a user's schema, of a tool or of a structured output, which may ask for anything.
const FOREIGN_BUDGET: usize = 20_000;

/// A generator of values for the schemas below `root`.
pub(crate) struct Generator<'a> {
    pub(super) root: &'a Value,
    pub(super) hints: Hints,
    pub(super) rng: Rng,
    /// The time of the whole answer, so that `created_at` and `expires_at` go together.
    pub(super) now: u64,
    budget: usize,
}

/// The place that a value goes to: strings and times are made up by their names.
#[derive(Clone, Copy)]
pub(super) struct Spot<'n> {
    pub(super) name: &'n str,
    /// The kind of the object around it, by its `object` or `type` field or its schema's name.
    pub(super) kind: &'n str,
    pub(super) depth: usize,
}

impl<'a> Generator<'a> {
    pub(crate) fn new(root: &'a Value, mut rng: Rng, hints: Hints) -> Self {
        let now = ids::time(&mut rng);
        let budget = if hints.foreign { FOREIGN_BUDGET } else { BUDGET };
        Self { root, hints, rng, now, budget }
    }

    /// The same with another time.
    pub(crate) fn at(mut self, now: u64) -> Self {
        self.now = now;
        self
    }

    /// The time that the generated values agree on.
    pub(crate) fn now(&self) -> u64 {
        self.now
    }

    /// A value for `schema`, none if there is none that could be found.
    pub(crate) fn generate(&mut self, schema: &'a Value) -> Option<Value> {
        self.value(&[schema], Spot { name: "", kind: "", depth: 0 }).ok()
    }

    /// A value that fits all of `schemas`.
    pub(super) fn value(&mut self, schemas: &[&'a Value], spot: Spot<'_>) -> Made<Value> {
        self.spend()?;
        let nullable = !schemas.is_empty() && schemas.iter().all(|schema| merge::is_nullable(self.root, schema));
        if let Some(hint) = self.hints.find(spot.name, spot.depth, self.root, schemas) {
            return Ok(hint);
        }
        if nullable && hints::is_quiet(spot.name) {
            return Ok(Value::Null);
        }
        let made = if spot.depth > MAX_DEPTH { Err(Unfit) } else { self.fitting(schemas, spot) };
        if made.is_err() && nullable { Ok(Value::Null) } else { made }
    }

    /// Without this, unions of unions could be tried for ever.
    pub(super) fn spend(&mut self) -> Made<()> {
        self.budget = self.budget.checked_sub(1).ok_or(Unfit)?;
        Ok(())
    }

    pub(super) fn fitting(&mut self, schemas: &[&'a Value], spot: Spot<'_>) -> Made<Value> {
        let mut merged = Merged::default();
        for schema in schemas {
            merged.add(self.root, schema)?;
        }
        self.build(merged, spot)
    }

    /// Settles the unions one by one, each with its first variant that works out, then makes the value.
    fn build(&mut self, mut merged: Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        let Some(variants) = merged.unions.pop() else {
            return self.plain(&merged, spot);
        };
        for variant in merge::ordered(variants) {
            self.spend()?;
            let mut candidate = merged.clone();
            if candidate.add(self.root, variant).is_err() {
                continue;
            }
            if let Ok(value) = self.build(candidate, spot) {
                return Ok(value);
            }
        }
        Err(Unfit)
    }

    fn plain(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        if let Some(choices) = &merged.choices {
            return self.choice(choices, spot);
        }
        match merged.kind() {
            "object" => self.object(merged, spot),
            "array" => self.array(merged, spot),
            "boolean" => Ok(Value::Bool(self.boolean(spot.name))),
            "integer" => self.integer(merged, spot),
            "number" => self.number(merged, spot),
            "null" => Ok(Value::Null),
            _ => self.string(merged, spot),
        }
    }
}
