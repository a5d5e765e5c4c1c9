//! Faults that cannot apply, as a test sees them: an error of the script, or of the call and of the server.

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext_mock::{Event, Fault, MockServer, Reply, Turn};

use super::calls::{APIS, Api};
use super::{TestResult, mocked};

const OF_EVENTS: [fn(usize) -> Fault; 3] = [Fault::CutEvents, Fault::StallEvents, Fault::EndEvents];

/// The message of the panic when the server is dropped.
fn dropped(mock: MockServer) -> String {
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(mock))).err();
    panic.and_then(|panic| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

/// More events than there are, wherever the fault was given.
#[tokio::test]
async fn a_stream_that_is_too_short() -> TestResult {
    for api in APIS {
        for fault in OF_EVENTS {
            let (client, mock) = mocked()?;
            let id = api.prepare(&client).await?;
            api.script(&mock).fault(fault(1_000))?;
            let error = api.stream(&client, &id).await.error.ok_or("no error")?;
            assert_eq!((error.kind(), error.code()), (ErrorKind::BadRequest, Some("fault_not_applied")), "{error:?}");
            assert!(error.message().contains("give at most"), "{error:?}");
            let ended = || Reply::events(api.events().into_iter().chain([Event::done()]));
            let is_open_behind = fault(6) == Fault::StallEvents(6);
            assert_eq!(api.script(&mock).reply(ended().fault(fault(6))).is_ok(), is_open_behind);
            assert!(api.script(&mock).reply(ended().fault(fault(7))).is_err());
            let message = dropped(mock);
            assert!(message.contains("a fault could not apply") && message.contains("(1000)"), "{message}");
        }
    }
    Ok(())
}

/// A request that asks for no stream.
#[tokio::test]
async fn an_answer_that_is_no_stream() -> TestResult {
    for fault in OF_EVENTS {
        let (client, mock) = mocked()?;
        let chat = || client.chat().completions().create("m", [Message::user("Hi")]);
        mock.on("createChatCompletion").times(1).fault(fault(1))?;
        mock.converse([Turn::text("Hi"), Turn::text("Hi").fault(fault(1))]);
        for _ in 0..2 {
            let error = chat().send().await.err().ok_or("no error")?;
            assert_eq!((error.kind(), error.code()), (ErrorKind::BadRequest, Some("fault_not_applied")), "{error:?}");
            assert!(error.message().contains("`stream: true`") && !error.is_retryable(), "{error:?}");
        }
        for operation in ["createImage", "createSpeech", "createTranscription"] {
            mock.on(operation).times(1).fault(fault(1))?;
        }
        assert!(client.images().generate("x").model("m").send().await.is_err());
        assert!(client.audio().speech().create("Hi", "m", "alloy").send_bytes().await.is_err());
        assert_eq!(mock.take_unapplied_faults().len(), 3, "one for the same reason twice");
        for operation in ["listModels", "downloadFile", "createEmbedding", "retrieveBatch"] {
            let error = mock.on(operation).fault(fault(1)).map_err(|error| error.to_string());
            assert!(error.is_err_and(|error| error.contains("never streams")));
        }
    }
    Ok(())
}

/// Two faults of one answer.
#[tokio::test]
async fn faults_that_contradict_each_other() -> TestResult {
    let (client, mock) = mocked()?;
    mock.converse([Turn::text("It rains.").fault(Fault::CutEvents(1))]);
    mock.on("createResponse").times(1).fault(Fault::EndEvents(2))?;
    let error = Api::Responses.stream(&client, "").await.error.ok_or("no error")?;
    assert!(error.message().contains("contradict each other"), "{error:?}");
    let both = Reply::events(Api::Chat.events()).fault(Fault::CutEvents(1)).fault(Fault::CutBody(1));
    assert!(mock.on("createChatCompletion").reply(both).is_err());
    assert!(dropped(mock).contains("contradict each other"));
    Ok(())
}
