//! The features are those of openai-raw, by the same names and with the same defaults.

#[test]
fn each_area_is_forwarded() {
    let raw = features(include_str!("../../openai-raw/Cargo.toml"));
    let ours = features(include_str!("../Cargo.toml"));
    let line = |name: &str| ours.iter().find(|(known, _)| known == name).map(|(_, list)| list.clone());

    for (name, list) in &raw {
        match name.as_str() {
            "full" => assert_eq!(line("full").as_ref(), Some(list), "full"),
            "default" => {
                let defaults: Vec<String> = line("default").unwrap_or_default();
                let areas: Vec<String> = defaults.into_iter().filter(|name| name != "rustls").collect();
                assert_eq!(&areas, list, "default");
            }
            // Not an area of the API: it is for the tests of this workspace.
            "schema-index" => {}
            area => assert_eq!(line(area), Some(vec![format!("openai-raw/{area}")]), "{area}"),
        }
    }
    let others: Vec<&str> =
        ours.iter().map(|(name, _)| &**name).filter(|name| raw.iter().all(|(area, _)| area != name)).collect();
    assert_eq!(others, ["rustls", "native-tls", "http2", "tracing"]);
}

/// The lines `name = ["…", …]` of a manifest's features.
fn features(manifest: &str) -> Vec<(String, Vec<String>)> {
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
