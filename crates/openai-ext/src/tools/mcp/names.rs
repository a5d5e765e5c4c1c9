//! Names of tools as the API takes them.

use std::collections::{HashMap, HashSet};

/// The longest name that the API takes.
const LONGEST: usize = 64;

/// Makes the names of tools.
pub(super) struct Names;

impl Names {
    /// Returns a name for each tool, given the names of its session and its own: no two are the same, and each is one that
    /// the API takes. They depend on the names alone, so that a list that is read again gives the same ones.
    pub(super) fn of<'a>(tools: impl Iterator<Item = (&'a str, &'a str)>, prefixes: bool) -> Vec<String> {
        let tools: Vec<_> = tools.collect();
        let mut sessions: HashMap<String, HashSet<&str>> = HashMap::new();
        for (session, name) in &tools {
            sessions.entry(clean(name)).or_default().insert(session);
        }
        let clashes = |name: &str| sessions.get(&clean(name)).is_some_and(|sessions| sessions.len() > 1);
        let wanted: Vec<String> = tools
            .iter()
            .map(
                |(session, name)| {
                    if prefixes || clashes(name) { format!("{session}_{name}") } else { (*name).to_owned() }
                },
            )
            .collect();
        let mut counts: HashMap<String, usize> = HashMap::new();
        for name in &wanted {
            *counts.entry(clean(name)).or_default() += 1;
        }
        let mut taken = HashSet::new();
        let names = wanted.iter().zip(&tools).map(|(name, (session, own))| {
            let cleaned = clean(name);
            let is_alone = counts.get(&cleaned) == Some(&1) || (*name == cleaned && !prefixes && *name == *own);
            if cleaned.len() <= LONGEST && !cleaned.is_empty() && is_alone && taken.insert(cleaned.clone()) {
                return cleaned;
            }
            // A name of another spelling that comes to the same, or one too long: what it was is told by a number.
            let number = fingerprint(&[session, own]);
            let mut name = with_number(&cleaned, number);
            let mut more = number;
            while !taken.insert(name.clone()) {
                more = more.wrapping_add(1);
                name = with_number(&cleaned, more);
            }
            name
        });
        names.collect()
    }
}

/// Puts an underscore in place of each character that the API does not take.
#[inline]
fn clean(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' }).collect()
}

#[inline]
fn with_number(name: &str, number: u32) -> String {
    let kept: String = name.chars().take(LONGEST - 9).collect();
    format!("{kept}_{number:08x}")
}

/// The hash FNV-1a of texts, the same in each process and version.
#[inline]
fn fingerprint(texts: &[&str]) -> u32 {
    let bytes = texts.iter().flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(tools: &[(&str, &str)], prefixes: bool) -> Vec<String> {
        Names::of(tools.iter().copied(), prefixes)
    }

    #[test]
    fn names_that_the_api_takes_stay() {
        assert_eq!(names(&[("a", "read"), ("b", "write-all_2")], false), ["read", "write-all_2"]);
        assert_eq!(names(&[("a", "read"), ("b", "write")], true), ["a_read", "b_write"]);
    }

    #[test]
    fn names_that_clash_have_their_session_before_them() {
        assert_eq!(names(&[("a", "read"), ("b", "read"), ("b", "write")], false), ["a_read", "b_read", "write"]);
        assert_eq!(names(&[("my files", "read"), ("b", "read")], false), ["my_files_read", "b_read"]);
        // Also where they are the same only as the API takes them.
        assert_eq!(names(&[("a", "fs.read"), ("b", "fs_read")], false), ["a_fs_read", "b_fs_read"]);
    }

    #[test]
    fn all_names_are_taken_and_none_twice_in_whatever_order() {
        let long = "x".repeat(200);
        let longer = format!("{long}y");
        let tools = [
            ("a", "fs.read"),
            ("a", "fs/read"),
            ("a", "fs_read"),
            ("a", &long),
            ("a", &longer),
            ("a", "größe"),
            ("a", "грубо"),
            ("a", ""),
            ("a", "a_b"),
            ("b", "a_b"),
            ("a", "a_a_b"),
            ("", ""),
            ("b", "fs read"),
            ("a", "dup"),
            ("a", "dup"),
            ("a b", "c"),
            ("a", "b c"),
            ("a", "b_c"),
        ];
        for prefixes in [false, true] {
            let made = names(&tools, prefixes);
            let distinct: HashSet<_> = made.iter().collect();
            assert_eq!(distinct.len(), tools.len(), "{made:?}");
            for name in &made {
                assert!((1..=64).contains(&name.len()) && *name == clean(name), "{name:?}");
            }
            let mut turned = tools;
            turned.reverse();
            let mut again = names(&turned, prefixes);
            again.reverse();
            // Two tools that are the same in all are told apart by their order only.
            let is_dup = |at: usize| tools[at].1 == "dup";
            for at in (0..tools.len()).filter(|at| !is_dup(*at)) {
                assert_eq!(made[at], again[at], "{:?}", tools[at]);
            }
        }
    }
}
