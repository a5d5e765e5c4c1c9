//! Has progenitor write its client.

use std::path::Path;

fn main() -> Result<(), String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for read in ["openapi.yaml", "codegen/overlays", "crates/openai-raw/src/generated", "tests/src/generated"] {
        println!("cargo::rerun-if-changed={}", root.join(read).display());
    }
    let folder = std::env::var("OUT_DIR").map_err(|error| error.to_string())?;
    let path = Path::new(&folder).join("client.rs");
    std::fs::write(&path, crosscheck::client::whole(&root)?).map_err(|error| format!("{}: {error}", path.display()))
}
