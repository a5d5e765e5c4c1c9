//! The differences of the two sides.

use std::collections::BTreeSet;

use crate::call::Call;
use crate::kind::{Fields, Kind};
use crate::ours::Ours;

/// The places where a call differs.
pub fn calls(theirs: &Call, ours: &Call, types: &Ours) -> Vec<String> {
    let mut out = Vec::new();
    let mut differ = |what: &str, theirs: String, ours: String| {
        if theirs != ours {
            out.push(format!("{what}: theirs {theirs}, ours {ours}"));
        }
    };
    let mut query = theirs.query.clone();
    if ours.streams {
        query.remove("stream");
    }
    differ("method", theirs.method.clone(), ours.method.clone());
    differ("path", theirs.path.clone(), ours.path.clone());
    differ("in path", format!("{:?}", theirs.in_path), format!("{:?}", ours.in_path));
    differ("query", format!("{query:?}"), format!("{:?}", ours.query));
    differ("headers", format!("{:?}", theirs.headers), format!("{:?}", ours.headers));
    let media = |call: &Call| format!("{:?}", call.body.as_ref().map(|(media, _)| media));
    differ("body", media(theirs), media(ours));
    let bodies = [theirs, ours].map(|call| call.body.as_ref().and_then(|(_, kind)| kind.as_ref()));
    for (what, pair) in [("body", bodies), ("answer", [theirs.output.as_ref(), ours.output.as_ref()])] {
        if let [Some(theirs), Some(ours)] = pair {
            out.extend(kinds(what, theirs, ours, types));
        }
    }
    out
}

/// The places where what a value holds differs.
pub fn kinds(at: &str, theirs: &Kind, ours: &Kind, types: &Ours) -> Vec<String> {
    let mut comparison = Comparison { types, met: BTreeSet::new(), out: Vec::new() };
    comparison.kinds(at, theirs, ours);
    comparison.out
}

struct Comparison<'a> {
    types: &'a Ours,
    /// Pairs of names that are compared already, further out: types may contain themselves.
    met: BTreeSet<(String, String)>,
    out: Vec<String>,
}

