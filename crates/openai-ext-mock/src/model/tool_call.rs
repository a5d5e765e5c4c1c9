//! Tool calls: the call that a request demands of the model, and arguments and structured outputs that fit their schemas.

use serde_json::Value;

use super::text;
use crate::schema::Rng;
use crate::schema::generate::{Generator, Hints};

/// A call of a tool.
#[derive(Clone, Debug)]
pub(crate) struct ToolCall {
    pub(crate) name: String,
    pub(crate) input: ToolInput,
}

#[derive(Clone, Debug)]
pub(crate) enum ToolInput {
    /// The arguments of a function, as JSON text.
    Arguments(String),
    /// The free text for a custom tool.
    Custom(String),
}

impl ToolCall {
    pub(crate) fn tokens(&self) -> u64 {
        match &self.input {
            ToolInput::Arguments(text) | ToolInput::Custom(text) => text::tokens(text) + text::tokens(&self.name),
        }
    }
}

/// The call that `tool_choice` demands, none if the model may answer with text. Chat completions wrap a tool's definition
/// in `function` or `custom`, responses do not; both forms are read.
pub(crate) fn forced_call(body: &Value, rng: &mut Rng) -> Option<ToolCall> {
    let tools = body["tools"].as_array()?;
    let choice = &body["tool_choice"];
    let named = definition(choice)["name"].as_str();
    let wanted = |tool: &&Value| match named {
        Some(name) => definition(tool)["name"] == name,
        None => true,
    };
    let forced = named.is_some() || [&choice["mode"], choice].iter().any(|mode| **mode == "required");
    let callable = |tool: &&Value| tool["type"] == "function" || tool["type"] == "custom";
    let tool = tools.iter().filter(callable).find(wanted).filter(|_| forced)?;
    let definition = definition(tool);
    let input = if tool["type"] == "custom" {
        ToolInput::Custom("Input of the mock.".to_owned())
    } else {
        ToolInput::Arguments(fitting(&definition["parameters"], rng))
    };
    Some(ToolCall { name: definition["name"].as_str()?.to_owned(), input })
}

/// JSON text that fits the schema of a request's structured output, none if it asks for text. `format` is
/// `response_format` of chat completions or `text.format` of responses.
pub(crate) fn structured(format: &Value, rng: &mut Rng) -> Option<String> {
    match format["type"].as_str()? {
        "json_object" => Some("{\"message\":\"This is the OpenAI mock.\"}".to_owned()),
        "json_schema" => {
            let schema = format["json_schema"].get("schema").unwrap_or(&format["schema"]);
            Some(fitting(schema, rng))
        }
        _ => None,
    }
}

/// JSON text that fits a user's schema; `{}` if no value could be made for it.
pub(crate) fn fitting(schema: &Value, rng: &mut Rng) -> String {
    let hints = Hints { foreign: true, ..Hints::default() };
    let value = if schema.is_object() { Generator::new(schema, rng.clone(), hints).generate(schema) } else { None };
    value.map_or_else(|| "{}".to_owned(), |value| value.to_string())
}

fn definition(tool: &Value) -> &Value {
    tool.get("function").or_else(|| tool.get("custom")).unwrap_or(tool)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::validate;

    fn forced(choice: Value) -> Option<String> {
        let tools = json!([
            {"type": "web_search"},
            {"type": "function", "function": {"name": "a", "parameters": {"type": "object"}}},
            {"type": "function", "name": "b", "parameters": null},
            {"type": "custom", "custom": {"name": "c"}},
        ]);
        let call = forced_call(&json!({"tools": tools, "tool_choice": choice}), &mut Rng::new(0, "", 0));
        call.map(|call| call.name)
    }

    #[test]
    fn only_a_choice_that_demands_a_call_gets_one() {
        assert_eq!(forced(json!("auto")), None);
        assert_eq!(forced(json!(null)), None);
        assert_eq!(forced(json!("required")).as_deref(), Some("a"));
        assert_eq!(forced(json!({"type": "allowed_tools", "mode": "required"})).as_deref(), Some("a"));
        assert_eq!(forced(json!({"type": "function", "name": "b"})).as_deref(), Some("b"));
        assert_eq!(forced(json!({"type": "custom", "custom": {"name": "c"}})).as_deref(), Some("c"));
        assert_eq!(forced(json!({"type": "function", "function": {"name": "missing"}})), None);
    }

    #[test]
    fn structured_outputs_fit_their_schema() -> Result<(), Box<dyn std::error::Error>> {
        let schema = json!({
            "type": "object",
            "required": ["unit", "count", "nested", "note", "when"],
            "additionalProperties": false,
            "properties": {
                "unit": {"type": "string", "enum": ["c", "f"]},
                "count": {"type": "integer", "minimum": 3, "maximum": 4, "multipleOf": 2},
                "ratio": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.5},
                "nested": {"type": "array", "minItems": 2, "items": {"$ref": "#/$defs/node"}},
                "note": {"type": ["string", "null"], "maxLength": 3},
                "when": {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}]},
                "kind": {"const": "weather"},
            },
            "$defs": {"node": {"type": "object", "required": ["children"], "properties": {
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}}}}},
        });
        for seed in 0..10 {
            let mut rng = Rng::new(seed, "", 0);
            for format in [
                json!({"type": "json_schema", "schema": schema}),
                json!({"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}),
            ] {
                let value: Value = serde_json::from_str(&structured(&format, &mut rng).ok_or("no text")?)?;
                validate::check(&schema, &schema, &value)?;
            }
        }
        Ok(())
    }

    #[test]
    fn schemas_without_a_value_end() {
        let huge =
            json!({"type": "array", "minItems": 1000, "items": {"type": "array", "minItems": 1000, "items": {}}});
        let endless = json!({"type": "object", "required": ["a"], "properties": {"a": {"$ref": "#"}}});
        let circle = json!({"$ref": "#"});
        let wide = json!({"type": "object", "required": ["a", "b", "c"], "properties": {
            "a": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]}, "b": {"$ref": "#"}, "c": {"type": "string", "minLength": 1_000_000_000_000_u64}}});
        let mut defs: serde_json::Map<String, Value> = (0..60)
            .map(|n| (format!("d{n}"), json!({"anyOf": vec![json!({"$ref": format!("#/$defs/d{}", n + 1)}); 2]})))
            .collect();
        defs.insert("d60".to_owned(), json!({"allOf": [{"type": "string"}, {"type": "array"}]}));
        let doubling = json!({"$ref": "#/$defs/d0", "$defs": defs});
        for schema in [
            doubling,
            huge,
            endless,
            circle,
            wide,
            json!({"allOf": [{"type": "string"}, {"type": "array"}]}),
            json!(true),
        ] {
            let format = json!({"type": "json_schema", "schema": schema});
            assert_eq!(structured(&format, &mut Rng::new(0, "", 0)).as_deref(), Some("{}"), "{schema}");
        }
    }
}
