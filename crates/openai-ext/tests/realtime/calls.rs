//! Calls by WebRTC and SIP: what is sent for each.

use openai_ext::types::{RealtimeCallCreateParams, RealtimeSessionCreateRequest};

use super::*;

const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";

#[tokio::test]
async fn an_offer_alone_is_sent_as_it_is() -> TestResult {
    let (client, server) = mock().await?;
    let answer = client.realtime().calls().create(OFFER).send().await?;
    assert!(answer.starts_with("v=0\r\n"), "{answer}");
    let request = &server.requests()[0];
    assert_eq!((request.method().as_str(), request.path()), ("POST", "/v1/realtime/calls"));
    assert_eq!(request.header("content-type"), Some("application/sdp"));
    assert_eq!(request.header("accept"), Some("application/sdp"));
    assert_eq!(request.body().as_ref(), OFFER.as_bytes());
    Ok(())
}

#[tokio::test]
async fn an_offer_with_a_session_is_a_form() -> TestResult {
    let (client, server) = mock().await?;
    let session = RealtimeSessionCreateRequest::new().model("gpt-realtime").instructions("Be brief.");
    let answer = client.realtime().calls().create_with(RealtimeCallCreateParams::new(OFFER).session(session)).send();
    assert!(answer.await?.starts_with("v=0\r\n"));
    let request = &server.requests()[0];
    assert!(request.header("content-type").is_some_and(|media| media.starts_with("multipart/form-data; boundary=")));
    let body = std::str::from_utf8(request.body())?;
    let sdp = format!("name=\"sdp\"\r\nContent-Type: application/sdp\r\n\r\n{OFFER}\r\n--");
    assert!(body.contains(&sdp), "{body}");
    let (_, session) =
        body.split_once("name=\"session\"\r\nContent-Type: application/json\r\n\r\n").ok_or("no session")?;
    let session: Value = serde_json::from_str(session.split("\r\n").next().unwrap_or_default())?;
    let expected = json!({"type": "realtime", "model": "gpt-realtime", "instructions": "Be brief."});
    assert_eq!(session, expected);
    Ok(())
}

#[tokio::test]
async fn calls_are_accepted_passed_on_declined_and_ended() -> TestResult {
    let (client, server) = mock().await?;
    let calls = client.realtime().calls();
    calls.accept("rtc_1").model("gpt-realtime").instructions("You answer the phone.").send().await?;
    calls.refer("rtc_1", "tel:+4712345678").send().await?;
    calls.reject("rtc_2").status_code(486).send().await?;
    calls.reject("rtc_3").send().await?;
    calls.hangup("rtc_1").send().await?;
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let path = request.path().trim_start_matches("/v1/realtime/calls/").to_owned();
            (path, request.json().unwrap_or(Value::Null))
        })
        .collect();
    let accepted = json!({"type": "realtime", "model": "gpt-realtime", "instructions": "You answer the phone."});
    let expected = [
        ("rtc_1/accept", accepted),
        ("rtc_1/refer", json!({"target_uri": "tel:+4712345678"})),
        ("rtc_2/reject", json!({"status_code": 486})),
        ("rtc_3/reject", json!({})),
        ("rtc_1/hangup", Value::Null),
    ];
    assert_eq!(sent, expected.map(|(path, body)| (path.to_owned(), body)));
    Ok(())
}