impl Comparison<'_> {
    fn kinds(&mut self, at: &str, theirs: &Kind, ours: &Kind) {
        if let (Kind::Ours(theirs), Kind::Ours(ours)) = (theirs, ours) {
            let (theirs, ours) = (self.types.canonical(theirs), self.types.canonical(ours));
            if theirs == ours || !self.met.insert((theirs, ours)) {
                return;
            }
        }
        let (theirs, ours) = (self.resolved(theirs), self.resolved(ours));
        match (&theirs, &ours) {
            (Kind::List(theirs), Kind::List(ours)) => self.kinds(&format!("{at}[]"), theirs, ours),
            (Kind::Map(theirs), Kind::Map(ours)) => self.kinds(&format!("{at}{{}}"), theirs, ours),
            (Kind::Object(theirs), Kind::Object(ours)) => self.fields(at, theirs, ours),
            (Kind::Object(theirs), Kind::Page(item)) => self.page(at, theirs, item),
            _ if self.alike(&theirs, &ours) => {}
            _ => self.out.push(format!("{at}: {}", self.difference(&theirs, &ours))),
        }
    }

    fn fields(&mut self, at: &str, theirs: &Fields, ours: &Fields) {
        for name in theirs.keys().chain(ours.keys()).collect::<BTreeSet<_>>() {
            let at = format!("{at}.{name}");
            match (theirs.get(name), ours.get(name)) {
                (Some(theirs), Some(ours)) => {
                    if ours.required.is_some_and(|required| theirs.required != Some(required)) {
                        self.out
                            .push(format!("{at}: required: theirs {:?}, ours {:?}", theirs.required, ours.required));
                    }
                    self.kinds(&at, &theirs.kind, &ours.kind);
                }
                (Some(_), None) => self.out.push(format!("{at}: ours has none")),
                _ => self.out.push(format!("{at}: theirs has none")),
            }
        }
    }

    /// Our list has what nearly all lists have, whatever this one does.
    fn page(&mut self, at: &str, theirs: &Fields, item: &Kind) {
        let members = ["object", "data", "has_more", "first_id", "last_id"];
        for (name, field) in theirs {
            let at = format!("{at}.{name}");
            match &**name {
                "data" => self.kinds(&at, &field.kind, &Kind::List(Box::new(item.clone()))),
                "has_more" => self.kinds(&at, &field.kind, &Kind::Plain("boolean")),
                "first_id" | "last_id" => self.kinds(&at, &field.kind, &Kind::Plain("text")),
                "object" => {}
                _ => self.out.push(format!("{at}: ours has only {members:?}")),
            }
        }
        if !theirs.contains_key("data") {
            self.out.push(format!("{at}.data: theirs has none"));
        }
    }

    /// The same although it is written in another way.
    fn alike(&self, theirs: &Kind, ours: &Kind) -> bool {
        match (theirs, ours) {
            // An object of which the document says no more.
            (Kind::Map(value), Kind::Plain("any")) => **value == Kind::Plain("any"),
            // Forms that only tell which fields go together are one object.
            (Kind::Union(forms), Kind::Object(fields)) => {
                self.together(forms).as_ref() == Some(&fields.keys().collect())
            }
            _ => {
                let (theirs, ours) = (Forms::of(self.forms(theirs)), Forms::of(self.forms(ours)));
                // Our enums are open, and where any text may be, the known ones are documentation.
                let texts =
                    if ours.any_text { ours.texts.is_subset(&theirs.texts) } else { ours.texts == theirs.texts };
                let open = ours.any_text || !ours.texts.is_empty();
                texts && ours.others == theirs.others && open == (theirs.any_text || !theirs.texts.is_empty())
            }
        }
    }

    fn together<'b>(&self, forms: &'b [Kind]) -> Option<BTreeSet<&'b String>> {
        let fields = forms.iter().map(|form| match form {
            Kind::Object(fields) => Some(fields.keys()),
            _ => None,
        });
        Some(fields.collect::<Option<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// The forms of a value in words: those of unions within unions are one set, and so are the texts of enums.
    fn forms(&self, kind: &Kind) -> BTreeSet<String> {
        match self.resolved(kind) {
            Kind::Union(forms) => forms.iter().flat_map(|form| self.forms(form)).collect(),
            Kind::Enum(texts) => texts.iter().map(|text| format!("{text:?}")).collect(),
            Kind::List(item) => self.forms(&item).into_iter().map(|form| format!("list of {form}")).collect(),
            // Bytes are texts in the document.
            Kind::Plain("bytes") => BTreeSet::from(["text".to_owned()]),
            other => BTreeSet::from([other.word()]),
        }
    }

    fn difference(&self, theirs: &Kind, ours: &Kind) -> String {
        let (theirs, ours) = (self.forms(theirs), self.forms(ours));
        let only = |these: &BTreeSet<String>, those| these.difference(those).cloned().collect::<Vec<_>>().join(" | ");
        match (&*only(&theirs, &ours), &*only(&ours, &theirs)) {
            (theirs, "") => format!("ours has not {theirs}"),
            ("", ours) => format!("theirs has not {ours}"),
            (theirs, ours) => format!("theirs {theirs}, ours {ours}"),
        }
    }

    fn resolved(&self, kind: &Kind) -> Kind {
        match kind {
            Kind::Ours(name) => self.types.get(name).map_or_else(|| kind.clone(), |found| self.resolved(&found)),
            kind => kind.clone(),
        }
    }
}

/// The forms of a value: texts, and what is none.
struct Forms {
    texts: BTreeSet<String>,
    any_text: bool,
    others: BTreeSet<String>,
}

impl Forms {
    fn of(forms: BTreeSet<String>) -> Self {
        let (texts, mut others): (BTreeSet<_>, BTreeSet<_>) = forms.into_iter().partition(|form| form.starts_with('"'));
        let any_text = others.remove("text");
        // A number may be an integer.
        if others.contains("number") {
            others.remove("integer");
        }
        Self { texts, any_text, others }
    }
}
