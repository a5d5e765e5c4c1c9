//! The reader of a JSON text that grows at its end.

use serde_json::{Map, Value};

use super::steps::count;
use super::string::{StringProgress, StringReader};

/// A deeper value is not read, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 128;
/// A number of more bytes that is the whole text is not shown before its end.
const MAX_ROOT_NUMBER: usize = 1024;

/// The value of a JSON text that grows at its end.
///
/// [`push`](Self::push) reads the new part of the text only, so that a whole stream takes time that is linear in its length,
/// with [`value`](Self::value) asked for after each part. The value is that of [`parse`](super::parse).
///
/// ```
/// use openai_ext::structured::partial_json::PartialJson;
///
/// let mut json = PartialJson::new();
/// for (delta, city) in [("{\"city\": \"Pa", "Pa"), ("ris\", ", "Paris"), ("\"degrees\": 1", "Paris")] {
///     json.push(delta);
///     assert_eq!(json.value().map(|value| &value["city"]), Some(&city.into()));
/// }
/// ```
#[derive(Clone, Debug)]
pub struct PartialJson {
    /// A list with the value, if there is one: the reader treats all values as members of a container.
    root: Value,
    reader: Reader,
}

impl Default for PartialJson {
    #[inline]
    fn default() -> Self {
        Self::new()
    }
}

impl PartialJson {
    /// Creates the reader of an empty text.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        let reader = Reader { open: vec![Level::List], token: Token::Value, is_broken: false };
        Self { root: Value::Array(Vec::new()), reader }
    }

    /// Reads the next part of the text.
    #[inline]
    pub fn push(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let mut rest = text;
        if !self.reader.is_broken {
            self.reader.read(&mut self.root, 0, &mut rest);
        }
        if let Value::Array(root) = &mut self.root {
            if self.reader.is_broken {
                root.clear();
            } else {
                self.reader.show_number(root);
            }
        }
    }

    /// Returns the value as far as it is there: open strings, lists and objects are closed, and a member, number or word
    /// that is cut off is left out. `None` if there is nothing yet, or the text is not JSON.
    #[must_use]
    #[inline]
    pub fn value(&self) -> Option<&Value> {
        self.root.get(0)
    }

    #[inline]
    pub(super) fn into_value(self) -> Option<Value> {
        match self.root {
            Value::Array(root) => root.into_iter().next(),
            _ => None,
        }
    }
}

/// The state between two parts of a text.
#[derive(Clone, Debug)]
struct Reader {
    /// The containers that are open, the outermost first. It is the list that has the root.
    open: Vec<Level>,
    /// The place in the innermost container.
    token: Token,
    is_broken: bool,
}

/// A container that is open.
#[derive(Clone, Debug)]
enum Level {
    List,
    /// With the name of the member that was begun last.
    Object(String),
}

#[derive(Clone, Debug)]
enum Token {
    /// A value is due.
    Value,
    /// A value is complete, or the container has just begun.
    Next,
    /// In the name of a member.
    Name(String, StringReader),
    /// After the name of a member.
    Colon,
    /// In a string, the last value of the container.
    String(StringReader),
    /// In a number, `true`, `false` or `null`.
    Word(Word),
    /// The root is complete.
    End,
}

#[derive(Clone, Debug)]
struct Word {
    text: String,
    is_numeric: bool,
    /// The value is in the container already.
    is_shown: bool,
}

impl Reader {
    /// Reads on in an open container, to the end of it or of the text. The recursion is limited by [`MAX_DEPTH`].
    #[inline]
    fn read(&mut self, container: &mut Value, level: usize, rest: &mut &str) {
        loop {
            count(1);
            if self.open.len() > level + 1 {
                match self.open.get(level).and_then(|open| child(container, open)) {
                    Some(inner) => self.read(inner, level + 1, rest),
                    None => self.is_broken = true,
                }
                if self.open.len() > level + 1 {
                    return;
                }
            }
            if self.is_broken || !self.step(container, level, rest) {
                return;
            }
        }
    }

    /// Reads a token of the innermost container. Returns if there may be more to read in it, or in one that it begins.
    #[inline]
    fn step(&mut self, container: &mut Value, level: usize, rest: &mut &str) -> bool {
        if matches!(self.token, Token::Value | Token::Next | Token::Colon | Token::End) {
            *rest = rest.trim_start();
        }
        if rest.is_empty() {
            return false;
        }
        let after = if level == 0 { Token::End } else { Token::Next };
        match &mut self.token {
            Token::Value => self.begin(container, rest),
            Token::Next => return self.next(container, level, rest),
            Token::Name(name, reader) => match reader.read(name, rest) {
                StringProgress::Cut => return false,
                StringProgress::Complete => {
                    if let Some(level) = self.open.last_mut() {
                        *level = Level::Object(std::mem::take(name));
                    }
                    self.token = Token::Colon;
                }
                StringProgress::Broken => self.is_broken = true,
            },
            Token::Colon => match rest.strip_prefix(':') {
                Some(value) => (*rest, self.token) = (value, Token::Value),
                None => self.is_broken = true,
            },
            Token::String(reader) => match self.open.last().and_then(|open| child(container, open)) {
                Some(Value::String(text)) => match reader.read(text, rest) {
                    StringProgress::Cut => return false,
                    StringProgress::Complete => self.token = after,
                    StringProgress::Broken => self.is_broken = true,
                },
                _ => self.is_broken = true,
            },
            Token::Word(word) => {
                let (value, is_cut) = word.read(rest);
                let is_sound = value.is_some() || word.is_shown || (is_cut && word.may_go_on());
                if let (Some(value), Some(open)) = (value, self.open.last()) {
                    put(container, open, value, level);
                }
                self.is_broken = !is_sound;
                if is_cut {
                    return false;
                }
                self.token = after;
            }
            Token::End => self.is_broken = true,
        }
        true
    }

