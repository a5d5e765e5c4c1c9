//! Schemas taken together: `$ref` followed, `allOf` merged, unions set aside.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::unfit::{Made, Unfit};
use crate::schema::reference::{follow, resolve};
use crate::schema::validate::NumberBounds;

/// The demands that several schemas make together of one value.
#[derive(Clone, Default)]
pub(super) struct Merged<'a> {
    types: Option<Vec<&'a str>>,
    /// The values allowed, if the schemas list them.
    pub(super) choices: Option<Vec<&'a Value>>,
    pub(super) properties: BTreeMap<&'a str, Vec<&'a Value>>,
    pub(super) required: BTreeSet<&'a str>,
    /// Fields that must not all be there (`not: {required: […]}`); only required ones of them are made.
    pub(super) exclusive: BTreeSet<&'a str>,
    pub(super) unions: Vec<&'a Vec<Value>>,
    pub(super) items: Vec<&'a Value>,
    pub(super) additional: Vec<&'a Value>,
    /// The name of the component, if a `$ref` led here.
    pub(super) name: Option<&'a str>,
    parts: Vec<&'a Value>,
    steps: usize,
}

/// A schema of this API is merged from at most a dozen parts; more means that it contains itself.
const MAX_STEPS: usize = 200;

impl<'a> Merged<'a> {
    pub(super) fn add(&mut self, root: &'a Value, schema: &'a Value) -> Made<()> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(Unfit);
        }
        if let Some(reference) = schema["$ref"].as_str() {
            self.name = self.name.or(reference.rsplit('/').next());
            return self.add(root, resolve(root, reference).ok_or(Unfit)?);
        }
        self.parts.push(schema);
        self.add_types(schema)?;
        self.add_choices(schema)?;
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.properties.entry(name).or_default().push(property);
        }
        self.required.extend(names(&schema["required"]));
        self.exclusive.extend(names(&schema["not"]["required"]));
        self.unions.extend(["anyOf", "oneOf"].iter().filter_map(|keyword| schema[*keyword].as_array()));
        self.items.extend(schema.get("items"));
        self.additional.extend(schema.get("additionalProperties").filter(|extra| extra.is_object()));
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(root, part)?;
        }
        Ok(())
    }

    /// The steps that it takes to merge or copy it.
    pub(super) fn size(&self) -> usize {
        let properties: usize = self.properties.values().map(Vec::len).sum();
        properties + self.required.len() + self.parts.len() + self.choices.as_ref().map_or(0, Vec::len)
    }

    fn add_types(&mut self, schema: &'a Value) -> Made<()> {
        let types: Vec<&str> = match &schema["type"] {
            Value::String(kind) => vec![kind],
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            _ => return Ok(()),
        };
        let both = match &self.types {
            Some(known) => known.iter().copied().filter_map(|known| narrower(known, &types)).collect(),
            None => types,
        };
        if both.is_empty() {
            return Err(Unfit);
        }
        self.types = Some(both);
        Ok(())
    }

    fn add_choices(&mut self, schema: &'a Value) -> Made<()> {
        let listed = schema["enum"].as_array().map(|allowed| allowed.iter().collect::<Vec<_>>());
        let Some(allowed) = listed.or_else(|| schema.get("const").map(|only| vec![only])) else {
            return Ok(());
        };
        let both: Vec<_> = match &self.choices {
            Some(known) => known.iter().copied().filter(|value| allowed.contains(value)).collect(),
            None => allowed,
        };
        if both.is_empty() {
            return Err(Unfit);
        }
        self.choices = Some(both);
        Ok(())
    }

    /// The type of the value to make: as the schemas say, or as their other keywords suggest.
    pub(super) fn kind(&self) -> &'a str {
        let named = self.types.as_ref().and_then(|types| types.iter().find(|kind| **kind != "null").or(types.first()));
        match named {
            Some(kind) => kind,
            None if !self.properties.is_empty() || !self.required.is_empty() || !self.additional.is_empty() => "object",
            None if !self.items.is_empty() => "array",
            None => "string",
        }
    }

    /// The largest of a lower bound's values, or 0.
    pub(super) fn at_least(&self, keyword: &str) -> u64 {
        self.parts.iter().filter_map(|part| part[keyword].as_u64()).max().unwrap_or(0)
    }

    /// The smallest of an upper bound's values.
    pub(super) fn at_most(&self, keyword: &str) -> Option<u64> {
        self.parts.iter().filter_map(|part| part[keyword].as_u64()).min()
    }

    pub(super) fn text(&self, keyword: &str) -> Option<&'a str> {
        self.parts.iter().find_map(|part| part[keyword].as_str())
    }

    pub(super) fn float(&self, keyword: &str) -> Option<f64> {
        self.parts.iter().find_map(|part| part[keyword].as_f64())
    }

    pub(super) fn bounds(&self) -> NumberBounds {
        let unbounded = NumberBounds::of(&Value::Null);
        self.parts.iter().map(|part| NumberBounds::of(part)).fold(unbounded, |all, one| NumberBounds {
            least: all.least.max(one.least),
            most: all.most.min(one.most),
            open_below: if one.least > all.least { one.open_below } else { all.open_below },
            open_above: if one.most < all.most { one.open_above } else { all.open_above },
        })
    }
}

/// True if null fits the schema.
pub(crate) fn is_nullable(root: &Value, schema: &Value) -> bool {
    follow(root, schema).is_some_and(|schema| {
        let kinds = schema["type"].as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "null"));
        let nullable = |schema: &Value| schema["nullable"] == true || schema["type"] == "null";
        kinds || nullable(schema) || schema["anyOf"].as_array().is_some_and(|variants| variants.iter().any(nullable))
    })
}

/// The variants in the order to try them: as the document has them, but named values before free text, which is how it
/// writes an open enum.
pub(super) fn ordered(variants: &[Value]) -> impl Iterator<Item = &Value> {
    let texts = variants.iter().all(|variant| variant["type"] == "string");
    let listed = move |variant: &&Value| texts && variant.get("enum").is_some();
    variants.iter().filter(listed).chain(variants.iter().filter(move |variant| !listed(variant)))
}

/// The rest of one type if the value must also be one of `types`.
fn narrower<'a>(known: &'a str, types: &[&'a str]) -> Option<&'a str> {
    let pair = |a, b| known == a && types.contains(&b) || known == b && types.contains(&a);
    if types.contains(&known) { Some(known) } else { pair("integer", "number").then_some("integer") }
}

fn names(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
