//! The options of `regen --from`.

use std::path::PathBuf;

/// The options, as they are given.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// The document.
    pub(super) from: String,
    /// The folder of the crate.
    pub(super) out: PathBuf,
    /// names.toml.
    pub(super) names: Option<String>,
    /// Overlays, in the order to be applied.
    pub(super) overlays: Vec<String>,
    /// Sentences for the documentation.
    pub(super) docs: Option<String>,
    /// The file that takes the names; in the crate's folder if none is said.
    pub(super) write_names: Option<PathBuf>,
    /// The crate's name.
    pub(super) name: Option<String>,
    pub(super) verbose: bool,
}

impl Options {
    /// Reads the words of the command line.
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let mut options = Self::default();
        let (mut from, mut out, mut writes_names) = (None, None, false);
        let mut rest = words.iter().copied().peekable();
        while let Some(word) = rest.next() {
            let value = rest.peek().copied().filter(|next| !next.starts_with("--"));
            match (word, value) {
                ("--verbose", _) => {
                    options.verbose = true;
                    continue;
                }
                ("--write-names", None) => {
                    writes_names = true;
                    continue;
                }
                (_, None) => return Err(format!("`{word}` lacks its value")),
                ("--write-names", Some(path)) => once(&mut options.write_names, path.into(), word)?,
                ("--from", Some(path)) => once(&mut from, path.to_owned(), word)?,
                ("--out", Some(path)) => once(&mut out, PathBuf::from(path), word)?,
                ("--names", Some(path)) => once(&mut options.names, path.to_owned(), word)?,
                ("--docs", Some(path)) => once(&mut options.docs, path.to_owned(), word)?,
                ("--name", Some(name)) => once(&mut options.name, name.to_owned(), word)?,
                ("--overlay", Some(path)) => options.overlays.push(path.to_owned()),
                _ => return Err(format!("`{word}` does not go with `--from`")),
            }
            rest.next();
        }
        options.from = from.ok_or("`--from FILE` is missing")?;
        options.out = out.ok_or("`--out DIR` is missing")?;
        if writes_names {
            once(&mut options.write_names, options.out.join("names.toml"), "--write-names")?;
        }
        Ok(options)
    }
}

fn once<T>(place: &mut Option<T>, value: T, word: &str) -> Result<(), String> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(format!("`{word}` is there twice")),
    }
}
