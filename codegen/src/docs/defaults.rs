//! `defaults.yaml`: sentences for fields, values, forms and types that have no entry of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::string;
use super::words::{in_words, subject, with_article};

/// A name of more words than this is replaced by the subject of the type's own sentence.
const LONG_NAME: usize = 3;

/// Sentences by the names of fields, types, values and forms.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// By the name of a field or parameter; `*_id` stands for every name with this ending.
    fields: BTreeMap<String, DefaultRule>,
    /// By the name of a field's type.
    types: BTreeMap<String, DefaultRule>,
    /// By a value of an enum; `*` stands for every value.
    values: BTreeMap<String, DefaultRule>,
    /// By the name of a union's form, or the kind of its value.
    variants: BTreeMap<String, DefaultRule>,
    /// By the ending of a type's name.
    suffixes: BTreeMap<String, DefaultRule>,
    /// Types whose entries stand for those of another one: a name or a pattern with `*`, and the names or patterns to look at.
    like: Vec<(String, Vec<String>)>,
    /// Notes for deprecated items, by key or by the name of a field.
    deprecated: BTreeMap<String, String>,
    /// Types in words, where the words of the name are not good.
    words: BTreeMap<String, String>,
    /// The subjects of types' own sentences, which name a type better than a long name does.
    phrases: BTreeMap<String, String>,
}

/// One sentence, or sentences by kinds and endings of the owner's name.
#[derive(Clone, Debug)]
enum DefaultRule {
    Same(String),
    By(BTreeMap<String, String>),
}

/// The place of a field or parameter, as far as defaults depend on it.
#[derive(Clone, Copy, Debug)]
pub struct FieldSite<'a> {
    /// The name of the type that has the field; that of the resource's items for a parameter.
    pub owner: &'a str,
    /// The field's name on the wire.
    pub name: &'a str,
    /// Kinds that apply: `parameter`, `request`, `response`, and those of its type (`string`, `list`, …).
    pub kinds: &'a [&'a str],
    /// The name of its type, if it has one.
    pub ty: Option<&'a str>,
}

/// A sentence of the defaults, and the rule that it is from.
#[derive(Clone, Debug)]
pub struct DefaultUse {
    /// The sentence, with its placeholders filled.
    pub text: String,
    /// The rule: section, name and key.
    pub rule: String,
}

impl Defaults {
    /// Reads the members of defaults.yaml.
    pub(super) fn read(path: &str, members: &Map<String, Value>) -> Result<Self, String> {
        let mut out = Self::default();
        for (section, rules) in members {
            let Value::Object(rules) = rules else {
                return Err(format!("{path}: {section}: expected a map, found {rules}"));
            };
            let target = match section.as_str() {
                "fields" => &mut out.fields,
                "types" => &mut out.types,
                "values" => &mut out.values,
                "variants" => &mut out.variants,
                "suffixes" => &mut out.suffixes,
                "like" => {
                    out.like = read_like(path, rules)?;
                    continue;
                }
                "words" | "deprecated" => {
                    let target = if section == "words" { &mut out.words } else { &mut out.deprecated };
                    for (name, words) in rules {
                        target.insert(name.clone(), string(path, &format!("{section}.{name}"), words)?);
                    }
                    continue;
                }
                other => {
                    return Err(format!(
                        "{path}: {other} is no section; known are fields, types, values, variants, suffixes, like, deprecated and words"
                    ));
                }
            };
            for (name, rule) in rules {
                target.insert(name.clone(), DefaultRule::read(path, &format!("{section}.{name}"), rule)?);
            }
        }
        Ok(out)
    }

    /// Returns the sentence of a field: by name and owner, by type, by name, by the ending of the name.
    #[must_use]
    pub fn field(&self, site: FieldSite<'_>) -> Option<DefaultUse> {
        let named = self.fields.get(site.name).map(|rule| (site.name.to_owned(), rule));
        let by_owner =
            named.as_ref().and_then(|(name, rule)| Some((name.clone(), rule.special(site.owner, site.kinds)?)));
        let found = by_owner.map(|(name, found)| ("fields", name, found)).or_else(|| {
            let ty = site.ty?;
            let found = self.types.get(ty)?.any(site.owner, site.kinds)?;
            Some(("types", ty.to_owned(), found))
        });
        let found = found.or_else(|| {
            let (name, rule) = named?;
            Some(("fields", name, rule.general()?))
        });
        let found = found.or_else(|| {
            let endings = self
                .fields
                .iter()
                .filter(|(name, _)| name.strip_prefix('*').is_some_and(|ending| site.name.ends_with(ending)));
            let (name, rule) = endings.max_by_key(|(name, _)| name.len())?;
            Some(("fields", name.clone(), rule.any(site.owner, site.kinds)?))
        });
        let (section, name, (key, sentence)) = found?;
        let text = self.filled(sentence, site.owner, site.name);
        Some(DefaultUse { text, rule: rule_name(section, &name, key) })
    }

