//! `spec supplement`: what a newer document has becomes codegen/overlays/supplement.yaml.

use openai_codegen::import::{Imported, import};
use openai_codegen::overlay::{self, overlaid};
use openai_codegen::{supplement, yaml};

use super::{fetch, on_disk, replace, root, say};
use crate::regen::{FIXUPS, SUPPLEMENT};

/// Writes the overlay of what `newer` has and `base` has not.
pub fn write(base: &str, newer: &str, source: Option<&str>) -> Result<(), String> {
    let found = supplement::between(&document(base)?.document, &document(newer)?.document);
    let (base, newer) = (file_name(base), file_name(newer));
    let title = format!("Additions of {newer} to {base}");
    let place = root().join(SUPPLEMENT);
    replace(&[(&place, &found.to_yaml(&title, source.unwrap_or(newer)))])?;
    for place in &found.left {
        say(&format!("left as it is in {base}: {place}"));
    }
    say(&format!("wrote {} ({} additions)", place.display(), found.actions.len()));
    Ok(())
}

/// Takes out of the overlay what the committed document has by now.
pub fn prune() -> Result<(), String> {
    let document = overlaid(&on_disk("openapi.yaml")?, &[(FIXUPS.to_owned(), on_disk(FIXUPS)?)])?;
    let overlay = yaml::parse(&on_disk(SUPPLEMENT)?).map_err(|error| format!("{SUPPLEMENT}: {error}"))?;
    let (overlay, lost) = overlay::prune(&document, overlay, SUPPLEMENT)?;
    let place = root().join(SUPPLEMENT);
    replace(&[(&place, &supplement::overlay_text(&overlay))])?;
    say(&format!("took {lost} entries out of {}", place.display()));
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
