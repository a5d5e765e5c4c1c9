//! Fields that hold secrets: written as they are, and masked where they are shown.

use openai_runtime::json::{Extra, from_slice, to_vec};
use openai_runtime::object;
use serde_json::json;

#[derive(Clone, Default)]
struct Key {
    id: String,
    value: String,
    token: Option<String>,
    inner: Vec<Key>,
    extra: Extra,
}
object!(
    Key,
    [F("id", R), F("value", S), F("token", P), F("inner", R), F("object", C("key"))],
    [id, value, token, inner]
);

/// Members that no type knows have no field that could be marked.
#[test]
fn credentials_without_a_field_are_not_shown() {
    let text = r#"{"id":"k","tool":{"type":"newer","Authorization":"sk-1","headers":[{"authorization":"Bearer sk-2"}]},
        "client_secret":"sk-3","api_key":{"id":"key_1","password":"sk-4"},"access_token":null,"password":""}"#;
    let key: Key = from_slice(text.as_bytes()).unwrap();
    let shown = format!("{key:?}");
    assert!(!shown.contains("sk-") && shown.contains("key_1") && shown.contains(r#""password":"""#), "{shown}");
    let written: serde_json::Value = serde_json::from_slice(&to_vec(&key)).unwrap();
    assert_eq!(written["tool"]["Authorization"], "sk-1");
}

#[test]
fn secrets_are_written_and_not_shown() {
    for text in [
        r#"{"object":"key","id":"k","value":"sk-1","token":"sk-2","inner":[{"object":"key","id":"i","value":"sk-3","inner":[]}]}"#,
        // With more than the fields, and in another order.
        r#"{"value":"sk-1","inner":[{"value":"sk-3","new":1}],"new":true,"token":"sk-2"}"#,
        // What a field can't hold to the last is kept beside it.
        r#"{"object":"other","id":"k","value":"sk-1","token":"sk-2","inner":[]}"#,
    ] {
        let key: Key = from_slice(text.as_bytes()).unwrap();
        let written: serde_json::Value = serde_json::from_slice(&to_vec(&key)).unwrap();
        assert_eq!(written, serde_json::from_str::<serde_json::Value>(text).unwrap());
        assert_eq!(serde_json::to_value(&key).unwrap(), written);
        for shown in [format!("{key:?}"), format!("{key:#?}"), format!("{:?}", Some(&key.inner))] {
            assert!(!shown.contains("sk-"), "{shown}");
        }
        let masked = format!("{key:?}");
        assert!(masked.contains(r#""value":"***""#) && masked.contains(r#""token":"***""#), "{masked}");
    }
    let mut key: Key = from_slice(br#"{"object":"key","id":"k","value":"","token":null,"inner":null}"#).unwrap();
    let shown = |key: &Key| -> serde_json::Value {
        serde_json::from_str(format!("{key:?}").strip_prefix("Key ").unwrap()).unwrap()
    };
    // There is nothing to mask in what is not there.
    assert_eq!(shown(&key), json!({"object": "key", "id": "k", "value": "", "token": null, "inner": null}));
    key.extra.insert("token", "sk-4");
    assert_eq!(shown(&key), json!({"object": "key", "id": "k", "value": "", "token": "***", "inner": null}));
    assert_eq!(shown(&Key::default()), json!({"object": "key", "id": "", "value": "", "inner": []}));
}
