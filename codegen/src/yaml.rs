//! YAML to a JSON value and back.
//!
//! Reading keeps the order of keys, refuses what JSON cannot hold (a tag, a number that is not finite, a key twice) and
//! says at which line. Writing is our own, so that the bytes of `openapi.yaml` depend on no library's version.

use std::fmt::{self, Write as _};

use serde::de::{Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Reads one YAML or JSON document.
///
/// # Errors
///
/// A text that is neither, more than one document, a key twice in one mapping, a tag, an infinite number, or nesting
/// deeper than 128 levels.
pub fn parse(text: &str) -> Result<Value, YamlError> {
    read::<Strict>(text)
}

/// Reads a document as [`parse`] does, but infinite numbers as null: in examples and limits of others they are common.
///
/// # Errors
///
/// Those of [`parse`], but for infinite numbers.
pub fn parse_loosely(text: &str) -> Result<Value, YamlError> {
    read::<Loose>(text)
}

fn read<T: DeserializeOwned + Into<Value>>(text: &str) -> Result<Value, YamlError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        return Err(YamlError::new(0, 0, "the text is empty".to_owned()));
    }
    if text.trim_start().starts_with('{') {
        // JSON escapes surrogate pairs and may have keys longer than YAML allows, so JSON is read as JSON. What only
        // looks like it, a YAML flow mapping, is told by its error and gets its second chance below.
        match parse_json::<T>(text) {
            Err(error) if error.message != "recursion limit exceeded" => {
                return parse_yaml::<T>(text).map_err(|_| error);
            }
            done => return done,
        }
    }
    parse_yaml::<T>(text)
}

/// Writes a value as block-style YAML, in the order of its keys.
///
/// [`parse`] gives back an equal value. A string is quoted only where a YAML 1.1 or 1.2 reader would take it for
/// something else.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => write_map(&mut out, map, 0),
        Value::Array(list) if !list.is_empty() => write_list(&mut out, list, 0),
        scalar => {
            write_scalar(&mut out, scalar);
            out.push('\n');
        }
    }
    out
}

/// Why a text could not be read as YAML or JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlError {
    line: usize,
    column: usize,
    message: String,
}

impl YamlError {
    /// The line of the error, counted from 1; 0 where the reader knows none.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The column of the error, counted from 1; 0 where the reader knows none.
    pub fn column(&self) -> usize {
        self.column
    }

    /// What is wrong, without the position.
    pub fn message(&self) -> &str {
        &self.message
    }

    fn new(line: usize, column: usize, message: String) -> Self {
        // Both libraries repeat the position in their text, each in its own way; it is said once, by Display.
        let cut = message.find(" at line ").unwrap_or(message.len());
        Self { line, column, message: message[..cut].to_owned() }
    }
}

impl fmt::Display for YamlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}, column {}: {}", self.column, self.message),
        }
    }
}

impl std::error::Error for YamlError {}

fn parse_yaml<T: DeserializeOwned + Into<Value>>(text: &str) -> Result<Value, YamlError> {
    let read = T::deserialize(serde_norway::Deserializer::from_str(text));
    read.map(Into::into).map_err(|error| {
        let (line, column) = error.location().map_or((0, 0), |at| (at.line(), at.column()));
        YamlError::new(line, column, error.to_string())
    })
}

fn parse_json<T: DeserializeOwned + Into<Value>>(text: &str) -> Result<Value, YamlError> {
    serde_json::from_str::<T>(text)
        .map(Into::into)
        .map_err(|error| YamlError::new(error.line(), error.column(), error.to_string()))
}

/// A JSON value that refuses what `serde_json::Value` would quietly drop.
struct Strict(Value);

/// The same, with null for infinite numbers.
struct Loose(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor { is_loose: false }).map(Strict)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrictVisitor { is_loose: true }).map(Loose)
    }
}

impl From<Strict> for Value {
    fn from(Strict(value): Strict) -> Self {
        value
    }
}

impl From<Loose> for Value {
    fn from(Loose(value): Loose) -> Self {
        value
    }
}

#[derive(Clone, Copy)]
struct StrictVisitor {
    is_loose: bool,
}

