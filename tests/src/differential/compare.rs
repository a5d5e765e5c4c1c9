//! Two lists of requests, and each place where they differ.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::request::{Part, Recorded};

/// A place where the two clients' requests differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The call.
    pub case: String,
    /// The place: `path`, `query`, `header accept`, `body $.model`, `part file type` and so on.
    pub place: String,
    /// The value that the official client sent there; `-` is nothing.
    pub python: String,
    /// The value that ours sent there.
    pub ours: String,
}

const NOTHING: &str = "-";

/// Hosts are the same machine, lengths follow from bodies, which are compared themselves.
const FOLLOWS: [&str; 2] = ["host", "content-length"];

impl Difference {
    /// As the report shows it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"call": self.case, "place": self.place, "python": self.python, "ours": self.ours})
    }
}

/// A call that one of the two does not make at all.
#[must_use]
pub fn missing(case: &str, in_python: bool) -> Difference {
    let (python, ours) = if in_python { ("no such call", "a call") } else { ("a call", "no such call") };
    Difference { case: case.into(), place: "call".into(), python: python.into(), ours: ours.into() }
}

/// All differences between the requests of a call, in order.
#[must_use]
pub fn calls(case: &str, python: &[Recorded], ours: &[Recorded]) -> Vec<Difference> {
    let mut found = Found { case, differences: Vec::new() };
    found.note("requests", python.len().to_string(), ours.len().to_string());
    if python.is_empty() && ours.is_empty() {
        found.differences.push(missing(case, true));
    }
    for (python, ours) in python.iter().zip(ours) {
        found.request(python, ours);
    }
    found.differences
}

struct Found<'a> {
    case: &'a str,
    differences: Vec<Difference>,
}

impl Found<'_> {
    fn note(&mut self, place: &str, python: String, ours: String) {
        if python != ours {
            let difference = Difference { case: self.case.to_owned(), place: place.to_owned(), python, ours };
            // The second attempt differs as the first one did.
            if !self.differences.contains(&difference) {
                self.differences.push(difference);
            }
        }
    }

    fn request(&mut self, python: &Recorded, ours: &Recorded) {
        self.note("method", python.method.clone(), ours.method.clone());
        self.note("path", python.path.clone(), ours.path.clone());
        self.query(python, ours);
        self.headers(python, ours);
        match (python.json(), ours.json(), python.form(), ours.form()) {
            (Some(python), Some(ours), _, _) => self.json("body $", &python, &ours),
            (_, _, Some(python), Some(ours)) => self.form(&python, &ours),
            _ => self.note("body", text(&python.body), text(&ours.body)),
        }
    }

    /// Values, then how they are written, then in which order: each is told apart from the others.
    fn query(&mut self, python: &Recorded, ours: &Recorded) {
        let keys = |request: &Recorded| request.pairs().into_iter().map(|(key, _)| key).collect::<Vec<_>>().join(", ");
        let pairs = |request: &Recorded| {
            let mut pairs = request.pairs();
            // The turn of two of the same key counts: a list is written as such.
            pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
            format!("{pairs:?}")
        };
        let written = |request: &Recorded| {
            let mut pairs: Vec<&str> = request.query.split('&').collect();
            pairs.sort_by_key(|pair| pair.split('=').next().map(str::to_owned));
            pairs.join("&")
        };
        self.note("query", pairs(python), pairs(ours));
        self.note("query as written", written(python), written(ours));
        self.note("order of query", keys(python), keys(ours));
    }

    fn headers(&mut self, python: &Recorded, ours: &Recorded) {
        let names: BTreeSet<&str> = python.headers.iter().chain(&ours.headers).map(|(name, _)| name.as_str()).collect();
        for name in names.into_iter().filter(|name| !FOLLOWS.contains(name)) {
            self.note(&format!("header {name}"), header(python, name), header(ours, name));
        }
    }

    fn json(&mut self, place: &str, python: &Value, ours: &Value) {
        match (python, ours) {
            (Value::Object(python), Value::Object(ours)) => {
                let names: BTreeSet<&String> = python.keys().chain(ours.keys()).collect();
                for name in names {
                    match (python.get(name), ours.get(name)) {
                        (Some(python), Some(ours)) => self.json(&format!("{place}.{name}"), python, ours),
                        (python, ours) => self.note(&format!("{place}.{name}"), shown(python), shown(ours)),
                    }
                }
            }
            (Value::Array(python), Value::Array(ours)) if python.len() == ours.len() => {
                for (index, (python, ours)) in python.iter().zip(ours).enumerate() {
                    self.json(&format!("{place}[{index}]"), python, ours);
                }
            }
            // 1 and 1.0 are the same number in JSON.
            (Value::Number(python), Value::Number(ours)) if python.as_f64() == ours.as_f64() => {}
            (python, ours) => self.note(place, python.to_string(), ours.to_string()),
        }
    }

    /// Parts are matched by name, and by their turn among those of the same name.
    fn form(&mut self, python: &[Part], ours: &[Part]) {
        let names = |parts: &[Part]| parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ");
        let mut sorted = [python.to_vec(), ours.to_vec()];
        sorted.iter_mut().for_each(|parts| parts.sort_by(|a, b| a.name.cmp(&b.name)));
        let [sorted_python, sorted_ours] = sorted;
        if names(&sorted_python) == names(&sorted_ours) {
            self.note("order of parts", names(python), names(ours));
            for (python, ours) in sorted_python.iter().zip(&sorted_ours) {
                self.part(python, ours);
            }
        } else {
            self.note("names of parts", names(python), names(ours));
        }
    }

    fn part(&mut self, python: &Part, ours: &Part) {
        let place = |what: &str| format!("part {} {what}", python.name);
        let optional = |text: &Option<String>| text.clone().unwrap_or_else(|| NOTHING.to_owned());
        self.note(&place("filename"), optional(&python.filename), optional(&ours.filename));
        self.note(&place("type"), optional(&python.content_type), optional(&ours.content_type));
        self.note(&place("headers"), python.more.join("; "), ours.more.join("; "));
        self.note(&place("data"), text(&python.data), text(&ours.data));
    }
}

