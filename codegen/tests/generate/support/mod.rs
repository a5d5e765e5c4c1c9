//! One-feature documents, and how a snapshot shows what becomes of them.

mod compiles;
mod served;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use openai_codegen::emit::RAW;
use openai_codegen::import::import_with;
use openai_codegen::strictness::Strictness;
use openai_codegen::{Input, Output, generate};

/// A document with one feature, and what of its outcome is worth a look.
#[derive(Clone, Copy)]
pub struct Case {
    source: Source,
    names: &'static str,
    docs: &'static str,
    show: &'static [&'static str],
    /// Rust statements that use what is generated, with `client` at hand.
    pub usage: &'static str,
    /// The document is anybody's: imported and generated leniently, by the rules of OpenAPI.
    is_foreign: bool,
    /// The requests that the statements send, each as [`served`] writes it.
    pub sends: &'static [&'static str],
    /// The responses to them: status, content type and body; an empty object where there are no more.
    pub replies: &'static [(u16, &'static str, &'static str)],
}

#[derive(Clone, Copy)]
enum Source {
    /// Component schemas; `Thing` is what `GET /things` answers.
    Answer(&'static str),
    /// Component schemas; `Thing` is the body of `POST /things`.
    Body(&'static str),
    /// The document from `paths` on.
    Whole(&'static str),
}

/// Names of the operations that [`Source::Answer`] and [`Source::Body`] make.
const THINGS: &str = "
[operations]
getThing = { resource = 'things', verb = 'retrieve' }
createThing = { resource = 'things', verb = 'create' }
";

const GET: &str = "
paths:
  /things:
    get:
      operationId: getThing
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}}
";

const POST: &str = "
paths:
  /things:
    post:
      operationId: createThing
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
      responses:
        '204': {description: ''}
";

impl Case {
    /// Schemas of an answer: `Thing` and what it needs.
    pub const fn answer(schemas: &'static str) -> Self {
        Self::of(Source::Answer(schemas), &["types/"])
    }

    /// Schemas of a request body: `Thing` and what it needs.
    pub const fn body(schemas: &'static str) -> Self {
        Self::of(Source::Body(schemas), &["types/"])
    }

    /// A document from `paths` on, with what is shown of its outcome: parts of paths of files.
    pub const fn document(text: &'static str, show: &'static [&'static str]) -> Self {
        Self::of(Source::Whole(text), show)
    }

    const fn of(source: Source, show: &'static [&'static str]) -> Self {
        Self { source, names: "", docs: "{}", show, usage: "", is_foreign: false, sends: &[], replies: &[] }
    }

    /// Anybody's document from `paths` on, of which the file of `things` is shown.
    pub const fn foreign(text: &'static str) -> Self {
        Self { is_foreign: true, ..Self::of(Source::Whole(text), &["resources/things.rs"]) }
    }

    /// With the requests that the statements send, which are run for that.
    pub const fn sends(mut self, requests: &'static [&'static str]) -> Self {
        self.sends = requests;
        self
    }

    /// With responses: status, content type and body.
    pub const fn replies(mut self, replies: &'static [(u16, &'static str, &'static str)]) -> Self {
        self.replies = replies;
        self
    }

    /// With names.toml, which stands in for [`THINGS`] if it has operations of its own.
    pub const fn names(mut self, names: &'static str) -> Self {
        self.names = names;
        self
    }

    /// With docs.yaml.
    pub const fn docs(mut self, docs: &'static str) -> Self {
        self.docs = docs;
        self
    }

    /// With statements that use the outcome.
    pub const fn usage(mut self, usage: &'static str) -> Self {
        self.usage = usage;
        self
    }

