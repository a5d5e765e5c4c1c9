//! Somebody else's document in the form that the grammar of the import has: what it cannot say is passed over and noted.

mod compose;
mod cycles;
mod dialect;
mod discriminators;
mod head;
mod inline;
mod notes;
mod operations;
mod refs;
mod shape;
mod tree;

use serde_json::Value;

pub(super) use self::notes::Notes;
use super::error::ImportError;
use super::grammar::Kind;

/// Rewrites a document so that every step of the import can read it.
///
/// # Errors
/// A reference leads into another file.
pub(super) fn adapt(mut document: Value, notes: &mut Notes) -> Result<Value, ImportError> {
    head::merge_keys(&mut document);
    head::vendor_keys(&mut document);
    refs::normalise(&mut document, notes)?;
    tree::inner_first(&mut document, &mut |kind, map, at| {
        if kind == Kind::Schema {
            dialect::rewrite(map, at, notes);
            dialect::types(map, at, notes);
        }
    });
    shape::fit_reusable(&mut document, notes);
    inline::run(&mut document, notes);
    head::security(&mut document, notes);
    let mut document = shape::fit(document, notes);
    operations::settle(&mut document, notes);
    head::webhooks(&mut document, notes);
    Ok(document)
}

/// Gives the document's version the form that the import wants.
pub(super) fn version(document: &mut Value) {
    head::version(document);
}

/// Settles what schemas make of each other, once they have the form of OpenAPI 3.0.
pub(super) fn settle(document: &mut Value, notes: &mut Notes) -> Result<(), ImportError> {
    cycles::cut(document, notes);
    compose::run(document, notes)?;
    discriminators::narrow(document);
    head::payloads(document);
    Ok(())
}
