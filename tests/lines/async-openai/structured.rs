//! An answer as a value of a type.

use async_openai::Client;
use async_openai::types::chat::{
    ChatCompletionRequestUserMessage, CreateChatCompletionRequestArgs, ResponseFormat, ResponseFormatJsonSchema,
};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Step {
    explanation: String,
    output: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Solution {
    steps: Vec<Step>,
    answer: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let format = ResponseFormat::JsonSchema {
        json_schema: ResponseFormatJsonSchema {
            description: None,
            name: "Solution".into(),
            schema: schema_for!(Solution).to_value(),
            strict: Some(true),
        },
    };
    let request = CreateChatCompletionRequestArgs::default()
        .model("gpt-5.5")
        .messages([ChatCompletionRequestUserMessage::from("Solve 8x + 7 = -23").into()])
        .response_format(format)
        .build()?;
    let reply = client.chat().create(request).await?;
    let message = &reply.choices[0].message;
    let Some(content) = &message.content else {
        return Err(message.refusal.clone().unwrap_or_default().into());
    };
    let solution: Solution = serde_json::from_str(content)?;
    for step in solution.steps {
        println!("{}: {}", step.explanation, step.output);
    }
    println!("{}", solution.answer);
    Ok(())
}
