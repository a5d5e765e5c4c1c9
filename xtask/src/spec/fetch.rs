use std::fs;
use std::time::Duration;

/// No document is near this; a download that is bigger is something else.
const MAX_DOWNLOAD: u64 = 64 << 20;

/// The text of a file or of what a URL serves.
pub fn text(source: &str) -> Result<String, String> {
    if source.starts_with("http://") || source.starts_with("https://") { download(source) } else { read(source) }
}

fn read(path: &str) -> Result<String, String> {
    let bytes = fs::read(path).map_err(|error| {
        format!("{path}: cannot read the file: {error}\n  To do: check the path and the permissions.")
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let line =
            error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        format!("{path}: line {line} is not UTF-8\n  To do: check that the file is the document, unpacked.")
    })
}

fn download(url: &str) -> Result<String, String> {
    let failed = |error: ureq::Error| {
        format!("{url}: cannot download it: {error}\n  To do: check the URL, or download it and pass the file.")
    };
    let config = ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).build();
    let mut response = ureq::Agent::new_with_config(config).get(url).call().map_err(failed)?;
    response.body_mut().with_config().limit(MAX_DOWNLOAD).read_to_string().map_err(failed)
}
