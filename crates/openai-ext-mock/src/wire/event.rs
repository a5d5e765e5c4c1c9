//! Server-sent events.

use std::borrow::Cow;

use bytes::Bytes;
use serde_json::Value;

use super::json_text;

/// One server-sent event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    name: Option<String>,
    data: String,
}

impl Event {
    /// An event of data only, as chat completions have it.
    pub fn data(data: &Value) -> Self {
        Self { name: None, data: json_text::to_text(data) }
    }

    /// An event named by its data's `type`, as responses and images have it.
    pub fn typed(data: &Value) -> Self {
        Self { name: data["type"].as_str().map(str::to_owned), data: json_text::to_text(data) }
    }

    /// An event with a name of its own, as the runs of assistants have it.
    pub fn named(name: &str, data: &Value) -> Self {
        Self { name: Some(name.to_owned()), data: json_text::to_text(data) }
    }

    /// `[DONE]`, which ends the streams of the older endpoints.
    pub fn done() -> Self {
        Self { name: None, data: "[DONE]".to_owned() }
    }

    /// `event: done` with `[DONE]`, which ends the streams of runs.
    pub(crate) fn named_done() -> Self {
        Self { name: Some("done".to_owned()), data: "[DONE]".to_owned() }
    }

    /// The name, or the `type` that the data has.
    pub(crate) fn kind(&self) -> Option<Cow<'_, str>> {
        match &self.name {
            Some(name) => Some(Cow::Borrowed(name)),
            None => {
                let data: Value = serde_json::from_str(&self.data).ok()?;
                Some(Cow::Owned(data.get("type")?.as_str()?.to_owned()))
            }
        }
    }

    /// The data alone, as a WebSocket carries it.
    pub(crate) fn text(&self) -> &str {
        &self.data
    }

    pub(crate) fn to_bytes(&self) -> Bytes {
        let name = self.name.as_ref().map(|name| format!("event: {name}\n")).unwrap_or_default();
        Bytes::from(format!("{name}data: {}\n\n", self.data))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_have_the_form_of_the_api() {
        let text = |event: Event| String::from_utf8_lossy(&event.to_bytes()).into_owned();
        assert_eq!(text(Event::data(&json!({"a": "x\ny"}))), "data: {\"a\":\"x\\ny\"}\n\n");
        assert_eq!(text(Event::typed(&json!({"a": 1, "type": "t"}))), "event: t\ndata: {\"type\":\"t\",\"a\":1}\n\n");
        assert_eq!(text(Event::named("n", &json!(1))), "event: n\ndata: 1\n\n");
        assert_eq!(text(Event::done()), "data: [DONE]\n\n");
        assert_eq!(text(Event::named_done()), "event: done\ndata: [DONE]\n\n");
    }
}