impl<'de> DeserializeSeed<'de> for StrictVisitor {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value that JSON can hold")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    // Integers past 64 bits occur: bounds of int64 that went through a JavaScript number. As a double they stay what
    // they were there.
    fn visit_i128<E: serde::de::Error>(self, value: i128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u128<E: serde::de::Error>(self, value: u128) -> Result<Value, E> {
        self.visit_f64(value as f64)
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None if self.is_loose => Ok(Value::Null),
            None => Err(E::custom("JSON has no infinite number and no NaN")),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key_seed(NewKey(&map))? {
            let value = entries.next_value_seed(self)?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

/// Reads a key that the map does not have yet.
struct NewKey<'a>(&'a Map<String, Value>);

impl<'de> DeserializeSeed<'de> for NewKey<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for NewKey<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<String, E> {
        match self.0.contains_key(key) {
            true => Err(E::custom(format_args!("the key `{key}` is there twice"))),
            false => Ok(key.to_owned()),
        }
    }
}

fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize) {
    for (key, value) in map {
        pad(out, indent);
        write_entry(out, key, value, indent);
    }
}

fn write_entry(out: &mut String, key: &str, value: &Value, indent: usize) {
    let start = out.len();
    write_text(out, key);
    // A YAML reader gives up on a plain `key: value` whose key is longer than 1,024 bytes.
    if out.len() - start > 1000 {
        out.insert_str(start, "? ");
        out.push('\n');
        pad(out, indent);
    }
    out.push(':');
    match value {
        Value::Object(inner) if !inner.is_empty() => {
            out.push('\n');
            write_map(out, inner, indent + 1);
        }
        Value::Array(inner) if !inner.is_empty() => {
            out.push('\n');
            write_list(out, inner, indent + 1);
        }
        scalar => {
            out.push(' ');
            write_scalar(out, scalar);
            out.push('\n');
        }
    }
}

fn write_list(out: &mut String, list: &[Value], indent: usize) {
    for item in list {
        pad(out, indent);
        write_item(out, item, indent);
    }
}

fn write_item(out: &mut String, item: &Value, indent: usize) {
    out.push('-');
    match item {
        Value::Object(map) if !map.is_empty() => {
            // The first entry stands beside the dash, the others below it.
            for (index, (key, value)) in map.iter().enumerate() {
                if index == 0 {
                    out.push(' ')
                } else {
                    pad(out, indent + 1)
                }
                write_entry(out, key, value, indent + 1);
            }
        }
        Value::Array(list) if !list.is_empty() => {
            for (index, inner) in list.iter().enumerate() {
                if index == 0 {
                    out.push(' ')
                } else {
                    pad(out, indent + 1)
                }
                write_item(out, inner, indent + 1);
            }
        }
        scalar => {
            out.push(' ');
            write_scalar(out, scalar);
            out.push('\n');
        }
    }
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n("  ", indent));
}

fn write_scalar(out: &mut String, value: &Value) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(flag) => out.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_text(out, text),
        Value::Array(_) => out.push_str("[]"),
        Value::Object(_) => out.push_str("{}"),
    }
}

fn write_number(out: &mut String, number: &Number) {
    let text = match number.as_f64() {
        Some(float) if number.is_f64() => format!("{float:?}"),
        _ => number.to_string(),
    };
    let Some((mantissa, exponent)) = text.split_once('e') else {
        out.push_str(&text);
        return;
    };
    // A YAML 1.1 reader takes `1e-5` for a string: it wants the point and the sign.
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    let _ = write!(out, "{mantissa}{point}e{sign}{exponent}");
}

fn write_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else if text.chars().all(|c| c == ' ' || (!c.is_whitespace() && is_printable(c))) {
        out.push('\'');
        out.push_str(&text.replace('\'', "''"));
        out.push('\'');
    } else {
        write_double_quoted(out, text);
    }
}

fn write_double_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == ' ' || (!c.is_whitespace() && is_printable(c)) => out.push(c),
            c => {
                let _ = match u32::from(c) {
                    code @ ..=0xFF => write!(out, "\\x{code:02X}"),
                    code @ ..=0xFFFF => write!(out, "\\u{code:04X}"),
                    code => write!(out, "\\U{code:08X}"),
                };
            }
        }
    }
    out.push('"');
}

fn is_printable(c: char) -> bool {
    !c.is_control() && !matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether every YAML reader takes the text, unquoted, for a string. What is left out could often stand unquoted too;
/// the rule is narrow so that it is easily seen to be right.
fn is_plain(text: &str) -> bool {
    const RESERVED: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '$' || c == '/');
    let inside_well = |c: char| c.is_ascii_alphanumeric() || " _-./$+{}=?;,()".contains(c);
    starts_well
        && text.chars().all(inside_well)
        && !text.ends_with(' ')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text))
}
