//! `spec supplement`: what a newer document has becomes codegen/overlays/supplement.yaml.

use openai_codegen::import::{Imported, import};
use openai_codegen::supplement;

use super::{fetch, replace, root, say};

const PLACE: &str = "codegen/overlays/supplement.yaml";

/// Writes the overlay of what `newer` has and `base` has not.
pub fn write(base: &str, newer: &str, source: Option<&str>) -> Result<(), String> {
    let found = supplement::between(&document(base)?.document, &document(newer)?.document);
    let (base, newer) = (file_name(base), file_name(newer));
    let title = format!("Additions of {newer} to {base}");
    let place = root().join(PLACE);
    replace(&[(&place, &found.to_yaml(&title, source.unwrap_or(newer)))])?;
    for place in &found.left {
        say(&format!("left as it is in {base}: {place}"));
    }
    say(&format!("wrote {} ({} additions)", place.display(), found.actions.len()));
    Ok(())
}

/// A document, imported in memory.
pub fn document(source: &str) -> Result<Imported, String> {
    import(&fetch::text(source)?, source).map_err(|error| error.to_string())
}

/// The last part of a path or URL.
pub fn file_name(source: &str) -> &str {
    source.rsplit(['/', '\\']).next().unwrap_or(source)
}