fn header(request: &Recorded, name: &str) -> String {
    let values = request.headers.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
    let values: Vec<&str> = values.collect();
    match name {
        _ if values.is_empty() => NOTHING.to_owned(),
        // A boundary is another one each time.
        "content-type" => values.join(", ").split("; boundary=").next().unwrap_or_default().to_owned(),
        // Each client says who it is; that it does is what counts.
        "user-agent" => "there".to_owned(),
        _ => values.join(", "),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or_else(|| NOTHING.to_owned(), Value::to_string)
}

fn text(bytes: &[u8]) -> String {
    if bytes.is_empty() { NOTHING.to_owned() } else { bytes.escape_ascii().to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], body: &str) -> Recorded {
        Recorded {
            method: "POST".to_owned(),
            path: "/v1/x".to_owned(),
            query: String::new(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
        }
    }

    fn places(python: &Recorded, ours: &Recorded) -> Vec<String> {
        let differences = calls("x", std::slice::from_ref(python), std::slice::from_ref(ours));
        differences.iter().map(|found| format!("{} {}/{}", found.place, found.python, found.ours)).collect()
    }

    #[test]
    fn json_is_compared_by_value_and_place() {
        let json = [("content-type", "application/json")];
        let python = request(&json, r#"{"a":1.0,"b":[{"c":null}],"d":1}"#);
        assert_eq!(places(&python, &request(&json, r#"{"d":1,"b":[{"c":null}],"a":1}"#)), [""; 0]);
        let ours = request(&json, r#"{"a":"1","b":[{}]}"#);
        assert_eq!(places(&python, &ours), ["body $.a 1.0/\"1\"", "body $.b[0].c null/-", "body $.d 1/-"]);
    }

    #[test]
    fn headers_are_all_compared_but_for_what_is_by_chance() {
        let python =
            request(&[("user-agent", "a"), ("accept", "x"), ("content-type", "m; boundary=1"), ("y", "1")], "");
        let ours = request(&[("user-agent", "b"), ("accept", "z"), ("content-type", "m; boundary=2")], "");
        assert_eq!(places(&python, &ours), ["header accept x/z", "header y 1/-"]);
    }

    #[test]
    fn a_request_that_was_not_sent_is_found() {
        let one = request(&[], "");
        assert_eq!(calls("x", &[one.clone(), one.clone()], &[one])[0].place, "requests");
        assert_eq!(calls("x", &[], &[])[0].place, "call");
    }
}
