//! Every way in which a stream can end, for each API and each final method: whole or an error, of which kind, with the
//! object as far as it came, status, request id and the last bytes.

use std::io::{Read, Write};
use std::net::TcpListener;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{Error, ErrorKind};
use serde::Deserialize;

/// A way to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Whole,
    FinishedWithoutMark,
    Unfinished,
    BrokenAfterFinish,
    Broken,
    WithinEvent,
    ErrorEvent,
    MarkAlone,
    MarkTooEarly,
    Nothing,
    JsonError,
    Page,
}

const ENDS: [End; 12] = [
    End::Whole,
    End::FinishedWithoutMark,
    End::Unfinished,
    End::BrokenAfterFinish,
    End::Broken,
    End::WithinEvent,
    End::ErrorEvent,
    End::MarkAlone,
    End::MarkTooEarly,
    End::Nothing,
    End::JsonError,
    End::Page,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Api {
    Chat,
    Completions,
    Responses,
    Assistants,
}

impl Api {
    fn begin(self) -> &'static str {
        match self {
            Self::Chat => {
                "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"{\\\"a\\\":1}\"},\"finish_reason\":null}]}\n\n"
            }
            Self::Completions => {
                "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\"Hi\",\"finish_reason\":null}]}\n\n"
            }
            Self::Responses => {
                "data: {\"type\":\"response.created\",\"response\":{\"id\":\"c\",\"object\":\"response\",\"status\":\"in_progress\",\"output\":[]}}\n\n"
            }
            Self::Assistants => {
                "event: thread.run.created\ndata: {\"id\":\"c\",\"object\":\"thread.run\",\"status\":\"queued\"}\n\n"
            }
        }
    }

    fn finish(self) -> &'static str {
        match self {
            Self::Chat => {
                "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"
            }
            Self::Completions => {
                "data: {\"id\":\"c\",\"choices\":[{\"index\":0,\"text\":\"\",\"finish_reason\":\"stop\"}]}\n\n"
            }
            Self::Responses => {
                "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"c\",\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":\"message\",\"id\":\"m\",\"role\":\"assistant\",\"status\":\"completed\",\"content\":[{\"type\":\"output_text\",\"text\":\"{\\\"a\\\":1}\",\"annotations\":[]}]}]}}\n\n"
            }
            Self::Assistants => {
                "event: thread.run.completed\ndata: {\"id\":\"c\",\"object\":\"thread.run\",\"status\":\"completed\"}\n\n"
            }
        }
    }

    fn mark(self) -> &'static str {
        if self == Self::Assistants { "event: done\ndata: [DONE]\n\n" } else { "data: [DONE]\n\n" }
    }

    /// The error that the end is; none if the stream is whole.
    fn expected(self, end: End) -> Option<ErrorKind> {
        let is_marked = matches!(self, Self::Chat | Self::Completions | Self::Assistants);
        match end {
            End::Whole => None,
            End::FinishedWithoutMark => (self == Self::Assistants).then_some(ErrorKind::Truncated),
            // After its terminal event, nothing more of a response is read.
            End::BrokenAfterFinish => is_marked.then_some(ErrorKind::Connection),
            End::Broken => Some(ErrorKind::Connection),
            End::MarkTooEarly => (!is_marked).then_some(ErrorKind::Truncated),
            End::Unfinished | End::WithinEvent | End::MarkAlone | End::Nothing => Some(ErrorKind::Truncated),
            End::ErrorEvent | End::JsonError => Some(ErrorKind::Stream),
            End::Page => Some(ErrorKind::Decode),
        }
    }

    fn body(self, end: End) -> String {
        let (begin, finish, mark) = (self.begin(), self.finish(), self.mark());
        let finish_and_mark = if self == Self::Responses { finish.to_owned() } else { format!("{finish}{mark}") };
        let error = "{\"error\":{\"message\":\"m\",\"code\":\"c\"}}";
        match end {
            End::Whole => format!("{begin}{finish_and_mark}"),
            End::FinishedWithoutMark | End::BrokenAfterFinish => format!("{begin}{finish}"),
            End::Unfinished | End::Broken => begin.to_owned(),
            End::WithinEvent => format!("{begin}{}", &finish[..30]),
            End::ErrorEvent => format!("{begin}event: error\ndata: {error}\n\n"),
            End::MarkAlone => mark.to_owned(),
            End::MarkTooEarly => format!("{begin}{mark}"),
            End::Nothing => String::new(),
            End::JsonError => error.to_owned(),
            End::Page => "<html>busy</html>".to_owned(),
        }
    }

    async fn end(self, client: &Client, method: &str) -> Result<Option<Result<(), Error>>, Error> {
        let chat = || client.chat().completions().create("m", [Message::user("Hi")]);
        let response = || client.responses().create("m", "Hi");
        let completion = || client.completions().create("m", "Hi");
        let run = || client.beta().threads().runs().create("thread_1", "asst_1");
        macro_rules! read {
            ($call:expr) => {{
                let mut events = $call.stream().await?;
                while let Some(event) = events.next().await {
                    event?;
                }
            }};
        }
        match (self, method) {
            (Self::Chat, "stream") => read!(chat()),
            (Self::Chat, "events") => drop(chat().stream_events().await?.final_completion().await?),
            (Self::Chat, "parse") => _ = chat().parse_stream::<Answer>().await?.final_parsed().await?,
            (Self::Chat, "tools") => drop(chat().run_tools(&Toolbox::new()).stream_events().finish().await?),
            (Self::Completions, "stream") => read!(completion()),
            (Self::Completions, "events") => drop(completion().stream_events().await?.final_completion().await?),
            (Self::Responses, "stream") => read!(response()),
            (Self::Responses, "events") => drop(response().stream_events().await?.final_response().await?),
            (Self::Responses, "parse") => _ = response().parse_stream::<Answer>().await?.final_parsed().await?,
            (Self::Responses, "tools") => drop(response().run_tools(&Toolbox::new()).stream_events().finish().await?),
            (Self::Assistants, "stream") => read!(run()),
            (Self::Assistants, "events") => drop(run().stream_events().await?.final_run().await?),
            (Self::Assistants, "tools") => drop(run().run_tools(&Toolbox::new()).stream_events().finish().await?),
            _ => return Ok(None),
        }
        Ok(Some(Ok(())))
    }
}

