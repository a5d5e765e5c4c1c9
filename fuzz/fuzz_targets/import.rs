//! The generator: any YAML or JSON is imported or refused, the import of an import is the same, and what was imported is
//! generated from or refused.
#![no_main]

use libfuzzer_sys::fuzz_target;
use openai_codegen::Input;
use openai_codegen::import::import;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(imported) = import(text, "document") else { return };
    match import(&imported.yaml, "openapi.yaml") {
        Ok(again) => assert_eq!(again.yaml, imported.yaml),
        Err(error) => panic!("an import is not imported: {error}"),
    }
    // Whether it succeeds is up to the document.
    let _ = openai_codegen::generate(Input { document: &imported.yaml, names: "", overlays: &[], docs: &[], strictness: Default::default() });
});
