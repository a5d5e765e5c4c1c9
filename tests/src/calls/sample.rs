//! Requests made of the document's schemas: with what is required only, or with everything that may be set.

use serde_json::{Map, Value, json};

/// The extent of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill {
    /// The members that the document requires.
    Required,
    /// Every field and parameter, down to the depth at which schemas begin to repeat themselves.
    All,
}

/// Everything an operation is called with.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// Parameters of the path.
    pub path: Map<String, Value>,
    /// Parameters of the query.
    pub query: Map<String, Value>,
    /// Headers.
    pub header: Map<String, Value>,
    /// The body, if the operation has one.
    pub body: Option<Value>,
}

/// Makes samples. Of several choices another one is taken in each round, so that some rounds visit them all.
#[derive(Debug)]
pub struct Sampler<'a> {
    document: &'a Value,
    fill: Fill,
    round: usize,
    /// Components being made, so that one that contains itself ends.
    open: Vec<&'a str>,
    with: &'a [&'a str],
    avoid: &'a [&'a str],
}

/// Deeper than this only what is required is made.
const OPTIONAL_DEPTH: usize = 8;
/// The number of times that a component may contain itself.
const REPEATS: usize = 2;

/// The schemas that apply to one value: `$ref` and `allOf` followed, one variant of each union taken.
#[derive(Default)]
struct Together<'a> {
    parts: Vec<&'a Value>,
    properties: Vec<(&'a str, Vec<&'a Value>)>,
    required: Vec<&'a str>,
    /// Fields that another variant would require.
    excluded: Vec<&'a str>,
    names: Vec<&'a str>,
}

impl<'a> Sampler<'a> {
    /// A sampler of a document in OpenAPI 3.0.
    #[must_use]
    pub fn new(document: &'a Value, fill: Fill, round: usize) -> Self {
        Self { document, fill, round, open: Vec::new(), with: &[], avoid: &[] }
    }

