//! An answer as a value of a type.

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct Step {
    explanation: String,
    output: String,
}

#[derive(Deserialize, JsonSchema)]
struct Solution {
    steps: Vec<Step>,
    answer: String,
}

#[tokio::main]
async fn main() -> openai_ext::Result<()> {
    let client = Client::from_env()?;
    let call = client.chat().completions().create("gpt-5.5", "Solve 8x + 7 = -23");
    let solution = call.parse::<Solution>().await?.into_parsed()?;
    for step in solution.steps {
        println!("{}: {}", step.explanation, step.output);
    }
    println!("{}", solution.answer);
    Ok(())
}
