//! Names for files on the disk, made of what a server calls something.

/// The longest name, in bytes; file systems have limits from 143 bytes on.
const LONGEST: usize = 120;

/// The longest extension that is kept, in bytes.
const LONGEST_EXTENSION: usize = 16;

/// Makes a file name of an id or a name that came from a server or a model, to be joined to a folder.
///
/// ```
/// use openai_ext::files::safe_file_name;
///
/// assert_eq!(safe_file_name("file-abc123"), "file-abc123");
/// assert_eq!(safe_file_name("../../.ssh/id.pub"), "_._.._.ssh_id-96ee6bdc49b377dc.pub");
/// ```
///
/// A path that a server names could lead anywhere: `backup/{id}` with the id `../.bashrc`, or with an absolute path, is a
/// file outside `backup`. The name has letters, digits, `-`, `_` and `.` only, does not begin with a dot or `-`, does not
/// end with a dot, is no device of Windows, and has at most 120 bytes. A name that had to be changed gets a hash of the
/// whole, so that two ids do not share a file. A name that is safe stays as it is. Ids that differ in case only are the
/// same file on systems that ignore case.
#[must_use]
#[inline]
pub fn safe_file_name(name: &str) -> String {
    let mut safe: String = name.chars().map(|char| if is_safe(char) { char } else { '_' }).collect();
    if safe.starts_with(['.', '-']) {
        safe.replace_range(..1, "_");
    }
    if safe.ends_with('.') {
        safe.replace_range(safe.len() - 1.., "_");
    }
    if is_device(&safe) {
        safe.insert(0, '_');
    }
    if safe == name && !safe.is_empty() && safe.len() <= LONGEST {
        return safe;
    }
    let extension = match safe.rfind('.') {
        Some(dot) if dot > 0 && safe.len() - dot <= LONGEST_EXTENSION => safe.split_off(dot),
        _ => String::new(),
    };
    let hash = format!("-{:016x}", hash(name));
    let mut end = safe.len().min(LONGEST - hash.len() - extension.len());
    while !safe.is_char_boundary(end) {
        end -= 1;
    }
    safe.truncate(end);
    if safe.is_empty() { format!("file{hash}{extension}") } else { safe + &hash + &extension }
}

#[inline]
fn is_safe(char: char) -> bool {
    char.is_alphabetic() || char.is_ascii_digit() || matches!(char, '-' | '_' | '.')
}

/// Returns whether a name, whatever its extension, is a device on Windows.
#[inline]
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().to_ascii_uppercase();
    let numbered = |kind| stem.strip_prefix(kind).is_some_and(|rest| rest.len() == 1 && rest != "_");
    matches!(&*stem, "CON" | "PRN" | "AUX" | "NUL" | "CONIN" | "CONOUT") || numbered("COM") || numbered("LPT")
}

/// FNV-1a, which is the same in each version and on each machine.
#[inline]
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::path::{Component, Path};

    use super::*;

    fn check(name: &str) -> String {
        let safe = safe_file_name(name);
        let components: Vec<Component<'_>> = Path::new(&safe).components().collect();
        assert!(matches!(components[..], [Component::Normal(one)] if one == &*safe), "{name:?}: {safe:?}");
        assert!(!safe.contains(['/', '\\', ':', '\0', ' ', '~', '*']), "{name:?}: {safe:?}");
        assert!(!safe.starts_with(['.', '-']) && !safe.ends_with('.') && !is_device(&safe), "{name:?}: {safe:?}");
        assert!((1..=LONGEST).contains(&safe.len()), "{name:?}: {safe:?}");
        assert_eq!(safe_file_name(&safe), safe, "{name:?}");
        safe
    }

    #[test]
    fn good_names_stay() {
        for name in ["file-AbC123", "batch_68d", "notes.v2.txt", "Übung.pdf", "写真.png", "a", "CONSOLE", "COM12"] {
            assert_eq!(check(name), name);
        }
    }

    #[test]
    fn no_name_leads_elsewhere() {
        let parts = [
            "..",
            ".",
            "",
            "/",
            "\\",
            "C:",
            "\0",
            "\n",
            "~",
            "%2e%2e",
            "..%2f",
            "CON",
            "nul.txt",
            "com1",
            "LPT9.a.b",
            "-rf",
            "é",
            "\u{202e}",
            "\u{2024}\u{2024}",
            "COM¹",
            "file-1",
            " ",
            "x.",
            "a:b",
            "*?",
            "\u{ff0f}",
        ];
        let mut known: HashMap<String, String> = HashMap::new();
        for first in parts {
            for second in parts {
                for third in parts {
                    let name = format!("{first}{second}{third}");
                    let other = known.entry(check(&name)).or_insert_with(|| name.clone());
                    assert_eq!(*other, name, "two names are the same file");
                }
            }
        }
    }

    #[test]
    fn long_names_are_cut_and_keep_their_extension() {
        for length in [119, 120, 121, 500, 100_000] {
            let (long, wide) = (format!("{}.jsonl", "x".repeat(length)), format!("{}.jsonl", "ü".repeat(length)));
            assert!(check(&long).ends_with(".jsonl") && check(&wide).ends_with(".jsonl"));
            check(&format!("x.{}", "y".repeat(length)));
        }
    }
}