    /// Makes these fields of the body too, whatever the document requires.
    #[must_use]
    pub fn with(self, fields: &'a [&'a str]) -> Self {
        Self { with: fields, ..self }
    }

    /// Makes no variant, no field and no value of these names: `Component`, `Component.field`, `Component.field=value`,
    /// where the component of a value is the innermost one that has a name.
    #[must_use]
    pub fn avoiding(self, names: &'a [&'a str]) -> Self {
        Self { avoid: names, ..self }
    }

    /// A value of a component schema.
    #[must_use]
    pub fn component(mut self, name: &str) -> Option<Value> {
        let schema = self.document.get("components")?.get("schemas")?.get(name)?;
        self.value("", &[schema], 0)
    }

    /// A request of an operation, which is an object of the document's `paths`; `media` is the body's to be made.
    #[must_use]
    pub fn request(mut self, operation: &'a Value, media: Option<&str>) -> Sample {
        let mut sample = Sample::default();
        for parameter in operation.get("parameters").and_then(Value::as_array).into_iter().flatten() {
            let parameter = self.follow(parameter);
            let (Some(name), Some(schema)) = (text(parameter, "name"), parameter.get("schema")) else { continue };
            let place = text(parameter, "in").unwrap_or_default();
            if self.fill == Fill::Required && parameter.get("required") != Some(&Value::Bool(true)) {
                continue;
            }
            let values = match place {
                "path" => &mut sample.path,
                "header" => &mut sample.header,
                _ => &mut sample.query,
            };
            if let Some(value) = self.value(name, &[schema], 0) {
                values.insert(name.to_owned(), value);
            }
        }
        let content = operation.get("requestBody").map(|body| self.follow(body)).and_then(|body| body.get("content"));
        let schema = content.zip(media).and_then(|(content, media)| content.get(media)?.get("schema"));
        sample.body = schema.and_then(|schema| self.value("", &[schema], 0));
        sample
    }

    /// A value that fits all of the schemas, or none if it would contain itself without an end. Never null.
    fn value(&mut self, name: &str, schemas: &[&'a Value], depth: usize) -> Option<Value> {
        let mut together = Together::default();
        for schema in schemas {
            self.add(schema, &mut together)?;
        }
        let repeats =
            together.names.iter().any(|name| self.open.iter().filter(|open| *open == name).count() >= REPEATS);
        if repeats {
            return None;
        }
        let before = self.open.len();
        self.open.extend(&together.names);
        let value = self.make(name, &together, depth);
        self.open.truncate(before);
        value
    }

    fn make(&mut self, name: &str, together: &Together<'a>, depth: usize) -> Option<Value> {
        let choices = together.parts.iter().filter_map(|part| part.get("enum").and_then(Value::as_array));
        if let Some(choices) = choices.min_by_key(|choices| choices.len()) {
            let choices = choices.iter().filter(|choice| !choice.is_null() && !self.avoids(name, choice));
            let choices: Vec<&Value> = choices.collect();
            return choices.get(self.round % choices.len().max(1)).map(|choice| (*choice).clone());
        }
        match together.kind() {
            "object" => self.object(together, depth),
            "array" => self.array(name, together, depth),
            "boolean" => Some(json!(self.round.is_multiple_of(2))),
            "integer" => Some(json!(together.number(true) as i64)),
            "number" => Some(json!(together.number(false))),
            _ => Some(json!(together.string(name))),
        }
    }

    /// Says if an enum's value is one of those that are not made.
    fn avoids(&self, name: &str, choice: &Value) -> bool {
        let (Some(owner), Some(choice)) = (self.open.last(), choice.as_str()) else { return false };
        self.avoid.contains(&&*format!("{owner}.{name}={choice}"))
    }

    fn object(&mut self, together: &Together<'a>, depth: usize) -> Option<Value> {
        let mut object = Map::new();
        let not = together.parts.iter().flat_map(|part| texts(&part["not"]["required"]));
        let excluded: Vec<&str> = not.chain(together.excluded.iter().copied()).collect();
        let least = together.least("minProperties").unwrap_or(0) as usize;
        for (name, schemas) in &together.properties {
            let required = together.required.contains(name) || (depth == 0 && self.with.contains(name));
            let avoided = together.names.iter().any(|owner| self.avoid.contains(&&*format!("{owner}.{name}")));
            let wanted = self.fill == Fill::All && depth < OPTIONAL_DEPTH && !excluded.contains(name) && !avoided;
            if !required && !wanted && object.len() >= least {
                continue;
            }
            match self.value(name, schemas, depth + 1) {
                Some(value) => drop(object.insert((*name).to_owned(), value)),
                None if required => return None,
                None => {}
            }
        }
        let additional = together.parts.iter().filter_map(|part| part.get("additionalProperties"));
        let additional: Vec<&Value> = additional.filter(|schema| schema.is_object()).collect();
        if together.properties.is_empty() && !additional.is_empty() && self.fill == Fill::All {
            let value = self.value("value", &additional, depth + 1)?;
            object.insert("key".into(), value);
        }
        Some(Value::Object(object))
    }

    fn array(&mut self, name: &str, together: &Together<'a>, depth: usize) -> Option<Value> {
        let items: Vec<&Value> = together.parts.iter().filter_map(|part| part.get("items")).collect();
        let least = together.least("minItems").unwrap_or(0);
        let count = if self.fill == Fill::All { least.max(2) } else { least.max(1) };
        let count = count.min(together.most("maxItems").unwrap_or(u64::MAX));
        let mut array = Vec::new();
        for index in 0..count {
            // Neighbours differ, as far as there is a choice.
            self.round += index as usize;
            let item = self.value(name, &items, depth + 1);
            self.round -= index as usize;
            match item {
                Some(item) => array.push(item),
                None if array.len() as u64 >= least => break,
                None => return None,
            }
        }
        Some(Value::Array(array))
    }

    /// Adds a schema with what it refers to and is made of.
    fn add(&mut self, schema: &'a Value, together: &mut Together<'a>) -> Option<()> {
        if let Some(reference) = text(schema, "$ref") {
            together.names.extend(reference.rsplit('/').next());
            return self.add(self.document.pointer(reference.strip_prefix('#')?)?, together);
        }
        together.parts.push(schema);
        together.required.extend(texts(&schema["required"]));
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            match together.properties.iter_mut().find(|(known, _)| *known == name) {
                Some((_, schemas)) => schemas.push(property),
                None => together.properties.push((name, vec![property])),
            }
        }
        for part in schema["allOf"].as_array().into_iter().flatten() {
            self.add(part, together)?;
        }
        for union in ["oneOf", "anyOf"].iter().filter_map(|keyword| schema[*keyword].as_array()) {
            self.add_variant(union, together)?;
        }
        Some(())
    }

    /// Adds the variant of this round, or the next one that can be made.
    fn add_variant(&mut self, union: &'a [Value], together: &mut Together<'a>) -> Option<()> {
        for offset in 0..union.len() {
            let variant = &union[(self.round + offset) % union.len()];
            let repeats = text(variant, "$ref").and_then(|reference| reference.rsplit('/').next());
            let ends = repeats.is_none_or(|name| !self.open.contains(&name) && !self.avoid.contains(&name));
            // A whole number is a number too, and would be two variants at once.
            let twice = variant["type"] == "integer" && union.iter().any(|other| other["type"] == "number");
            if ends && !twice && variant["type"] != "null" {
                // Variants that only require something exclude what the others require.
                let others = union.iter().filter(|other| !std::ptr::eq(*other, variant));
                let others = others.filter(|other| other.get("type").is_none() && other.get("$ref").is_none());
                together.excluded.extend(others.flat_map(|other| texts(&other["required"])));
                return self.add(variant, together);
            }
        }
        None
    }

    fn follow(&self, value: &'a Value) -> &'a Value {
        let target = text(value, "$ref").and_then(|reference| self.document.pointer(reference.strip_prefix('#')?));
        target.unwrap_or(value)
    }
}

