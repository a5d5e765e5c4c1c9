//! Other servers with the same API: where they are found by default, and with which key.
//!
//! ```
//! use std::time::Duration;
//! use openai_ext::compatible;
//!
//! # fn main() -> openai_ext::Result<()> {
//! let local = compatible::ollama().build()?;
//! let other = compatible::vllm().base_url("http://gpu-1:8000/v1").timeout(Duration::from_secs(60)).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! The builders also set the dialect of schemas (`schema::Dialect`, feature `tools`), to `anyOf` unless they say otherwise:
//! several servers refuse OpenAI's lists of types, and `anyOf` is the form that Pydantic and Zod write. Vectors of
//! embeddings come as numbers: base64 is requested by `.encoding_format("base64")`, and by default from OpenAI and Azure only.
//!
//! Each function gives a builder whose options can all be changed; it reads no variable of the environment unless it says
//! so. For a server that is not here: `Client::builder().base_url(…)`, with [`api_key`](ClientBuilder::api_key) or
//! [`no_api_key`](ClientBuilder::no_api_key).

use openai_runtime::{ClientBuilder, Error, ErrorKind, Result, Secret};

use crate::Client;
#[cfg(feature = "tools")]
use crate::servers::options::ServerOptionsExt;
#[cfg(feature = "tools")]
use crate::structured::schema::Dialect;

/// [Ollama](https://ollama.com) on this machine, `http://localhost:11434/v1`, without a key.
#[must_use]
#[inline]
pub fn ollama() -> ClientBuilder<Client> {
    local(11434)
}

/// [vLLM](https://docs.vllm.ai) on this machine, `http://localhost:8000/v1`, without a key; set the one of its `--api-key`
/// if it has one.
#[must_use]
#[inline]
pub fn vllm() -> ClientBuilder<Client> {
    local(8000)
}

/// The server of [llama.cpp](https://github.com/ggml-org/llama.cpp) on this machine, `http://localhost:8080/v1`, without a
/// key; set the one of its `--api-key` if it has one.
#[must_use]
#[inline]
pub fn llama_cpp() -> ClientBuilder<Client> {
    local(8080)
}

/// A [LiteLLM](https://docs.litellm.ai) proxy on this machine, `http://localhost:4000/v1`, with one of its virtual keys.
#[must_use]
pub fn litellm(api_key: impl Into<Secret>) -> ClientBuilder<Client> {
    local(4000).api_key(api_key)
}

/// [OpenRouter](https://openrouter.ai). To be named in its rankings, add the headers `HTTP-Referer` and `X-Title`.
///
/// ```
/// # fn main() -> openai_ext::Result<()> {
/// let client = openai_ext::compatible::openrouter("sk-or-…")
///     .default_header("HTTP-Referer", "https://my-app.example.com")
///     .default_header("X-Title", "My app")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn openrouter(api_key: impl Into<Secret>) -> ClientBuilder<Client> {
    at("https://openrouter.ai/api/v1").api_key(api_key)
}

/// Makes a builder for Google's [Gemini API](https://ai.google.dev/gemini-api/docs/openai),
/// `https://generativelanguage.googleapis.com/v1beta/openai`. Its schemas have
/// the dialect `Dialect::Nullable`, because the API refuses lists of types.
#[must_use]
pub fn gemini(api_key: impl Into<Secret>) -> ClientBuilder<Client> {
    let builder = at("https://generativelanguage.googleapis.com/v1beta/openai").api_key(api_key);
    #[cfg(feature = "tools")]
    let builder = builder.schema_dialect(Dialect::Nullable);
    builder
}

/// Makes a builder for [DeepSeek](https://api-docs.deepseek.com), `https://api.deepseek.com`. Since V3.2 its models want their
/// `reasoning_content` back while they call tools, as runs of tools send it by default; for R1 on another server see
/// `chat::ReasoningReplay::Drop`.
#[must_use]
pub fn deepseek(api_key: impl Into<Secret>) -> ClientBuilder<Client> {
    at("https://api.deepseek.com").api_key(api_key)
}

/// Amazon Bedrock's OpenAI endpoint in a region, as `us-west-2`, with an API key of Bedrock as its bearer token.
///
/// The base URL is `https://bedrock-runtime.{region}.amazonaws.com/openai/v1`. Regions that have the newer
/// `https://bedrock-mantle.{region}.api.aws/v1` are reached by setting that as [`base_url`](ClientBuilder::base_url).
/// The feature `bedrock` has a provider that also signs requests with AWS credentials, and checks the host.
///
/// ```no_run
/// use openai_ext::compatible;
///
/// # fn main() -> openai_ext::Result<()> {
/// let client = compatible::bedrock("us-west-2", "bedrock-api-key-…")?.build()?;
/// let client = compatible::bedrock_from_env()?.build()?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// What is no name of a region, of kind [`Config`](ErrorKind::Config): the key would go to another host.
pub fn bedrock(region: &str, api_key: impl Into<Secret>) -> Result<ClientBuilder<Client>> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(plain) {
        // The region is not repeated: a key may stand in its place.
        let message = "Bedrock: what was given is no region: give a name such as us-west-2, and the key after it";
        return Err(Error::new(ErrorKind::Config, message));
    }
    let url = format!("https://bedrock-runtime.{region}.amazonaws.com/openai/v1");
    Ok(at(url).api_key(api_key))
}

/// As [`bedrock`], by `AWS_BEARER_TOKEN_BEDROCK` and `AWS_REGION`, or else `AWS_DEFAULT_REGION`.
///
/// # Errors
/// A variable that is missing or blank, or what is no name of a region: of kind [`Config`](ErrorKind::Config).
#[inline]
pub fn bedrock_from_env() -> Result<ClientBuilder<Client>> {
    bedrock_from_vars(|name| std::env::var(name).ok())
}

/// As [`bedrock_from_env`], with another source of variables.
///
/// # Errors
/// As [`bedrock_from_env`].
pub fn bedrock_from_vars(variable: impl Fn(&str) -> Option<String>) -> Result<ClientBuilder<Client>> {
    let set = |name: &str| variable(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let missing = |what: &str| Error::new(ErrorKind::Config, format!("Bedrock: set {what}"));
    let region = set("AWS_REGION").or_else(|| set("AWS_DEFAULT_REGION"));
    let region = region.ok_or_else(|| missing("AWS_REGION, as us-west-2"))?;
    let key = set("AWS_BEARER_TOKEN_BEDROCK");
    bedrock(&region, key.ok_or_else(|| missing("AWS_BEARER_TOKEN_BEDROCK, an API key of Bedrock"))?)
}

#[inline]
fn local(port: u16) -> ClientBuilder<Client> {
    at(format!("http://localhost:{port}/v1")).no_api_key()
}

/// Makes a builder for a server whose schemas have no lists of types.
fn at(url: impl Into<String>) -> ClientBuilder<Client> {
    let builder = Client::builder().base_url(url);
    #[cfg(feature = "tools")]
    let builder = builder.schema_dialect(Dialect::AnyOf);
    builder
}
