//! The outputs of tools: text, images and files for the model.

use std::error::Error as StdError;
use std::fmt;
use std::path::Path;

use serde::Serialize;
use serde_json::{Value, json};

use super::result_probe::{WrittenResult, result_of};
use crate::support::inline_media::{self, MediaError};

/// Any error of a tool.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// The output of a tool for the model: text, or a list of content parts with images and files.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::tools::ToolOutput;
///
/// let camera = tool("look", "Takes a picture of the boat", || async {
///     let image = ToolOutput::image_from_url("https://example.com/boat.png");
///     ToolOutput::text("The boat at noon:").with(image)
/// });
/// # let _ = camera;
/// ```
///
/// Responses take texts, images and files. Chat completions, assistants and realtime sessions take text only from a tool:
/// there the output is the texts, and a note to the model in place of each image or file.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutput(Content);

#[derive(Clone, Debug, PartialEq)]
enum Content {
    Text(String),
    Parts(Vec<Value>),
}

impl ToolOutput {
    /// Makes an output of a text.
    pub fn text(text: impl Into<String>) -> Self {
        Self(Content::Text(text.into()))
    }

    /// Makes an output of a list of parts, as `InputContent::image_from_url(…)`.
    ///
    /// # Errors
    /// A part is no JSON.
    pub fn parts(parts: impl IntoIterator<Item = impl Serialize>) -> Result<Self, BoxError> {
        let parts = parts.into_iter().map(serde_json::to_value).collect::<Result<_, _>>()?;
        Ok(Self(Content::Parts(parts)))
    }

    /// Makes an output of a value: a text as it is, anything else as JSON.
    ///
    /// # Errors
    /// The value is no JSON, as a map whose keys are no texts.
    pub fn of<T: Serialize + ?Sized>(value: &T) -> Result<Self, BoxError> {
        // Not by way of a `Value`, which would change the order of fields.
        Self::of_json(serde_json::to_string(value)?)
    }

    /// Makes an output of an image that the server fetches from a URL, or of a `data:` URL.
    pub fn image_from_url(url: impl Into<String>) -> Self {
        Self::part(json!({"type": "input_image", "detail": "auto", "image_url": url.into()}))
    }

    /// Makes an output of an image that was uploaded before.
    pub fn image_from_id(file_id: impl Into<String>) -> Self {
        Self::part(json!({"type": "input_image", "detail": "auto", "file_id": file_id.into()}))
    }

    /// Makes an output of an image in a file, which is read at once.
    ///
    /// # Errors
    /// The file cannot be read, or is no image by its content or its name.
    pub fn image_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::image_path(path.as_ref()).map(Self::image_from_url)
    }

    /// Makes an output of an image in memory.
    ///
    /// # Errors
    /// The bytes are no PNG, JPEG, GIF or WebP.
    pub fn image_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::image(bytes.as_ref()).map(Self::image_from_url)
    }

    /// Makes an output of a document that the server fetches from a URL.
    pub fn file_from_url(url: impl Into<String>) -> Self {
        Self::part(json!({"type": "input_file", "file_url": url.into()}))
    }

    /// Makes an output of a file that was uploaded before.
    pub fn file_from_id(file_id: impl Into<String>) -> Self {
        Self::part(json!({"type": "input_file", "file_id": file_id.into()}))
    }

    /// Makes an output of a document in a file, which is read at once.
    ///
    /// # Errors
    /// The file cannot be read, or neither its content nor its name tell its type.
    pub fn file_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::file_path(path.as_ref()).map(Self::file)
    }

    /// Makes an output of a document in memory; its name's extension tells its type where the bytes do not.
    ///
    /// # Errors
    /// Neither the bytes nor the name tell the type.
    pub fn file_from_bytes(filename: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::file(filename.into(), bytes.as_ref()).map(Self::file)
    }

    /// Makes an output of a document whose data is in a URL.
    #[cfg(feature = "mcp")]
    #[inline]
    pub(crate) fn file_from_data(name: String, url: String) -> Self {
        Self::file(inline_media::InlineFile { name, url })
    }

    /// Appends another output, as an image to a text.
    #[must_use]
    pub fn with(self, more: impl Into<Self>) -> Self {
        let mut parts = self.into_parts();
        parts.extend(more.into().into_parts());
        Self(Content::Parts(parts))
    }

    /// Returns the text; of parts, their texts joined. `Display` shows the same.
    #[must_use]
    #[inline]
    pub fn to_text(&self) -> String {
        match &self.0 {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) => parts.iter().filter_map(text_of).collect(),
        }
    }

    /// Returns the parts, if it has any.
    #[must_use]
    #[inline]
    pub fn as_parts(&self) -> Option<&[Value]> {
        match &self.0 {
            Content::Text(_) => None,
            Content::Parts(parts) => Some(parts),
        }
    }

    /// Returns the text for an API that takes nothing else. The model is told of each part that is left out, since it
    /// would otherwise answer about an image that it never saw.
    #[cfg_attr(not(any(feature = "beta", feature = "chat", feature = "mcp", feature = "realtime")), allow(dead_code))]
    #[inline]
    pub(crate) fn to_text_only(&self) -> String {
        match &self.0 {
            Content::Text(text) => text.clone(),
            Content::Parts(parts) if parts.iter().all(|part| text_of(part).is_some()) => self.to_text(),
            Content::Parts(parts) => {
                let texts: Vec<String> =
                    parts.iter().map(|part| text_of(part).map_or_else(|| left_out(part), str::to_owned)).collect();
                texts.join("\n")
            }
        }
    }

    #[inline]
    fn of_json(json: String) -> Result<Self, BoxError> {
        Ok(Self::text(if json.starts_with('"') { serde_json::from_str(&json)? } else { json }))
    }

    #[inline]
    fn part(part: Value) -> Self {
        Self(Content::Parts(vec![part]))
    }

    #[inline]
    fn file(file: inline_media::InlineFile) -> Self {
        Self::part(json!({"type": "input_file", "filename": file.name, "file_data": file.url}))
    }

    #[inline]
    fn into_parts(self) -> Vec<Value> {
        match self.0 {
            Content::Text(text) => vec![json!({"type": "input_text", "text": text})],
            Content::Parts(parts) => parts,
        }
    }
}

