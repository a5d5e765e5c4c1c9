//! The generator: an upstream OpenAPI document becomes facts, facts become Rust. Text in, text out; no I/O here.

#![forbid(unsafe_code)]

pub mod areas;
pub mod changes;
pub mod config;
pub mod docs;
pub mod emit;
pub mod import;
pub mod ir;
pub mod lower;
pub mod overlay;
pub mod passes;
pub mod service;
pub mod strictness;
pub mod supplement;
pub mod surface;
pub mod yaml;

use serde_json::Value;

use passes::{PassReport, ReportLine};
use strictness::{PassedOver, Strictness};
use surface::Surface;

/// The input of a generation.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The normalised document, as text.
    pub document: &'a str,
    /// names.toml.
    pub names: &'a str,
    /// Overlays in the order to be applied: name and text.
    pub overlays: &'a [(String, String)],
    /// The files of our own sentences: path and text.
    pub docs: &'a [(String, String)],
    /// The treatment of what no rule covers.
    pub strictness: Strictness,
}

/// The output of a generation.
#[derive(Clone, Debug)]
pub struct Output {
    /// The files.
    pub files: emit::Files,
    /// The lines of the passes: figures, and what they leave to the maintainer.
    pub report: Vec<ReportLine>,
    /// The places of the document that were passed over; those of its import are in [`import::Report`].
    pub passed_over: Vec<PassedOver>,
    /// Overlay targets that matched nothing.
    pub unmatched: Vec<String>,
    /// Entries of overlays that the document has by now.
    pub outdated: Vec<String>,
    /// Everything that has docs, with the source of its sentence.
    pub documented: Vec<emit::DocItem>,
    /// Faults of the files of docs: entries that name nothing, repeat a default, or stand in the file of another area.
    pub docs_faults: Vec<String>,
    /// Keys of entries that a default says word for word; they are among the faults.
    pub docs_repeated: Vec<String>,
    /// Every public name: what names.lock holds.
    pub surface: Surface,
    /// The names.toml that the given one and the rules amount to.
    pub names: String,
}

/// Generates everything.
///
/// # Errors
/// What is wrong with the document, an overlay or names.toml; the text says where and what to do.
pub fn generate(input: Input<'_>) -> Result<Output, String> {
    let mut document = yaml::parse(input.document).map_err(|error| format!("openapi.yaml: {error}"))?;
    let mut report = PassReport::new(input.strictness);
    let mut unmatched = Vec::new();
    let mut outdated = Vec::new();
    for (name, text) in input.overlays {
        let overlay = yaml::parse(text).map_err(|error| format!("{name}: {error}"))?;
        let applied = overlay::apply(&mut document, &overlay, name)?;
        report.add(format!("overlay: {name}, {} actions", applied.lines.len()));
        unmatched.extend(applied.unmatched.into_iter().map(|target| format!("{name}: {target}")));
        outdated.extend(applied.outdated.into_iter().map(|entry| format!("{name}: {entry}")));
    }
    let names = config::Names::parse(input.names)?;
    let docs = docs::Docs::parse(input.docs)?;
    let mut made = || -> Result<_, String> {
        let mut api = lower::lower(&typed(&document)?, &names, &mut report)?;
        let mut checked = passes::run(&mut api, &names, &docs, &mut report)?;
        report.add(summary(&api));
        let documented = emit::documented(&api, &names);
        checked.faults.extend(misplaced(&docs, &documented));
        let rules = surface::rule::names(&api, input.names)?;
        Ok((emit::emit(&api, &names, &document)?, Surface::of(&api), rules, documented, checked))
    };
    let (files, surface, names_text, documented, checked) =
        made().map_err(|error| error + &stale_overlays(&unmatched, &outdated))?;
    let is_named = !input.names.trim().is_empty();
    let PassReport { lines: mut report, passed_over, .. } = report;
    // There is nothing to be said about a file that is not there.
    let is_of_names = |line: &ReportLine| ["names.toml", "[shared]"].iter().any(|file| line.text.contains(file));
    report.retain(|line| is_named || input.strictness == Strictness::Strict || !is_of_names(line));
    Ok(Output {
        files,
        report,
        passed_over,
        unmatched,
        outdated,
        documented,
        docs_faults: checked.faults,
        docs_repeated: checked.repeated,
        surface,
        names: names_text,
    })
}

/// Entries of docs in a file that is named after another area.
fn misplaced(docs: &docs::Docs, documented: &[emit::DocItem]) -> Vec<String> {
    let wrong = documented.iter().filter(|item| item.kind != emit::DocKind::Setter).filter_map(|item| {
        let file = &docs.entries.get(&item.key)?.file;
        let is_elsewhere = file.contains("docs/") && docs::area_of(file) != item.area;
        is_elsewhere.then(|| format!("{file}: {:?} belongs to the area `{}`", item.key, item.area))
    });
    wrong.collect()
}

/// Says what may be the reason of an error: overlays that do not fit the document any more make another one of it.
fn stale_overlays(unmatched: &[String], outdated: &[String]) -> String {
    let mut text = String::new();
    if !outdated.is_empty() {
        text += "\nThe reason may be entries of overlays that the document has by now. ";
        text +=
            &format!("To do first: `cargo xtask spec supplement --prune` takes them out; there are {}", outdated.len());
    }
    if !unmatched.is_empty() {
        text += "\nThe reason may be overlay actions that match nothing:\n";
        text += &unmatched.join("\n");
    }
    text
}

fn typed(document: &Value) -> Result<openapiv3::OpenAPI, String> {
    serde_json::from_value(document.clone()).map_err(|error| format!("openapi.yaml is not OpenAPI 3.0: {error}"))
}

fn summary(api: &ir::Api) -> String {
    let emitted: Vec<_> = api.types.iter().filter(|def| !def.areas.is_empty()).collect();
    let count = |test: fn(&ir::Shape) -> bool| emitted.iter().filter(|def| test(&def.shape)).count();
    format!(
        "emitted: {} operations, {} webhooks, {} objects, {} unions, {} enums, {} aliases",
        api.operations.len(),
        api.webhooks.len(),
        count(|shape| matches!(shape, ir::Shape::Object(_))),
        count(|shape| matches!(shape, ir::Shape::Union(_))),
        count(|shape| matches!(shape, ir::Shape::Enum(_))),
        api.aliases.len(),
    )
}
