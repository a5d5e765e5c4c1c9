//! A function that the model calls until it has its answer.

use openai_ext::prelude::*;

/// Returns the weather in a city now.
#[tool]
async fn get_weather(
    /// A city, as "Oslo".
    city: String,
) -> String {
    format!("12 degrees and rain in {city}")
}

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let tools = Toolbox::new().with(get_weather);
    let call = client.chat().completions().create("gpt-5.5", "How is the weather in Oslo?");
    println!("{}", call.run_tools(&tools).send().await?.text());
    Ok(())
}
