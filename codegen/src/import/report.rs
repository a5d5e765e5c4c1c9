use std::collections::BTreeMap;
use std::fmt;

use super::pointer::Pointer;

/// What an import did: how often each rule applied, what was dropped, and how much the document holds.
///
/// Its `Display` is the table that `cargo xtask spec import` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    rules: BTreeMap<Rule, usize>,
    prose: BTreeMap<String, usize>,
    vendor: BTreeMap<String, usize>,
    /// The first place of each dropped keyword.
    places: BTreeMap<String, String>,
    /// How much the imported document holds.
    pub counts: Counts,
}

/// How much a document holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Keys of `paths`.
    pub paths: usize,
    /// Operations below `paths`.
    pub operations: usize,
    /// Keys of `x-webhooks`.
    pub webhooks: usize,
    /// Component schemas.
    pub schemas: usize,
}

macro_rules! rules {
    ($($(#[$doc:meta])* $name:ident = $label:literal,)+) => {
        /// A rule of the import. The order is the report's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Rule {
            $($(#[$doc])* $name,)+
        }

        impl Rule {
            /// Every rule, in the order of the report.
            pub const ALL: &'static [Rule] = &[$(Rule::$name,)+];

            /// What the rule does, in a few words.
            pub fn label(self) -> &'static str {
                match self { $(Rule::$name => $label,)+ }
            }
        }
    };
}

rules! {
    /// `anyOf` or `oneOf` with a null variant.
    NullVariant = "null variant of a union -> nullable",
    /// `type` is an array with "null" in it.
    NullInTypes = "null in a type array -> nullable",
    /// `type` is an array of several types.
    TypeArray = "type array -> anyOf",
    /// An `enum` lists null.
    NullInEnum = "null in an enum -> nullable",
    /// A schema that is null and nothing else.
    OnlyNull = "null type alone -> nullable enum",
    /// A variant of a union is nullable, which makes the union so.
    NullableVariant = "nullable variant -> nullable union",
    /// A part of an `allOf` is nullable.
    NullableAllOfPart = "nullable part of an allOf -> nullable allOf",
    /// The same, where the other parts do not allow null.
    NullablePartDropped = "nullable part of an allOf that is not -> dropped",
    /// A component is nullable at its root.
    NullableComponent = "nullable component -> its uses",
    /// A use of such a component.
    NullableUse = "use of a nullable component -> nullable",
    /// A `$ref` with keywords beside it, prose included.
    RefSiblings = "$ref with siblings",
    /// Those of them whose siblings are facts.
    RefAllOf = "$ref with facts beside it -> allOf",
    /// A title beside a `$ref`.
    RefTitle = "title beside a $ref dropped",
    /// A title that is no name.
    SentenceTitle = "title that is a sentence dropped",
    /// A type beside a `$ref` that says what the component says.
    RefType = "type beside a $ref that implies it dropped",
    /// `$recursiveRef`.
    RecursiveRef = "$recursiveRef -> $ref",
    /// `const`.
    Const = "const -> one-value enum",
    /// Exclusive bounds as OpenAPI 3.0 writes them.
    BooleanBound = "boolean exclusive bound kept",
    /// Exclusive bounds as OpenAPI 3.1 writes them.
    NumericBound = "numeric exclusive bound -> bound and flag",
    /// A bound of an integer that 64 bits cannot hold.
    WideBound = "integer bound past 64 bits -> 64 bits",
    /// `propertyNames`.
    PropertyNames = "propertyNames -> x-property-names",
    /// A keyword in the wrong case.
    MisspeltKeyword = "misspelt keyword respelt",
    /// `optional`, which OpenAPI does not have.
    OptionalKeyword = "optional -> absent from required",
    /// `minItems` or `maxItems` on the items instead of the array.
    MisplacedBound = "array's bound written on its items -> the array",
    /// `contentEncoding` of a string.
    ContentEncoding = "contentEncoding -> format",
    /// `if` with its branches.
    Conditional = "if, then and else dropped",
    /// A field that only a branch describes.
    ConditionalField = "field of a branch -> optional field",
    /// `properties` or `items` without `type`.
    MissingType = "missing type filled in",
    /// `true` or `false` as a schema.
    BooleanSchema = "boolean schema -> {} or not",
    /// A value that an `enum` or `required` lists twice.
    Duplicate = "duplicate in enum or required dropped",
    /// `default: null`.
    NullDefault = "default null dropped",
    /// A parameter or header whose style was left to OpenAPI's default.
    DefaultStyle = "default style written out",
    /// A flag that says what its absence says.
    EmptyKeyword = "false flag or empty list dropped",
    /// A webhook.
    Webhook = "webhook -> x-webhooks",
    /// A path with a query in it.
    FixedQuery = "query in a path -> x-path, x-fixed-query",
}

impl Report {
    /// How often the rule applied.
    pub fn count(&self, rule: Rule) -> usize {
        self.rules.get(&rule).copied().unwrap_or(0)
    }

    /// The keywords dropped as prose, with how often.
    pub fn prose(&self) -> &BTreeMap<String, usize> {
        &self.prose
    }

    /// The vendor keys (`x-…`) dropped, with how often.
    pub fn vendor(&self) -> &BTreeMap<String, usize> {
        &self.vendor
    }

    pub(super) fn add(&mut self, rule: Rule) {
        *self.rules.entry(rule).or_default() += 1;
    }

    /// The JSON pointer to the first place of a keyword that was dropped.
    pub fn first_place(&self, keyword: &str) -> Option<&str> {
        self.places.get(keyword).map(String::as_str)
    }

    pub(super) fn add_prose(&mut self, keyword: &str, at: &Pointer<'_>) {
        *self.prose.entry(keyword.to_owned()).or_default() += 1;
        self.add_place(keyword, at);
    }

    pub(super) fn add_vendor(&mut self, key: &str, at: &Pointer<'_>) {
        *self.vendor.entry(key.to_owned()).or_default() += 1;
        self.add_place(key, at);
    }

    fn add_place(&mut self, keyword: &str, at: &Pointer<'_>) {
        if !self.places.contains_key(keyword) {
            self.places.insert(keyword.to_owned(), at.key(keyword).text());
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { paths, operations, webhooks, schemas } = self.counts;
        writeln!(f, "{operations} operations on {paths} paths, {webhooks} webhooks, {schemas} component schemas\n")?;
        writeln!(f, "{:<48}  count", "rule")?;
        for rule in Rule::ALL {
            writeln!(f, "{:<48}  {:>5}", rule.label(), self.count(*rule))?;
        }
        write_dropped(f, "prose dropped", &self.prose)?;
        write_dropped(f, "vendor keys dropped", &self.vendor)
    }
}

fn write_dropped(f: &mut fmt::Formatter<'_>, title: &str, keys: &BTreeMap<String, usize>) -> fmt::Result {
    if keys.is_empty() {
        return Ok(());
    }
    writeln!(f, "\n{title:<48}  count")?;
    keys.iter().try_for_each(|(key, count)| writeln!(f, "{key:<48}  {count:>5}"))
}
