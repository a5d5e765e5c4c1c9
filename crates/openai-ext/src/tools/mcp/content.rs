//! The results of MCP tools as outputs for the model.

use rmcp::model::{CallToolResult, ContentBlock, ResourceContents};
use serde_json::Value;

use crate::tools::output::ToolOutput;

/// The output of a call. The model takes text, images and files; it is told of anything else.
#[inline]
pub(super) fn output_of(result: &CallToolResult) -> ToolOutput {
    let parts: Vec<ResultPart> = result.content.iter().map(part_of).collect();
    if parts.is_empty() {
        return ToolOutput::text(result.structured_content.as_ref().map(Value::to_string).unwrap_or_default());
    }
    if parts.iter().all(|part| matches!(part, ResultPart::Text(_))) {
        let texts: Vec<_> = parts.iter().filter_map(ResultPart::text).collect();
        return ToolOutput::text(texts.join("\n"));
    }
    let mut outputs = parts.into_iter().map(ResultPart::output);
    let first = outputs.next().unwrap_or_else(|| ToolOutput::text(""));
    outputs.fold(first, ToolOutput::with)
}

enum ResultPart {
    Text(String),
    /// A URL with the data in it.
    Image(String),
    File {
        name: String,
        url: String,
    },
}

impl ResultPart {
    #[inline]
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    #[inline]
    fn output(self) -> ToolOutput {
        match self {
            Self::Text(text) => ToolOutput::text(text),
            Self::Image(url) => ToolOutput::image_from_url(url),
            Self::File { name, url } => ToolOutput::file_from_data(name, url),
        }
    }
}

#[inline]
fn part_of(block: &ContentBlock) -> ResultPart {
    match block {
        ContentBlock::Text(text) => ResultPart::Text(text.text.clone()),
        ContentBlock::Image(image) => ResultPart::Image(data_url(&image.mime_type, &image.data)),
        ContentBlock::Audio(audio) => ResultPart::Text(format!(
            "[audio of type {} left out: a tool cannot give it to the model]",
            audio.mime_type
        )),
        ContentBlock::Resource(resource) => part_of_resource(&resource.resource),
        ContentBlock::ResourceLink(link) => {
            let words = [Some(link.uri.as_str()), link.description.as_deref(), link.mime_type.as_deref()];
            ResultPart::Text(format!("[{}: {}]", link.name, words.into_iter().flatten().collect::<Vec<_>>().join(", ")))
        }
        other => ResultPart::Text(serde_json::to_string(other).unwrap_or_default()),
    }
}

#[inline]
fn part_of_resource(resource: &ResourceContents) -> ResultPart {
    match resource {
        ResourceContents::TextResourceContents { text, .. } => ResultPart::Text(text.clone()),
        ResourceContents::BlobResourceContents { uri, mime_type, blob, .. } => {
            let kind = mime_type.as_deref().unwrap_or("application/octet-stream");
            let url = data_url(kind, blob);
            if kind.starts_with("image/") {
                return ResultPart::Image(url);
            }
            let name = uri.rsplit(['/', '\\', ':']).next().filter(|name| !name.is_empty()).unwrap_or("resource");
            ResultPart::File { name: name.to_owned(), url }
        }
        other => ResultPart::Text(serde_json::to_string(other).unwrap_or_default()),
    }
}

#[inline]
fn data_url(kind: &str, base64: &str) -> String {
    format!("data:{kind};base64,{base64}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn output(result: Value) -> ToolOutput {
        output_of(&serde_json::from_value(result).unwrap())
    }

    #[test]
    fn texts_are_one_text() {
        let text = |text: &str| json!({"type": "text", "text": text});
        assert_eq!(output(json!({"content": [text("a")]})), ToolOutput::text("a"));
        assert_eq!(output(json!({"content": [text("a"), text("b")]})), ToolOutput::text("a\nb"));
        assert_eq!(output(json!({"content": []})), ToolOutput::text(""));
        assert_eq!(output(json!({"structuredContent": {"a": 1}})), ToolOutput::text(r#"{"a":1}"#));
        assert_eq!(output(json!({"content": [text("a")], "structuredContent": {"a": 1}})), ToolOutput::text("a"));
        let resource = json!({"type": "resource", "resource": {"uri": "file:///a.txt", "text": "b"}});
        let link = json!({"type": "resource_link", "uri": "file:///c.txt", "name": "c", "mimeType": "text/plain"});
        let audio = json!({"type": "audio", "data": "AA==", "mimeType": "audio/wav"});
        let said =
            "b\n[c: file:///c.txt, text/plain]\n[audio of type audio/wav left out: a tool cannot give it to the model]";
        assert_eq!(output(json!({"content": [resource, link, audio]})), ToolOutput::text(said));
    }

    #[test]
    fn images_and_files_are_parts() {
        let image = json!({"type": "image", "data": "AA==", "mimeType": "image/png"});
        let blob = |uri: &str, kind: &str| json!({"type": "resource", "resource": {"uri": uri, "mimeType": kind, "blob": "AA=="}});
        let content = json!([{"type": "text", "text": "a"}, image, blob("file:///b/c.pdf", "application/pdf"), blob("x:y", "image/gif")]);
        let wanted = json!([
            {"type": "input_text", "text": "a"},
            {"type": "input_image", "detail": "auto", "image_url": "data:image/png;base64,AA=="},
            {"type": "input_file", "filename": "c.pdf", "file_data": "data:application/pdf;base64,AA=="},
            {"type": "input_image", "detail": "auto", "image_url": "data:image/gif;base64,AA=="},
        ]);
        assert_eq!(json!(output(json!({"content": content})).as_parts()), wanted);
    }
}