    /// Begins a value.
    #[inline]
    fn begin(&mut self, container: &mut Value, rest: &mut &str) {
        // The list that has the root counts as well.
        if self.open.len() > MAX_DEPTH {
            self.is_broken = true;
            return;
        }
        let (value, inner) = match rest.as_bytes().first() {
            Some(b'{') => (Value::Object(Map::new()), Some(Level::Object(String::new()))),
            Some(b'[') => (Value::Array(Vec::new()), Some(Level::List)),
            Some(b'"') => (Value::String(String::new()), None),
            _ => {
                self.token = Token::Word(Word { text: String::new(), is_numeric: true, is_shown: false });
                return;
            }
        };
        *rest = rest.get(1..).unwrap_or_default();
        if let Some(open) = self.open.last() {
            put(container, open, value, self.open.len() - 1);
        }
        self.token = if inner.is_some() { Token::Next } else { Token::String(StringReader::default()) };
        self.open.extend(inner);
    }

    /// Reads what stands between the values of a container. Returns if there may be more to read in it.
    #[inline]
    fn next(&mut self, container: &Value, level: usize, rest: &mut &str) -> bool {
        let (is_empty, is_object) = match container {
            Value::Object(members) => (members.is_empty(), true),
            Value::Array(items) => (items.is_empty(), false),
            _ => (true, false),
        };
        match rest.as_bytes().first() {
            Some(b'}') if is_object => return self.close(level, rest),
            Some(b']') if !is_object => return self.close(level, rest),
            Some(b',') if !is_empty => {}
            Some(b'"') if is_object => self.token = Token::Name(String::new(), StringReader::default()),
            Some(_) if !is_object => {
                self.token = Token::Value;
                return true;
            }
            _ => {
                self.is_broken = true;
                return true;
            }
        }
        *rest = rest.get(1..).unwrap_or_default();
        true
    }

    #[inline]
    fn close(&mut self, level: usize, rest: &mut &str) -> bool {
        *rest = rest.get(1..).unwrap_or_default();
        self.open.truncate(level);
        self.token = if level <= 1 { Token::End } else { Token::Next };
        false
    }

    /// Shows a number that is the whole text: nothing but the end of the text tells where it ends.
    #[inline]
    fn show_number(&mut self, root: &mut Vec<Value>) {
        if let (1, Token::Word(word)) = (self.open.len(), &self.token)
            && !word.is_shown
        {
            root.clear();
            let is_short = word.text.len() <= MAX_ROOT_NUMBER;
            count(if is_short { word.text.len() } else { 0 });
            root.extend(is_short.then(|| serde_json::from_str::<Value>(&word.text).ok()).flatten());
        }
    }
}

impl Word {
    /// Reads on to the end of the word or of the text. Returns the value, once it is known, and if it may go on.
    #[inline]
    fn read(&mut self, rest: &mut &str) -> (Option<Value>, bool) {
        let ends = |c: char| ",]}:\"[{".contains(c) || c.is_whitespace();
        let (new, after) = rest.split_at(rest.find(ends).unwrap_or(rest.len()));
        *rest = after;
        count(new.len());
        self.text.push_str(new);
        self.is_numeric &= new.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        if self.is_shown {
            // One of the three words, which nothing may follow.
            self.is_shown = new.is_empty();
            return (None, after.is_empty());
        }
        let is_known = !after.is_empty() || matches!(self.text.as_str(), "true" | "false" | "null");
        let value = is_known.then(|| serde_json::from_str(&self.text).ok()).flatten();
        self.is_shown = value.is_some();
        (value, after.is_empty())
    }

    #[inline]
    fn may_go_on(&self) -> bool {
        self.is_numeric || ["true", "false", "null"].iter().any(|word| word.starts_with(&self.text))
    }
}

/// Returns the value of a container that was begun last.
#[inline]
fn child<'a>(container: &'a mut Value, level: &Level) -> Option<&'a mut Value> {
    match (container, level) {
        (Value::Array(items), _) => items.last_mut(),
        (Value::Object(members), Level::Object(name)) => members.get_mut(name),
        _ => None,
    }
}

/// Puts a value into a container.
#[inline]
fn put(container: &mut Value, open: &Level, value: Value, level: usize) {
    match (container, open) {
        (Value::Array(items), _) => {
            if level == 0 {
                items.clear();
            }
            items.push(value);
        }
        (Value::Object(members), Level::Object(name)) => drop(members.insert(name.clone(), value)),
        _ => {}
    }
}