#[inline]
fn text_of(part: &Value) -> Option<&str> {
    part.get("text")?.as_str()
}

#[inline]
fn left_out(part: &Value) -> String {
    let kind = part.get("type").and_then(Value::as_str).unwrap_or_default();
    let (_, kind) = kind.rsplit_once('_').unwrap_or(("", kind));
    let kind = if kind.is_empty() { "part" } else { kind };
    let name = part.get("filename").and_then(Value::as_str);
    let name = name.map(|name| format!(" {name:?}")).unwrap_or_default();
    format!("[{kind}{name} left out: this API takes only text from a tool]")
}

/// Shows what [`to_text`](Self::to_text) returns.
impl fmt::Display for ToolOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Content::Text(text) => f.pad(text),
            Content::Parts(_) => f.pad(&self.to_text()),
        }
    }
}

impl From<String> for ToolOutput {
    #[inline]
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<&str> for ToolOutput {
    #[inline]
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

/// A value that a tool's function may return: anything that serde can write, or a [`ToolOutput`].
pub trait IntoToolOutput {
    /// Returns the output for the model. Of a `Result` that serde can write it is the value.
    ///
    /// # Errors
    /// The value cannot be written as JSON, or is the `Err` of a `Result`.
    fn into_tool_output(self) -> Result<ToolOutput, BoxError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> IntoToolOutput for T {
    fn into_tool_output(self) -> Result<ToolOutput, BoxError> {
        let Some(WrittenResult { is_ok, json }) = result_of(&self) else {
            return ToolOutput::of(&self);
        };
        let output = ToolOutput::of_json(json?)?;
        if is_ok { Ok(output) } else { Err(output.to_text().into()) }
    }
}

impl IntoToolOutput for ToolOutput {
    #[inline]
    fn into_tool_output(self) -> Result<ToolOutput, BoxError> {
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    #[derive(Serialize)]
    struct Weather {
        wind: &'static str,
        celsius: f64,
    }

    #[test]
    fn text_is_kept_and_anything_else_is_json() {
        let text = |value: Result<ToolOutput, BoxError>| value.unwrap().to_text();
        assert_eq!(text("It \"rains\"\n".into_tool_output()), "It \"rains\"\n");
        assert_eq!(text(Weather { wind: "west", celsius: 7.5 }.into_tool_output()), r#"{"wind":"west","celsius":7.5}"#);
        assert_eq!(text(().into_tool_output()), "null");
        assert_eq!(text(Some(7).into_tool_output()), "7");
        assert_eq!(text(json!({"a": [1]}).into_tool_output()), r#"{"a":[1]}"#);
        assert_eq!(text(ToolOutput::text("{").into_tool_output()), "{");
        assert!(BTreeMap::from([((1, 2), 3)]).into_tool_output().is_err());
    }

    #[test]
    fn parts_have_a_text() {
        let image = json!({"type": "input_image", "image_url": "https://example.com/a.png"});
        let output = ToolOutput::parts([json!({"type": "input_text", "text": "a"}), image.clone()]).unwrap();
        assert_eq!((output.to_text().as_str(), &output.as_parts().unwrap()[1]), ("a", &image));
    }

    #[test]
    fn a_result_that_serde_can_write_is_a_result() {
        let ok: Result<Vec<i64>, String> = Ok(vec![1]);
        let err: Result<Vec<i64>, &str> = Err("no wind");
        assert_eq!(ok.into_tool_output().unwrap().to_text(), "[1]");
        assert_eq!(err.into_tool_output().unwrap_err().to_string(), "no wind");
        let code: Result<(), i64> = Err(7);
        assert_eq!(code.into_tool_output().unwrap_err().to_string(), "7");
        assert_eq!(Some(Ok::<_, String>(1)).into_tool_output().unwrap().to_text(), r#"{"Ok":1}"#);
    }

    #[test]
    fn the_model_is_told_of_what_an_api_does_not_take() {
        let image = ToolOutput::image_from_id("file_1");
        let file = ToolOutput::file_from_bytes("log.txt", "x").unwrap();
        let output = ToolOutput::text("Seen:").with(image).with(file);
        let text = "Seen:\n[image left out: this API takes only text from a tool]\n\
                    [file \"log.txt\" left out: this API takes only text from a tool]";
        assert_eq!(output.to_text_only(), text);
        assert_eq!(output.as_parts().map(<[_]>::len), Some(3));
        assert_eq!(ToolOutput::text("a").with("b").to_text_only(), "ab");
    }
}
