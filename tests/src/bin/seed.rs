//! Writes seeds for the fuzz targets: `seed DIR` makes a folder in DIR for each target, as `fuzz/corpus`.
//!
//! They are the streams that the tests play: our own, and the recorded ones if they are there. Targets that play no stream
//! have theirs in `acceptance::seeds`.

#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use acceptance::script::{self, Script};
use acceptance::seeds;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [folder] = &args[..] else {
        eprintln!("usage: seed DIR");
        return ExitCode::FAILURE;
    };
    match write(Path::new(folder)) {
        Ok(counts) => {
            println!("seeds: {counts:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Larger seeds slow a target down, and say nothing that smaller ones do not.
const LARGEST: usize = 8 * 1024;

/// Writes the seeds, and returns the number for each target.
fn write(folder: &Path) -> Result<BTreeMap<String, usize>, String> {
    let mut counts = BTreeMap::new();
    let mut write = |target: &str, name: &str, bytes: &[u8]| {
        let folder = folder.join(target);
        let path = folder.join(name);
        let written = fs::create_dir_all(&folder).and_then(|()| fs::write(&path, bytes));
        *counts.entry(target.to_owned()).or_default() += 1;
        written.map_err(|error| format!("{}: {error}", path.display()))
    };
    for script in script::all()? {
        for (number, (target, seed)) in seeds(&script).into_iter().enumerate() {
            // The first byte tells a target where to cut, or where to copy and store.
            let place = u8::try_from(seed.len() % 251).unwrap_or_default();
            write(target, &format!("{}-{number}", script.name), &[&[place], &*seed].concat())?;
        }
    }
    for (target, name, bytes) in seeds::all()?.iter().filter(|(_, _, bytes)| bytes.len() < LARGEST) {
        write(target, name, bytes)?;
    }
    Ok(counts)
}

/// The target and the bytes of each seed.
fn seeds(script: &Script) -> Vec<(&str, Vec<u8>)> {
    let mut seeds = Vec::new();
    if script.bytes.len() < LARGEST {
        seeds.push(("sse", script.bytes.clone()));
    }
    if ["assistants", "chat", "responses"].contains(&script.kind()) {
        let mut seed = Vec::new();
        for line in script.texts().into_iter().map(on_one_line).filter(|line| line.len() < LARGEST) {
            // Accumulators take a stream from its middle too.
            if seed.len() + line.len() > LARGEST {
                seeds.push((script.kind(), std::mem::take(&mut seed)));
            }
            seed.extend_from_slice(&line);
            seed.push(b'\n');
        }
        seeds.push((script.kind(), seed));
    }
    seeds
}

/// A seed has a line an event. Between tokens a space is the same as the end of a line.
fn on_one_line(mut text: Vec<u8>) -> Vec<u8> {
    text.iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    text
}