/// Whatever is there.
#[derive(Debug, Deserialize, JsonSchema)]
struct Answer {
    #[allow(dead_code)]
    a: i64,
}

/// Serves one answer, and closes. One that breaks promises more bytes than it has.
fn serve(body: String, breaks: bool) -> std::io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/v1", listener.local_addr()?);
    std::thread::spawn(move || -> std::io::Result<()> {
        let (mut stream, _) = listener.accept()?;
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        // The requests of this test are small, and their bodies end with their last member.
        while !request.ends_with(b"}") {
            let count = stream.read(&mut buffer)?;
            request.extend_from_slice(&buffer[..count]);
            if count == 0 {
                return Ok(());
            }
        }
        let length = body.len() + if breaks { 100 } else { 0 };
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nx-request-id: req_1\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body.as_bytes())?;
        stream.flush()
    });
    Ok(url)
}

#[tokio::test]
async fn every_end_of_every_stream() -> Result<(), Box<dyn std::error::Error>> {
    let mut cases = 0;
    for api in [Api::Chat, Api::Completions, Api::Responses, Api::Assistants] {
        for end in ENDS {
            for method in ["stream", "events", "parse", "tools"] {
                let place = format!("{api:?} {end:?} {method}");
                let breaks = matches!(end, End::Broken | End::BrokenAfterFinish);
                let url = serve(api.body(end), breaks)?;
                let client = Client::builder().base_url(url).api_key("no-key").max_retries(0).build()?;
                let ended = match api.end(&client, method).await {
                    Ok(None) => continue,
                    Ok(Some(ended)) => ended,
                    Err(error) => Err(error),
                };
                cases += 1;
                let error = match (ended, api.expected(end)) {
                    (Ok(()), None) => continue,
                    (Err(error), Some(kind)) => {
                        let is_break = breaks && matches!(error.kind(), ErrorKind::Connection | ErrorKind::Truncated);
                        assert!(is_break || error.kind() == kind, "{place}: {error:?}");
                        error
                    }
                    (ended, expected) => panic!("{place}: {ended:?} instead of {expected:?}"),
                };
                let known = (error.status().map(|status| status.as_u16()), error.request_id());
                assert_eq!(known, (Some(200), Some("req_1")), "{place}: {error:?}");
                let body = error.body().map(|body| String::from_utf8_lossy(body).into_owned()).unwrap_or_default();
                assert!(end == End::Nothing || !body.is_empty(), "{place}: the last bytes");
                let began = !matches!(end, End::MarkAlone | End::Nothing | End::JsonError | End::Page);
                if began && method != "stream" {
                    let id = match api {
                        Api::Chat => error.completion().map(|completion| completion.id.as_str()),
                        Api::Completions => error.text_completion().map(|completion| completion.id.as_str()),
                        Api::Responses => error.response().map(|response| response.id.as_str()),
                        Api::Assistants => error.run().map(|run| run.id.as_str()),
                    };
                    assert_eq!(id, Some("c"), "{place}: the object as far as it came");
                }
            }
        }
    }
    assert_eq!(cases, 12 * 13);
    Ok(())
}
