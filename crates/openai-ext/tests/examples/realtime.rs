//! The examples of sessions that hear and speak.

#[path = "../../examples/realtime/realtime_calls.rs"]
mod realtime_calls;
#[path = "../../examples/realtime/realtime_text.rs"]
mod realtime_text;
#[cfg(feature = "tools")]
#[path = "../../examples/realtime/realtime_tools.rs"]
mod realtime_tools;
#[cfg(feature = "tools")]
#[path = "../../examples/responses/response_lanes.rs"]
mod response_lanes;
#[path = "../../examples/responses/responses_websocket.rs"]
mod responses_websocket;
#[path = "../../examples/realtime/translation.rs"]
mod translation;

#[tokio::test]
async fn translation() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    translation::run(&client, "gpt-realtime-translate").await?;
    assert_eq!(mock.realtime_events().len(), 7);
    Ok(())
}

#[tokio::test]
async fn realtime_calls() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    realtime_calls::run(&client, "gpt-realtime").await?;
    let paths: Vec<_> = mock.requests().iter().map(|request| request.path().to_owned()).collect();
    assert_eq!(paths.len(), 7, "{paths:?}");
    Ok(())
}

#[tokio::test]
async fn realtime_text() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    realtime_text::run(&client, "gpt-realtime").await?;
    assert_eq!(mock.realtime_events().len(), 5);
    Ok(())
}

#[cfg(feature = "tools")]
#[tokio::test]
async fn realtime_tools() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    let call = openai_ext_mock::Turn::call("get_weather", serde_json::json!({"city": "Oslo"}));
    mock.converse([call, openai_ext_mock::Turn::text("Take an umbrella.")]);
    realtime_tools::run(&client, "gpt-realtime").await?;
    let output = mock.realtime_events().into_iter().find(|event| event["item"]["type"] == "function_call_output");
    assert_eq!(output.map(|event| event["item"]["output"].clone()), Some("It rains in Oslo.".into()));
    Ok(())
}

#[cfg(feature = "tools")]
#[tokio::test]
async fn response_lanes() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    response_lanes::run(&client, "gpt-5.5").await?;
    assert_eq!((mock.realtime_events().len(), mock.realtime_connections().len()), (5, 1));
    Ok(())
}

#[tokio::test]
async fn responses_websocket() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = super::mocked().await?;
    responses_websocket::run(&client, "gpt-5.5").await?;
    assert_eq!((mock.realtime_connections().len(), mock.realtime_events().len()), (1, 3));
    Ok(())
}
