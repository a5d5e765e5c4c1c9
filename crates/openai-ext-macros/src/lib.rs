//! The attribute `#[tool]` of [openai-ext](https://docs.rs/openai-ext): with its feature `macros` it is
//! `openai_ext::tools::tool`, and its documentation is there.
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod expansion;
mod options;
mod parameter;

use proc_macro::TokenStream;

/// Makes a tool of a function: its name, description and parameters are those of the function.
///
/// ```text
/// /// Returns the weather in a city now.
/// #[tool]
/// async fn get_weather(
///     /// A city, as "Oslo".
///     city: String,
/// ) -> String {
///     format!("It rains in {city}")
/// }
///
/// let tools = Toolbox::new().with(get_weather);
/// ```
#[proc_macro_attribute]
pub fn tool(options: TokenStream, item: TokenStream) -> TokenStream {
    expansion::expand(options.into(), item.into()).unwrap_or_else(|error| error.into_compile_error()).into()
}
