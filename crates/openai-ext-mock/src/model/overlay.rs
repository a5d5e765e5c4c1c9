//! Fields of one object laid over another.

use serde_json::Value;

/// Sets `fields` of `object`.
pub(crate) fn with(mut object: Value, fields: Value) -> Value {
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    object
}