    /// With something else to show than the files of types.
    pub const fn show(mut self, show: &'static [&'static str]) -> Self {
        self.show = show;
        self
    }

    /// The part of the document that a reader of the snapshot needs.
    fn input(&self) -> &'static str {
        let (Source::Answer(text) | Source::Body(text) | Source::Whole(text)) = self.source;
        text.trim_matches('\n')
    }

    /// The whole document.
    pub fn text(&self) -> String {
        let schemas = |head: &str| {
            let lines: String = self.input().lines().map(|line| format!("    {line}\n")).collect();
            format!("{HEAD}{head}components:\n  schemas:\n{lines}")
        };
        match self.source {
            Source::Answer(_) => schemas(GET),
            Source::Body(_) => schemas(POST),
            Source::Whole(_) => format!("{HEAD}{}\n", self.input()),
        }
    }

    /// names.toml of the case; of what a module's foreign documents share, the lines for this one.
    fn own_names(&self) -> String {
        let is_there = |line: &&str| line.split_once(" = {").is_none_or(|(id, _)| self.input().contains(id));
        if !self.is_foreign {
            return self.names.to_owned();
        }
        self.names.trim_matches('\n').lines().filter(is_there).map(|line| format!("{line}\n")).collect()
    }

    /// Generates.
    pub fn output(&self) -> Result<Output, String> {
        let own = self.names.contains("[operations]") || matches!(self.source, Source::Whole(_));
        let text = self.text();
        // A line stays where it is empty, because errors have its number.
        let is_there = |line: &str| line.split_once(" = ").is_none_or(|(id, _)| text.contains(id));
        let things: String = THINGS.lines().flat_map(|line| [if is_there(line) { line } else { "" }, "\n"]).collect();
        let own_names = self.own_names();
        let names = if own { own_names } else { format!("{things}{own_names}") };
        let docs = [("docs.yaml".to_owned(), self.docs.to_owned())];
        let input =
            Input { document: &text, names: &names, overlays: &[], docs: &docs, strictness: Strictness::Strict };
        if !self.is_foreign {
            return generate(input);
        }
        let strictness = Strictness::Lenient;
        let imported = import_with(&text, "openapi.yaml", strictness).map_err(|error| error.to_string())?;
        let mut output = generate(Input { document: &imported.yaml, strictness, ..input })?;
        output.passed_over.splice(..0, imported.report.passed_over().iter().cloned());
        Ok(output)
    }

    /// What a snapshot holds: the input, the files to be shown, and what the passes said.
    pub fn snapshot(&self) -> String {
        let output = self.output().unwrap_or_else(|error| panic!("{error}\n{}", self.text()));
        let mut out = self.input().to_owned();
        for (title, text) in [("names.toml", self.own_names().as_str()), ("docs.yaml", self.docs)] {
            if text.len() > 2 {
                out += &format!("\n--- {title}\n{}", text.trim_matches('\n'));
            }
        }
        for (path, text) in &output.files {
            let below = path.strip_prefix(RAW).map_or(path.as_str(), |below| below.trim_start_matches('/'));
            if below != "types/mod.rs" && self.show.iter().any(|wanted| below.starts_with(wanted))
                || self.show.contains(&below)
            {
                out += &format!("\n--- {below}\n{}", body_of(text));
            }
        }
        let report = output.report.iter().map(|line| line.text.as_str());
        let report = report.chain(output.docs_faults.iter().map(String::as_str));
        let is_news = |line: &&str| !COMMONPLACES.contains(*line) && !line.starts_with("emitted: ");
        let report: Vec<&str> = report.filter(is_news).collect();
        if !report.is_empty() {
            out += &format!("\n--- report\n{}", report.join("\n"));
        }
        let passed_over: Vec<String> = output.passed_over.iter().map(ToString::to_string).collect();
        if !passed_over.is_empty() {
            out += &format!("\n--- passed over\n{}", passed_over.join("\n"));
        }
        out
    }
}

const HEAD: &str = "openapi: 3.0.3\ninfo: {title: Things, version: '1'}\n";

/// Report lines that say that nothing happened.
static COMMONPLACES: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let plain = Case::answer("Thing: {type: object, properties: {a: {type: string}}}");
    plain.output().expect("the plainest document").report.into_iter().map(|line| line.text).collect()
});

/// What an operation says about itself when it has nothing to say.
const PLAIN: &[&str] = &[
    "query: &[],",
    "headers: &[],",
    "security: Security::Bearer,",
    "stream: Done::None,",
    "switch: None,",
    "paging: Paging::None,",
];

/// A file without header, imports and what is the same everywhere. Imports stand together, apart from everything else.
fn body_of(text: &str) -> String {
    let is_import = |part: &&str| part.lines().any(|line| line.starts_with("use "));
    let parts: Vec<&str> = text.split("\n\n").filter(|part| !is_import(part)).collect();
    let plain = |line: &&str| PLAIN.contains(&line.trim()) || line.starts_with("// @generated");
    let lines = parts.join("\n\n");
    let lines: Vec<&str> = lines.lines().filter(|line| !plain(line)).collect();
    format!("{}\n", lines.join("\n").trim_start_matches('\n'))
}

/// Declares cases: a snapshot test each, and the list for the test that compiles them all.
macro_rules! cases {
    ($($name:ident: $case:expr;)*) => {
        /// The cases of this module, by name.
        pub const ALL: &[(&str, $crate::support::Case)] = &[$((stringify!($name), $case)),*];
        $(
            #[test]
            fn $name() {
                // By a name, since insta notes the expression.
                let shown = $crate::support::Case::snapshot(&$case);
                insta::assert_snapshot!(shown);
            }
        )*
    };
}

pub(crate) use cases;
