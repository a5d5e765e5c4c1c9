//! The features are those of openai-raw and of openai-runtime, by the same names.

type Features = Vec<(String, Vec<String>)>;

/// Returns the features of a crate of the workspace, or nothing in a package, which is alone and whose manifest cargo wrote.
fn of(name: &str) -> Option<Features> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name).join("Cargo.toml");
    let manifest = std::fs::read_to_string(&path).ok();
    if manifest.is_none() {
        println!("skipped: {} is not there", path.display());
    }
    manifest.map(|manifest| features(&manifest))
}

#[test]
fn each_area_is_forwarded() {
    let (Some(raw), Some(ours)) = (of("openai-raw"), of("openai-ext")) else { return };
    let areas = list(&raw, "full");
    assert_eq!(list(&ours, "full"), areas);
    for area in areas {
        // What an area brings besides its operations comes after these.
        assert_eq!(list(&ours, area).first(), Some(&format!("openai-raw/{area}")), "{area}");
    }
}

#[test]
fn each_feature_of_the_runtime_is_forwarded() {
    let (Some(runtime), Some(ours)) = (of("openai-runtime"), of("openai-ext")) else { return };
    for (name, _) in runtime.iter().filter(|(name, _)| name != "default") {
        assert!(list(&ours, name).contains(&format!("openai-runtime/{name}")), "{name}");
    }
}

#[test]
fn the_defaults_have_those_of_both() {
    let (Some(raw), Some(runtime)) = (of("openai-raw"), of("openai-runtime")) else { return };
    let Some(ours) = of("openai-ext") else { return };
    // Users get a few small areas more than who depends on the raw crate alone.
    let wanted = [list(&runtime, "default"), list(&raw, "default")].concat();
    for name in wanted {
        assert!(list(&ours, "default").contains(&name), "{name}");
    }
}

#[test]
fn the_order_of_maps_is_the_programs_choice() {
    let Some(ours) = of("openai-ext") else { return };
    assert!(list(&ours, "default").contains(&"tools".to_owned()));
    assert!(list(&ours, "preserve_order").contains(&"serde_json/preserve_order".to_owned()));
    for (name, list) in &ours {
        let switches = list.iter().any(|other| other.ends_with("preserve_order"));
        assert_eq!(switches, name == "preserve_order", "{name}");
    }
}

fn list<'a>(features: &'a Features, name: &str) -> &'a [String] {
    features.iter().find(|(known, _)| known == name).map(|(_, list)| list.as_slice()).unwrap_or_default()
}

/// The lines `name = ["…", …]` of a manifest's features.
fn features(manifest: &str) -> Features {
    let start = manifest.find("\n[features]\n").expect("the manifest has features") + "\n[features]\n".len();
    let section = manifest[start..].split("\n[").next().unwrap_or_default();
    let lines = section.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    lines
        .map(|(name, list)| {
            let names = list.trim_matches(['[', ']']).split(", ").map(|name| name.trim_matches('"').to_owned());
            (name.to_owned(), names.filter(|name| !name.is_empty()).collect())
        })
        .collect()
}