    /// Returns the sentence of an enum's value.
    #[must_use]
    pub fn value(&self, owner: &str, value: &str) -> Option<DefaultUse> {
        let find = |name: &str| {
            let (key, sentence) = self.values.get(name)?.any(owner, &[])?;
            // A value says of what the state or kind is, not that it is one.
            let owner = ["StatusResource", "Status", "Enum"]
                .iter()
                .find_map(|ending| owner.strip_suffix(ending))
                .unwrap_or(owner);
            let text = self.filled(sentence, owner, value);
            Some(DefaultUse { text, rule: rule_name("values", name, key) })
        };
        find(value).or_else(|| find("*"))
    }

    /// Returns the sentence of a union's form, by its name or by the kinds of its value.
    #[must_use]
    pub fn variant(&self, owner: &str, form: &str, kinds: &[&str]) -> Option<DefaultUse> {
        std::iter::once(&form).chain(kinds).find_map(|name| {
            let (key, sentence) = self.variants.get(*name)?.any(owner, kinds)?;
            let text = self.filled(sentence, owner, form);
            Some(DefaultUse { text, rule: rule_name("variants", name, key) })
        })
    }

    /// Returns the sentence of a type, by the ending of its name.
    #[must_use]
    pub fn type_(&self, name: &str, kinds: &[&str]) -> Option<DefaultUse> {
        let endings = self.suffixes.iter().filter(|(ending, _)| name.ends_with(*ending) && name.len() > ending.len());
        let (ending, rule) = endings.max_by_key(|(ending, _)| ending.len())?;
        let (key, sentence) = rule.any(name, kinds)?;
        let subject = name.strip_suffix(ending.as_str()).unwrap_or(name);
        let text = self.filled(sentence, name, &crate::ir::snake(subject));
        Some(DefaultUse { text, rule: rule_name("suffixes", ending, key) })
    }

    /// Returns the notes for deprecated items that are given by whole keys.
    #[must_use]
    pub fn notes(&self) -> BTreeMap<&str, &str> {
        let whole = self.deprecated.iter().filter(|(key, _)| key.contains('.') || key.starts_with(char::is_uppercase));
        whole.map(|(key, note)| (key.as_str(), note.as_str())).collect()
    }

    /// Returns the note for a deprecated item: by its key, by its type, by the name of its field.
    #[must_use]
    pub fn note(&self, key: &str) -> Option<&str> {
        let field = key.starts_with(char::is_uppercase).then(|| key.split_once('.')).flatten();
        let by_field = || self.deprecated.get(field?.1);
        self.deprecated.get(key).or_else(by_field).map(String::as_str)
    }

