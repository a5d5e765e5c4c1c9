//! Patterns of paths: `*` and `?` within a name, and `**` for any folders.

/// Tells if a path fits a pattern. Both have `/` between their names. The work is linear in the product of both lengths.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let names: Vec<&str> = path.split('/').collect();
    // Whether the pattern so far fits the first so many names.
    let mut fits = vec![false; names.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for part in pattern.split('/') {
        let mut next = vec![false; names.len() + 1];
        let mut any = false;
        for (at, fit) in fits.iter().enumerate() {
            any |= *fit;
            if part == "**" {
                if let Some(next) = next.get_mut(at) {
                    *next = any;
                }
            } else if *fit
                && names.get(at).is_some_and(|name| name_matches(part, name))
                && let Some(next) = next.get_mut(at + 1)
            {
                *next = true;
            }
        }
        fits = next;
    }
    fits.last() == Some(&true)
}

/// The same for one name.
fn name_matches(pattern: &str, name: &str) -> bool {
    let chars: Vec<char> = name.chars().collect();
    let mut fits = vec![false; chars.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for wanted in pattern.chars() {
        let mut next = vec![false; chars.len() + 1];
        let mut any = false;
        for (at, fit) in fits.iter().enumerate() {
            any |= *fit;
            let (place, is_fit) = match wanted {
                '*' => (at, any),
                '?' => (at + 1, *fit && at < chars.len()),
                wanted => (at + 1, *fit && chars.get(at) == Some(&wanted)),
            };
            if let Some(next) = next.get_mut(place).filter(|_| is_fit) {
                *next = true;
            }
        }
        fits = next;
    }
    fits.last() == Some(&true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path, fits) in [
            ("*.rs", "a.rs", true),
            ("*.rs", "src/a.rs", false),
            ("**/*.rs", "a.rs", true),
            ("**/*.rs", "src/deep/a.rs", true),
            ("**/*.rs", "src/a.md", false),
            ("src/**", "src/a/b", true),
            ("src/**", "lib/a", false),
            ("src/**/test?.txt", "src/x/y/test1.txt", true),
            ("src/**/test?.txt", "src/test.txt", false),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*", ".hidden", true),
            ("ü?", "üx", true),
            ("**", "a/b/c", true),
            ("", "a", false),
        ] {
            assert_eq!(matches(pattern, path), fits, "{pattern} {path}");
        }
        let hard = "a*".repeat(500);
        assert!(!matches(&hard, &"a".repeat(400)));
    }
}
