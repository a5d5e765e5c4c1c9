//! The options of the attribute: `#[tool(name = "…", description = "…", strict = false)]`.

use proc_macro2::TokenStream;
use syn::parse::Parser as _;
use syn::{Error, LitBool, LitStr, Path, Result, meta};

/// The options of the attribute.
#[derive(Default)]
pub(crate) struct Options {
    pub(crate) name: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) strict: Option<bool>,
    /// The path of openai-ext, if the program has it under another name.
    pub(crate) krate: Option<Path>,
}

impl Options {
    /// Reads what stands in the parentheses.
    pub(crate) fn parse(tokens: TokenStream) -> Result<Self> {
        let mut options = Self::default();
        let parser = meta::parser(|option| {
            let is = |name: &str| option.path.is_ident(name);
            if is("name") {
                options.name = Some(option.value()?.parse()?);
            } else if is("description") {
                options.description = Some(option.value()?.parse()?);
            } else if is("strict") {
                options.strict = Some(option.value()?.parse::<LitBool>()?.value);
            } else if is("crate") {
                options.krate = Some(option.value()?.parse::<LitStr>()?.parse()?);
            } else {
                return Err(option.error("unknown option: use `name`, `description`, `strict` or `crate`"));
            }
            Ok(())
        });
        parser.parse2(tokens)?;
        if let Some(name) = &options.name {
            check_name(&name.value(), name.span())?;
        }
        Ok(options)
    }
}

/// Checks a name by the rule of the API.
pub(crate) fn check_name(name: &str, span: proc_macro2::Span) -> Result<()> {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if (1..=64).contains(&name.len()) && name.bytes().all(is_valid) {
        return Ok(());
    }
    let message = format!(
        "{name:?} cannot be the name of a tool: use 1 to 64 ASCII letters, digits, underscores and dashes, \
         by `#[tool(name = \"…\")]` if the function is to keep its name"
    );
    Err(Error::new(span, message))
}