    /// Returns the types whose entries stand for those of a type, the nearest first.
    #[must_use]
    pub fn like(&self, name: &str) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        let mut open = vec![name.to_owned()];
        while let Some(name) = open.pop() {
            let targets = self.like.iter().flat_map(|(pattern, targets)| {
                let middle = matched(pattern, &name);
                targets.iter().filter_map(move |target| Some(target.replace('*', middle?)))
            });
            for target in targets {
                if target != name && !found.contains(&target) {
                    found.push(target.clone());
                    open.push(target);
                }
            }
        }
        found
    }

    /// Returns a type's name in words.
    #[must_use]
    pub fn words(&self, name: &str) -> String {
        if let Some(words) = self.words.get(name) {
            return words.clone();
        }
        let words = in_words(name);
        let is_long = words.split(' ').count() > LONG_NAME;
        let phrase = self.phrases.get(name).or_else(|| self.phrases.get(name.strip_prefix("Beta")?));
        phrase.filter(|_| is_long).cloned().unwrap_or(words)
    }

    /// Takes the subjects of the sentences of types.
    pub(super) fn add_phrases<'a>(&mut self, sentences: impl Iterator<Item = (&'a String, &'a str)>) {
        let phrases = sentences.filter_map(|(name, sentence)| Some((name.clone(), subject(sentence)?)));
        self.phrases.extend(phrases);
    }

    /// Returns the rules that no item used.
    #[must_use]
    pub fn unused(&self, used: &BTreeSet<String>) -> Vec<String> {
        let sections = [
            ("fields", &self.fields),
            ("types", &self.types),
            ("values", &self.values),
            ("variants", &self.variants),
            ("suffixes", &self.suffixes),
        ];
        let rules = sections.into_iter().flat_map(|(section, rules)| {
            rules.iter().flat_map(move |(name, rule)| match rule {
                DefaultRule::Same(_) => vec![rule_name(section, name, "")],
                DefaultRule::By(keys) => keys.keys().map(|key| rule_name(section, name, key)).collect(),
            })
        });
        rules.filter(|rule| !used.contains(rule)).collect()
    }

    /// Fills the placeholders: `{type}` and `{a type}` are the owner in words, `{name}` and `{a name}` the field, value or
    /// form in words, `{subject}` the field's name without `_id`, `_ids`, `_at`, `_ms` or `_url`, and `{value}` the name as it is.
    fn filled(&self, sentence: &str, owner: &str, name: &str) -> String {
        let (ty, name_words) = (self.words(owner), in_words(name));
        let subject =
            ["_ids", "_id", "_at", "_ms", "_url"].iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name);
        let subject = in_words(subject);
        sentence
            .replace("{type}", &ty)
            .replace("{a type}", &with_article(&ty))
            .replace("{name}", &name_words)
            .replace("{a name}", &with_article(&name_words))
            .replace("{subject}", &subject)
            .replace("{a subject}", &with_article(&subject))
            .replace("{value}", name)
    }
}

impl DefaultRule {
    fn read(path: &str, place: &str, rule: &Value) -> Result<Self, String> {
        let Value::Object(keys) = rule else { return Ok(Self::Same(string(path, place, rule)?)) };
        let keys =
            keys.iter().map(|(key, sentence)| Ok((key.clone(), string(path, &format!("{place}.{key}"), sentence)?)));
        Ok(Self::By(keys.collect::<Result<_, String>>()?))
    }

    /// The sentence for an ending of the owner's name or, with `*`, a beginning, the longest first; or for a kind.
    fn special(&self, owner: &str, kinds: &[&str]) -> Option<(&str, &str)> {
        let Self::By(keys) = self else { return None };
        let fits = |key: &str| match key.strip_suffix('*') {
            Some(start) => owner.len() > start.len() && owner.starts_with(start),
            None => owner.ends_with(key),
        };
        let endings = keys.iter().filter(|(key, _)| key.starts_with(char::is_uppercase) && fits(key));
        let ending = endings.max_by_key(|(key, _)| key.len());
        let by_kind = || kinds.iter().find_map(|kind| keys.get_key_value(*kind));
        ending.or_else(by_kind).map(|(key, sentence)| (key.as_str(), sentence.as_str()))
    }

    fn general(&self) -> Option<(&str, &str)> {
        match self {
            Self::Same(sentence) => Some(("", sentence)),
            Self::By(keys) => keys.get("default").map(|sentence| ("default", sentence.as_str())),
        }
    }

    fn any(&self, owner: &str, kinds: &[&str]) -> Option<(&str, &str)> {
        self.special(owner, kinds).or_else(|| self.general())
    }
}

/// Reads the section `like`: a target or a list of targets for each name or pattern, names first.
fn read_like(path: &str, rules: &Map<String, Value>) -> Result<Vec<(String, Vec<String>)>, String> {
    let mut out = Vec::new();
    for (pattern, targets) in rules {
        let place = format!("like.{pattern}");
        let targets = match targets {
            Value::Array(targets) => {
                targets.iter().map(|target| string(path, &place, target)).collect::<Result<_, _>>()?
            }
            target => vec![string(path, &place, target)?],
        };
        out.push((pattern.clone(), targets));
    }
    out.sort_by_key(|(pattern, _)| pattern.contains('*'));
    Ok(out)
}

/// Returns what the `*` of a pattern stands for in a name; an empty string for a pattern that is the name.
fn matched<'a>(pattern: &str, name: &'a str) -> Option<&'a str> {
    match pattern.split_once('*') {
        Some((start, end)) => name.strip_prefix(start)?.strip_suffix(end).filter(|middle| !middle.is_empty()),
        None => (pattern == name).then_some(""),
    }
}

fn rule_name(section: &str, name: &str, key: &str) -> String {
    if key.is_empty() { format!("{section}.{name}") } else { format!("{section}.{name}.{key}") }
}
