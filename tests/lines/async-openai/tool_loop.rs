//! A function that the model calls until it has its answer.

use async_openai::Client;
use async_openai::types::chat::{
    ChatCompletionMessageToolCalls, ChatCompletionRequestAssistantMessageArgs, ChatCompletionRequestMessage,
    ChatCompletionRequestToolMessageArgs, ChatCompletionRequestUserMessage, ChatCompletionTool, ChatCompletionTools,
    CreateChatCompletionRequestArgs, FunctionObjectArgs,
};
use schemars::{JsonSchema, schema_for};
use serde::Deserialize;

#[derive(Deserialize, JsonSchema)]
struct GetWeather {
    /// A city, as "Oslo".
    city: String,
}

async fn get_weather(arguments: GetWeather) -> String {
    format!("12 degrees and rain in {}", arguments.city)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let function = FunctionObjectArgs::default()
        .name("get_weather")
        .description("Returns the weather in a city now.")
        .parameters(schema_for!(GetWeather).to_value())
        .build()?;
    let tools = vec![ChatCompletionTools::Function(ChatCompletionTool { function })];
    let question = ChatCompletionRequestUserMessage::from("How is the weather in Oslo?");
    let mut messages: Vec<ChatCompletionRequestMessage> = vec![question.into()];
    let text = loop {
        let request = CreateChatCompletionRequestArgs::default()
            .model("gpt-5.5")
            .messages(messages.clone())
            .tools(tools.clone())
            .build()?;
        let reply = client.chat().create(request).await?;
        let message = reply.choices.into_iter().next().ok_or("no choice")?.message;
        let Some(calls) = message.tool_calls else {
            break message.content.unwrap_or_default();
        };
        let turn = ChatCompletionRequestAssistantMessageArgs::default().tool_calls(calls.clone()).build()?;
        messages.push(turn.into());
        for call in calls {
            let ChatCompletionMessageToolCalls::Function(call) = call else { continue };
            let output = get_weather(serde_json::from_str(&call.function.arguments)?).await;
            let answer =
                ChatCompletionRequestToolMessageArgs::default().tool_call_id(call.id).content(output).build()?;
            messages.push(answer.into());
        }
    };
    println!("{text}");
    Ok(())
}
