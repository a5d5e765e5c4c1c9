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
/// The same for a user's schema, of a tool or of a structured output, which may ask for anything. There each property of
/// an object that is begun is a step too, whether it is made or not.
const FOREIGN_BUDGET: usize = 50_000;
/// These steps are for required fields only.
const RESERVE: usize = 2_000;

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
        self.charge(1)
    }

    fn charge(&mut self, steps: usize) -> Made<()> {
        let left = self.budget.checked_sub(steps);
        self.budget = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Unfit)
    }

    /// Takes the steps of a schema that was merged or copied. A schema with a thousand optional fields, each of which is the
    /// schema again, would else be merged for each of them.
    fn charge_for(&mut self, merged: &Merged<'a>) -> Made<()> {
        if self.hints.foreign { self.charge(merged.size()) } else { Ok(()) }
    }

    /// Returns if an optional field of a user's schema may be made: the required ones need what is left.
    pub(super) fn has_spare(&self) -> bool {
        !self.hints.foreign || self.budget > RESERVE
    }

    /// A value that may be left out. Of a user's schema it takes at most half of the steps that are left, so that the required
    /// fields behind it can be made.
    pub(super) fn optional(&mut self, schemas: &[&'a Value], spot: Spot<'_>) -> Option<Value> {
        if !self.hints.foreign {
            return self.value(schemas, spot).ok();
        }
        let kept = (self.budget / 2).max(RESERVE).min(self.budget);
        self.budget -= kept;
        let made = self.value(schemas, spot).ok();
        self.budget += kept;
        made
    }

    pub(super) fn fitting(&mut self, schemas: &[&'a Value], spot: Spot<'_>) -> Made<Value> {
        let mut merged = Merged::default();
        let added = schemas.iter().try_for_each(|schema| merged.add(self.root, schema));
        // Also what can't be merged took its steps.
        self.charge_for(&merged)?;
        added?;
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
            let added = candidate.add(self.root, variant);
            self.charge_for(&candidate)?;
            if added.is_err() {
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

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;

    /// The steps that a user's schema takes, and its value.
    fn made(schema: &Value) -> (usize, Option<Value>) {
        let hints = Hints { foreign: true, ..Hints::default() };
        let mut generator = Generator::new(schema, Rng::new(0, "", 0), hints);
        let value = generator.generate(schema);
        (FOREIGN_BUDGET - generator.budget, value)
    }

    /// A schema with this many fields, each of which is the schema again in some form.
    fn round(count: usize, field: &Value, required: bool) -> Value {
        let mut fields: Map<String, Value> = (0..count).map(|at| (format!("f{at:04}"), field.clone())).collect();
        fields.insert("zz".into(), json!({"type": "string"}));
        let mut schema = json!({"type": "object", "properties": fields, "required": ["zz"]});
        if required {
            schema["required"] = json!(["f0000", "zz"]);
        }
        schema
    }

    #[test]
    fn a_schema_that_is_in_itself_a_thousand_times_takes_a_bounded_time() {
        let forms = [
            json!({"$ref": "#"}),
            json!({"type": "array", "minItems": 3, "items": {"$ref": "#"}}),
            json!({"anyOf": [{"$ref": "#"}, {"$ref": "#"}, {"type": "null"}]}),
            json!({"allOf": [{"$ref": "#"}, {"$ref": "#"}]}),
        ];
        for form in &forms {
            for count in [1, 10, 1000, 5000] {
                let (steps, value) = made(&round(count, form, false));
                // Each step is a property that was looked at, so that this is all the work there is.
                assert!(steps <= FOREIGN_BUDGET, "{form} {count}: {steps}");
                let value = value.unwrap_or_else(|| panic!("{form} {count}: no value"));
                assert!(value["zz"].is_string(), "{form} {count}: the required field is made");
            }
        }
        let fields: Map<String, Value> = (0..1000).map(|at| (format!("f{at}"), json!({"$ref": "#/$defs/a"}))).collect();
        let endless = json!({"properties": fields, "allOf": [{"$ref": "#/$defs/a"}]});
        let (steps, _) = made(&json!({"type": "object", "properties": fields, "$defs": {"a": endless}}));
        assert!(steps <= FOREIGN_BUDGET, "{steps}");
        // A required field without an end has no value, which is found in the same time.
        for form in &forms[..1] {
            assert_eq!(made(&round(1000, form, true)).1, None);
        }
    }

    #[test]
    fn optional_fields_of_a_usual_schema_are_made() {
        let leaf = json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}});
        let schema = json!({"type": "object", "properties": {"x": {"type": "object", "properties": {"y": leaf}}}});
        let value = made(&schema).1.unwrap_or_default();
        assert!(value["x"]["y"]["a"].is_string() && value["x"]["y"]["b"].is_i64(), "{value}");
    }
}
