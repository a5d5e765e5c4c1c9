//! A page that streams an answer and runs a tool. `index.html` shows it, and `cargo xtask browser` builds and tests it.
//!
//! The key of a page can be read by everybody who opens it: outside of a demonstration, set the base URL to a server of
//! your own that adds the key.

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::tools::Toolbox;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// The arguments of the tool.
#[derive(Deserialize, JsonSchema)]
struct Weather {
    /// The name of a city, as "Oslo".
    city: String,
}

/// The answer of the tool.
#[derive(Serialize)]
struct Report {
    city: String,
    celsius: f64,
}

fn client(base_url: &str, key: &str) -> openai_ext::Result<Client> {
    Client::builder().base_url(base_url).api_key(key).build()
}

/// Streams an answer, and calls `show` with each piece of its text. Returns the whole text.
///
/// # Errors
/// Those of the call, as text.
#[wasm_bindgen]
pub async fn ask(base_url: String, key: String, question: String, show: js_sys::Function) -> Result<String, JsError> {
    let call = client(&base_url, &key)?.chat().completions().create("gpt-5.5", [Message::user(question)]);
    let mut events = call.stream_events().await?;
    while let Some(event) = events.next().await {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
            // A page that fails to show a piece of text still gets the next one.
            let _ = show.call1(&JsValue::NULL, &delta.into());
        }
    }
    Ok(events.final_completion().await?.text().to_owned())
}

/// Lets the model call a tool that runs in the page, and calls `show` with each call. Returns the text of the last answer.
///
/// # Errors
/// Those of the call, as text.
#[wasm_bindgen]
pub async fn ask_with_tool(
    base_url: String,
    key: String,
    question: String,
    show: js_sys::Function,
) -> Result<String, JsError> {
    let weather = tool("get_weather", "The weather in a city now", |Weather { city }: Weather| async move {
        Ok::<_, String>(Report { city, celsius: 7.5 })
    });
    let call = client(&base_url, &key)?.chat().completions().create("gpt-5.5", [Message::user(question)]);
    let run = call.run_tools(&Toolbox::new().with(weather)).with_max_turns(4).send().await?;
    for outcome in &run.calls {
        let text = format!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
        let _ = show.call1(&JsValue::NULL, &text.into());
    }
    Ok(run.text().to_owned())
}