impl<'a> Together<'a> {
    fn kind(&self) -> &'a str {
        let named = self.parts.iter().find_map(|part| text(part, "type"));
        named.unwrap_or(if self.properties.is_empty() { "string" } else { "object" })
    }

    fn least(&self, keyword: &str) -> Option<u64> {
        self.parts.iter().filter_map(|part| part[keyword].as_u64()).max()
    }

    fn most(&self, keyword: &str) -> Option<u64> {
        self.parts.iter().filter_map(|part| part[keyword].as_u64()).min()
    }

    /// A number between its bounds; without bounds, one.
    fn number(&self, whole: bool) -> f64 {
        let bound = |keyword: &str| self.parts.iter().find_map(|part| part[keyword].as_f64());
        let open = |keyword: &str| self.parts.iter().any(|part| part[keyword] == true);
        let step = if whole { 1.0 } else { 0.25 };
        // A number that is whole would be an integer as well.
        let mut number = if whole { 1.0_f64 } else { 1.5 };
        if let Some(least) = bound("minimum") {
            number = number.max(if open("exclusiveMinimum") { least + step } else { least });
        }
        if let Some(most) = bound("maximum") {
            number = number.min(if open("exclusiveMaximum") { most - step } else { most });
        }
        number
    }

    fn string(&self, name: &str) -> String {
        let known = |keyword: &str| self.parts.iter().find_map(|part| text(part, keyword));
        let text = match known("format") {
            Some("uri") => "https://example.com/a".to_owned(),
            Some("date") => "2026-01-01".to_owned(),
            Some("date-time") => "2026-01-01T00:00:00Z".to_owned(),
            Some("byte") => "AAAA".to_owned(),
            _ => match known("pattern") {
                Some(pattern) => matching(pattern),
                None => format!("{}text", if name.is_empty() { String::new() } else { format!("{name} ") }),
            },
        };
        let least = self.least("minLength").unwrap_or(0) as usize;
        let most = self.most("maxLength").unwrap_or(u64::MAX) as usize;
        let padding = "x".repeat(least.saturating_sub(text.len()));
        (text + &padding).chars().take(most).collect()
    }
}

/// Returns a string of a pattern of the document. Most patterns are those of a name.
fn matching(pattern: &str) -> String {
    match pattern {
        _ if pattern.starts_with("^tunnel_") => format!("tunnel_{}", "a1".repeat(16)),
        _ if pattern.starts_with("^alert_") => format!("alert_{}", "a1".repeat(16)),
        _ if pattern.starts_with("^live_") => "live_1".to_owned(),
        _ if pattern.starts_with("^https://") => "https://example.com/a".to_owned(),
        _ if pattern.starts_with("^(?:error|info|") => "info".to_owned(),
        // A telephone number.
        r"^\+[1-9][0-9]{1,14}$" => "+15550100".to_owned(),
        // A key of a telephone.
        "^[0-9A-D*#]$" => "1".to_owned(),
        _ => "name_1".to_owned(),
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}
