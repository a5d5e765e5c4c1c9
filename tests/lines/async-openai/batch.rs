//! Many requests in a batch, and the answer to each.

use std::time::Duration;

use async_openai::Client;
use async_openai::types::batches::{
    BatchCompletionWindow, BatchEndpoint, BatchRequestArgs, BatchRequestInput, BatchRequestInputMethod,
    BatchRequestOutput, BatchStatus,
};
use async_openai::types::files::{CreateFileRequestArgs, FileInput, FilePurpose};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new();
    let mut rows = String::new();
    for city in ["Accra", "Bogotá", "Cork", "Dhaka"] {
        let question = format!("In which country is {city}?");
        let row = BatchRequestInput {
            custom_id: city.into(),
            method: BatchRequestInputMethod::POST,
            url: BatchEndpoint::V1ChatCompletions,
            body: Some(json!({"model": "gpt-5.5", "messages": [{"role": "user", "content": question}]})),
        };
        rows += &serde_json::to_string(&row)?;
        rows.push('\n');
    }
    let file = CreateFileRequestArgs::default()
        .file(FileInput::from_vec_u8("requests.jsonl".into(), rows.into_bytes()))
        .purpose(FilePurpose::Batch)
        .build()?;
    let file = client.files().create(file).await?;
    let request = BatchRequestArgs::default()
        .input_file_id(file.id)
        .endpoint(BatchEndpoint::V1ChatCompletions)
        .completion_window(BatchCompletionWindow::W24H)
        .build()?;
    let mut batch = client.batches().create(request).await?;
    while matches!(batch.status, BatchStatus::Validating | BatchStatus::InProgress | BatchStatus::Finalizing) {
        tokio::time::sleep(Duration::from_secs(5)).await;
        batch = client.batches().retrieve(&batch.id).await?;
    }
    for file_id in [batch.output_file_id, batch.error_file_id].into_iter().flatten() {
        let content = client.files().content(&file_id).await?;
        for line in std::str::from_utf8(&content)?.lines() {
            let row: BatchRequestOutput = serde_json::from_str(line)?;
            match row.response {
                Some(response) if response.status_code == 200 => {
                    let message = &response.body["choices"][0]["message"];
                    println!("{}: {}", row.custom_id, message["content"].as_str().unwrap_or_default());
                }
                response => println!("{}: {:?} {response:?}", row.custom_id, row.error),
            }
        }
    }
    Ok(())
}
