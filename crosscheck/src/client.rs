//! Progenitor's client of the whole document, for `compiled/`.

use std::path::Path;

use quote::ToTokens as _;
use serde_json::Value;

use crate::ours::Ours;
use crate::{document, left_out, progenitor};

/// Its code, with our types in place of the schemas'. What progenitor can't read is left out, and the parameters that it
/// makes no Rust of: lists in headers.
///
/// # Errors
/// A file can't be read, progenitor fails, or there is no list in a header any more.
pub fn whole(root: &Path) -> Result<String, String> {
    let mut document = document::load(root)?;
    let ours = Ours::read(root)?;
    let mut lists = 0;
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    let operations = paths.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten());
    for (_, operation) in operations.filter(|(_, value)| value.get("operationId").is_some()) {
        document::without_errors(operation);
        let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
        for entry in left_out::OPERATIONS.iter().filter(|entry| entry.ids.contains(&&*id)) {
            entry.part.cut(operation);
        }
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            let before = parameters.len();
            parameters.retain(|parameter| parameter["in"] != "header" || parameter["schema"]["type"] != "array");
            lists += before - parameters.len();
            // Bounds of a string make a type of its own, and a pattern wants one more crate.
            for schema in parameters.iter_mut().filter_map(|parameter| parameter["schema"].as_object_mut()) {
                schema.retain(|key, _| !["pattern", "minLength", "maxLength"].contains(&key.as_str()));
            }
        }
    }
    if lists == 0 {
        return Err("no header is a list: they need not be left out any more".into());
    }
    let file = progenitor::run(&document, |name| ours.names.get(name).cloned())?;
    // One line of half a megabyte is hard on whoever reads an error.
    Ok(file.into_token_stream().to_string().replace(" ; ", " ;\n").replace(" } ", " }\n"))
}
