//! The names.toml that the rules amount to, for a document that has none: to be edited and given back.

use crate::ir::Api;

const HEAD: &str = "\
# The names of a crate that `cargo xtask regen --from` made. Edit it and give it back with `--names`.
# [operations] has resource and verb of each operationId, [types] the Rust type of each schema.

";

/// The text of a names.toml with the entries of `given` and, for operations and schemas without one, the names that the
/// rules made.
///
/// # Errors
/// `given` is not TOML, or an entry of it is no table.
pub fn names(api: &Api, given: &str) -> Result<String, String> {
    let mut table: toml::Table = toml::from_str(given).map_err(|error| format!("names.toml: {error}"))?;
    let operations = api.operations.iter().map(|operation| {
        let name = [("resource", &operation.resource), ("verb", &operation.verb)];
        let name = name.into_iter().map(|(key, value)| (key.to_owned(), value.clone().into()));
        (operation.id.clone(), toml::Value::Table(name.collect()))
    });
    add(&mut table, "operations", operations)?;
    let types = api.component_names.iter().map(|(schema, name)| (schema.clone(), name.as_str().into()));
    add(&mut table, "types", types)?;
    let text = toml::to_string(&table).map_err(|error| format!("names.toml: {error}"))?;
    Ok(format!("{HEAD}{text}"))
}

/// Adds the entries that a table of the file has not.
fn add(
    table: &mut toml::Table,
    name: &str,
    entries: impl Iterator<Item = (String, toml::Value)>,
) -> Result<(), String> {
    let own = table.entry(name).or_insert_with(|| toml::Value::Table(toml::Table::new()));
    let own = own.as_table_mut().ok_or_else(|| format!("names.toml: `{name}` is no table"))?;
    for (key, value) in entries {
        own.entry(key).or_insert(value);
    }
    Ok(())
}
