//! The small part of regular expressions that API documents use: an anchored run of characters and classes, or a beginning.

use super::rng::Rng;

/// A parsed pattern such as `^tunnel_[a-z0-9]{32}$`.
#[derive(Debug)]
pub(crate) struct Pattern {
    atoms: Vec<Atom>,
    /// True if anything may follow, as after `^https://`.
    is_open: bool,
}

#[derive(Debug)]
struct Atom {
    /// Inclusive ranges of characters.
    ranges: Vec<(char, char)>,
    least: usize,
    most: usize,
}

/// Repeats without an upper bound stop here.
const UNBOUNDED: usize = 512;

impl Pattern {
    /// None if the pattern says more than this module understands; it then counts as matched.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix('^')?;
        let body = text.strip_suffix('$');
        let is_open = body.is_none();
        let mut rest = body.unwrap_or(text).chars().peekable();
        let mut atoms = Vec::new();
        while let Some(first) = rest.next() {
            let ranges = match first {
                '[' => class(&mut rest)?,
                '\\' => escape(rest.next()?)?,
                '(' | ')' | '|' | '.' | '^' | '$' | '{' | '}' | '*' | '+' | '?' => return None,
                literal => vec![(literal, literal)],
            };
            let (least, most) = repeat(&mut rest)?;
            atoms.push(Atom { ranges, least, most });
        }
        Some(Self { atoms, is_open })
    }

    /// Steps through all positions at once, so that no input makes it slow.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let chars: Vec<char> = text.chars().collect();
        let mut reached = vec![false; chars.len() + 1];
        reached[0] = true;
        for atom in &self.atoms {
            reached = atom.step(&chars, &reached);
        }
        if self.is_open { reached.contains(&true) } else { reached[chars.len()] }
    }

    /// A text that matches.
    pub(crate) fn sample(&self, rng: &mut Rng) -> String {
        let mut text = String::new();
        for atom in &self.atoms {
            let count = if atom.most == UNBOUNDED { atom.least.max(8) } else { atom.most };
            for _ in 0..count {
                let (low, high) = atom.ranges[rng.index(atom.ranges.len())];
                let offset = rng.below(u64::from(u32::from(high) - u32::from(low)) + 1);
                text.extend(u32::try_from(offset).ok().and_then(|offset| char::from_u32(u32::from(low) + offset)));
            }
        }
        text
    }
}

impl Atom {
    fn step(&self, chars: &[char], from: &[bool]) -> Vec<bool> {
        let mut reached = vec![false; from.len()];
        for start in (0..from.len()).filter(|start| from[*start]) {
            let run = chars[start..].iter().take(self.most).take_while(|c| self.accepts(**c)).count();
            if let Some(ends) = reached.get_mut(start + self.least..=start + run) {
                ends.fill(true);
            }
        }
        reached
    }

    fn accepts(&self, c: char) -> bool {
        self.ranges.iter().any(|(low, high)| (*low..=*high).contains(&c))
    }
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn class(rest: &mut Chars<'_>) -> Option<Vec<(char, char)>> {
    let mut ranges = Vec::new();
    loop {
        let low = match rest.next()? {
            ']' => return (!ranges.is_empty()).then_some(ranges),
            '^' if ranges.is_empty() => return None,
            '\\' => {
                ranges.extend(escape(rest.next()?)?);
                continue;
            }
            low => low,
        };
        // A dash is a range unless it is the last character of the class.
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(high)) if high != ']' => {
                (low <= high).then_some(())?;
                ranges.push((low, high));
                *rest = ahead;
            }
            _ => ranges.push((low, low)),
        }
    }
}

fn escape(letter: char) -> Option<Vec<(char, char)>> {
    match letter {
        'd' => Some(vec![('0', '9')]),
        'w' => Some(vec![('a', 'z'), ('A', 'Z'), ('0', '9'), ('_', '_')]),
        letter if letter.is_ascii_alphanumeric() => None,
        literal => Some(vec![(literal, literal)]),
    }
}

fn repeat(rest: &mut Chars<'_>) -> Option<(usize, usize)> {
    let bounds = match rest.peek() {
        Some('+') => (1, UNBOUNDED),
        Some('*') => (0, UNBOUNDED),
        Some('?') => (0, 1),
        Some('{') => {
            let inner: String = rest.by_ref().skip(1).take_while(|c| *c != '}').collect();
            let (least, most) = match inner.split_once(',') {
                Some((least, "")) => (least.parse().ok()?, UNBOUNDED),
                Some((least, most)) => (least.parse().ok()?, most.parse().ok()?),
                None => (inner.parse().ok()?, inner.parse().ok()?),
            };
            return (least <= most && most <= UNBOUNDED).then_some((least, most));
        }
        _ => return Some((1, 1)),
    };
    rest.next();
    Some(bounds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_match_their_pattern() {
        for text in
            ["^[a-zA-Z0-9_-]+$", "^tunnel_[a-z0-9]{32}$", r"^\d{3}-\w*\.x?$", "^[A-Za-z0-9_.-]+$", "^$", "^https://"]
        {
            let pattern = Pattern::parse(text).unwrap_or_else(|| panic!("{text}"));
            for seed in 0..20 {
                let sample = pattern.sample(&mut Rng::new(seed, text, 0));
                assert!(pattern.matches(&sample), "{text}: {sample}");
            }
        }
    }

    #[test]
    fn bounds_and_classes_are_kept() {
        let pattern = Pattern::parse("^[a-c]{2,3}z$").unwrap_or_else(|| panic!("simple"));
        assert!(pattern.matches("abz") && pattern.matches("ccaz"));
        assert!(
            !pattern.matches("az") && !pattern.matches("abcaz") && !pattern.matches("abzz") && !pattern.matches("")
        );
    }

    #[test]
    fn a_beginning_may_go_on() {
        let pattern = Pattern::parse("^https://").unwrap_or_else(|| panic!("simple"));
        assert!(pattern.matches("https://example.com/a") && !pattern.matches("http://example.com"));
    }

    #[test]
    fn what_is_not_simple_is_left_alone() {
        for text in ["a+", "^(a|b)$", "^[^a]$", "^a{9,1}$", "^[", r"^\s$", "^a{99999}$", "^[z-a]$"] {
            assert!(Pattern::parse(text).is_none(), "{text}");
        }
    }
}
