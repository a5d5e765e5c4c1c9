//! Long operations against the mock with its state: statuses that move with each look, to the ends that they come to by
//! themselves. Ends that need a script are in the acceptance crate, for all operations at once.
#![cfg(all(
    feature = "batches",
    feature = "beta",
    feature = "evals",
    feature = "files",
    feature = "fine_tuning",
    feature = "responses",
    feature = "uploads",
    feature = "vector_stores",
    feature = "videos"
))]
// Deprecated operations are tested as well.
#![allow(deprecated)]

use std::error::Error;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::types::{AssistantFunctionTool, Batch, FunctionDefinition, Run, RunToolOutput};
use openai_ext::{ErrorKind, Poller, StatusCode};
use openai_ext_mock::{Fault, MockServer, MockServerBuilder, Reply};
use serde_json::json;
use tokio_util::sync::CancellationToken;

type TestResult = Result<(), Box<dyn Error>>;

/// A clock that a wait moves at once, and that notes the waits.
#[derive(Default)]
struct Virtual {
    waits: Mutex<Vec<u128>>,
    time: Mutex<Duration>,
}

impl Clock for Virtual {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.waits.lock().unwrap().push(duration.as_millis());
        *self.time.lock().unwrap() += duration;
        Box::pin(ready(()))
    }

    fn elapsed(&self) -> Duration {
        *self.time.lock().unwrap()
    }
}

struct Scene {
    client: Client,
    mock: MockServer,
    clock: Arc<Virtual>,
}

impl Scene {
    async fn new() -> Result<Self, Box<dyn Error>> {
        Self::of(MockServer::builder().poll_after(Duration::from_millis(60))).await
    }

    async fn of(mock: MockServerBuilder) -> Result<Self, Box<dyn Error>> {
        let mock = mock.start().await?;
        let clock = Arc::new(Virtual::default());
        let client = Client::builder().base_url(mock.base_url()).api_key("no-key").clock(clock.clone()).build()?;
        Ok(Self { client, mock, clock })
    }

    /// The waits since the last time.
    fn waits(&self) -> Vec<u128> {
        std::mem::take(&mut self.clock.waits.lock().unwrap())
    }

    async fn file(&self, text: &'static str, purpose: &str) -> openai_ext::Result<String> {
        let file = InputFile::from_bytes(text).name("file.jsonl");
        Ok(self.client.files().create(file, purpose).send().await?.id)
    }

    /// A thread with a message, and an assistant with a tool or none.
    async fn thread(&self, has_tool: bool) -> Result<(String, String), Box<dyn Error>> {
        let beta = self.client.beta();
        let tool = AssistantFunctionTool::new(FunctionDefinition::new("weather"));
        let assistant = beta.assistants().create("gpt-5.5").tools(has_tool.then_some(tool)).send().await?;
        let message = json!([{"role": "user", "content": "How is the weather?"}]);
        let thread = beta.threads().create().with_body_field("messages", message).send().await?;
        Ok((assistant.id, thread.id))
    }
}

/// The statuses of all states.
macro_rules! statuses {
    ($poller:expr) => {{
        let mut poller = $poller;
        let mut seen = Vec::new();
        while let Some(state) = poller.next().await {
            seen.push(serde_json::to_value(state?)?["status"].as_str().unwrap_or_default().to_owned());
        }
        seen
    }};
}

const LINE: &str = r#"{"custom_id":"1","method":"POST","url":"/v1/chat/completions","body":{"model":"gpt-5.5","messages":[{"role":"user","content":"Hi"}]}}"#;

#[tokio::test]
async fn batches() -> TestResult {
    let scene = Scene::new().await?;
    let batches = scene.client.batches();
    let input = scene.file(LINE, "batch").await?;
    let create = batches.create(&input, "/v1/chat/completions");
    assert_eq!(statuses!(create.clone().send_and_poll()), ["validating", "in_progress", "finalizing", "completed"]);
    // As the server asked.
    assert_eq!(scene.waits(), [60, 60, 60]);
    let batch = create.clone().send_and_poll().with_poll_interval(Duration::from_secs(60)).await?;
    assert_eq!((batch.request_counts.map(|counts| counts.completed), scene.waits()), (Some(1), vec![60_000; 3]));

    let broken = scene.file("no JSON", "batch").await?;
    assert_eq!(batches.create(broken, "/v1/chat/completions").send_and_poll().await?.status.as_str(), "failed");

    let batch = create.send().await?;
    assert_eq!(statuses!(batches.cancel(&batch.id).send_and_poll()), ["cancelling", "cancelled"]);
    assert_eq!(statuses!(batches.poll(&batch.id)), ["cancelled"]);
    assert_eq!(batches.retrieve(batch.id).poll().await?.status.as_str(), "cancelled");
    let error = batches.poll("batch_of_nobody").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    Ok(())
}

#[tokio::test]
async fn runs() -> TestResult {
    let scene = Scene::new().await?;
    let threads = scene.client.beta().threads();
    let (assistant, thread) = scene.thread(false).await?;
    let run = threads.runs().create(&thread, &assistant).send_and_poll();
    assert_eq!(statuses!(run), ["queued", "in_progress", "completed"]);
    let run = threads.create_and_run(&assistant).send_and_poll().await?;
    assert_eq!(run.status.as_str(), "completed");
    // The thread is another one, and the answer says which.
    assert_ne!(run.thread_id, thread);
    let run = threads.runs().create(&thread, &assistant).send().await?;
    assert_eq!(statuses!(threads.runs().cancel(&thread, &run.id).send_and_poll()), ["cancelling", "cancelled"]);
    assert_eq!(statuses!(threads.runs().poll(&thread, &run.id)), ["cancelled"]);
    Ok(())
}

#[tokio::test]
async fn a_run_that_requires_action_is_given() -> TestResult {
    let scene = Scene::new().await?;
    let runs = scene.client.beta().threads().runs();
    let (assistant, thread) = scene.thread(true).await?;
    let run = runs.create(&thread, &assistant).send_and_poll().await?;
    assert_eq!(run.status.as_str(), "requires_action");
    let action = run.required_action.clone().ok_or("no action")?;
    let calls = action.submit_tool_outputs.tool_calls.iter();
    let outputs: Vec<_> = calls.map(|call| RunToolOutput::new(&call.id, "sunny")).collect();
    assert!(!outputs.is_empty());
    let run = runs.submit_tool_outputs(&thread, &run.id, outputs).send_and_poll().await?;
    assert_eq!(run.status.as_str(), "completed");
    Ok(())
}

#[tokio::test]
async fn vector_stores() -> TestResult {
    let scene = Scene::of(MockServer::builder().polls_per_step(2)).await?;
    let stores = scene.client.vector_stores();
    let file = scene.file("Some text.", "assistants").await?;
    let empty = scene.file("", "assistants").await?;
    let store = stores.create().file_ids([&file]).send_and_poll();
    assert_eq!(statuses!(store), ["in_progress", "in_progress", "completed"]);
    let store = stores.create().send_and_poll().await?;
    assert_eq!(store.status.as_str(), "completed");
    let added = stores.files().create(&store.id, &file).send_and_poll();
    assert_eq!(statuses!(added), ["in_progress", "in_progress", "completed"]);
    assert_eq!(stores.files().create(&store.id, &empty).send_and_poll().await?.status.as_str(), "failed");
    assert_eq!(statuses!(stores.files().poll(&store.id, &file)), ["completed"]);
    let batch = stores.file_batches().create(&store.id).file_ids([&file, &empty]).send_and_poll().await?;
    assert_eq!((batch.status.as_str(), batch.file_counts.total), ("completed", 2));
    let batch = stores.file_batches().create(&store.id).file_ids([&file]).send().await?;
    let cancelled = stores.file_batches().cancel(&store.id, &batch.id).send_and_poll().await?;
    assert_eq!(cancelled.status.as_str(), "cancelled");
    assert_eq!(stores.poll(&store.id).await?.status.as_str(), "completed");
    Ok(())
}

#[tokio::test]
async fn videos_fine_tuning_jobs_and_responses() -> TestResult {
    let scene = Scene::new().await?;
    let videos = scene.client.videos();
    assert_eq!(statuses!(videos.create("A cat").send_and_poll()), ["queued", "in_progress", "completed"]);
    let first = videos.create("A dog").send_and_poll().await?;
    let remix = videos.remix(&first.id, "A red dog").send_and_poll().await?;
    // What is followed is the new one, though the path has the old one's id by the same name.
    assert_eq!(remix.status.as_str(), "completed");
    assert_ne!(remix.id, first.id);

    let input = scene
        .file(r#"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#, "fine-tune")
        .await?;
    let jobs = scene.client.fine_tuning().jobs();
    let job = jobs.create("gpt-4.1-mini", &input).send_and_poll();
    assert_eq!(statuses!(job), ["validating_files", "queued", "running", "succeeded"]);
    let job = jobs.create("gpt-4.1-mini", &input).send().await?;
    assert_eq!(jobs.cancel(&job.id).send_and_poll().await?.status.as_str(), "cancelled");

    let responses = scene.client.responses();
    let response = responses.create("gpt-5.5", "Tell me a story").background(true).send_and_poll();
    assert_eq!(statuses!(response), ["queued", "in_progress", "completed"]);
    let response = responses.create("gpt-5.5", "Tell me a story").background(true).send().await?;
    assert_eq!(responses.cancel(&response.id).send_and_poll().await?.status, Some("cancelled".into()));
    // One that is answered at once is done.
    assert_eq!(statuses!(responses.create("gpt-5.5", "Hi").send_and_poll()), ["completed"]);
    Ok(())
}

#[tokio::test]
async fn files_and_uploads() -> TestResult {
    let scene = Scene::new().await?;
    let files = scene.client.files();
    let file = files.create(InputFile::from_bytes("Hello").name("a.txt"), "assistants").send_and_poll().await?;
    assert_eq!(file.status.as_str(), "processed");
    let state = |status: &str| Reply::json(StatusCode::OK, &json!({"id": file.id, "status": status}));
    for end in ["processed", "error", "deleted"] {
        scene.mock.on("retrieveFile").sequence([state("uploaded"), state("pending"), state(end)])?;
        scene.waits();
        let file = files.wait_for_processing(&file.id).await?;
        assert_eq!((file.status.as_str(), scene.waits()), (end, vec![5000, 5000]));
    }
    scene.mock.on("retrieveFile").times(1000).reply(state("uploaded"))?;
    let error = files.wait_for_processing(&file.id).await.unwrap_err();
    // 30 minutes of five seconds each.
    assert_eq!((error.kind(), scene.waits().iter().sum::<u128>()), (ErrorKind::Timeout, 1_800_000));
    assert_eq!(error.detail::<openai_ext::types::FileObject>().map(|file| file.status.as_str()), Some("uploaded"));

    let scene = Scene::new().await?;
    let uploads = scene.client.uploads();
    let upload = uploads.create("a.txt", "assistants", 5, "text/plain").send().await?;
    let part = uploads.parts().create(&upload.id, InputFile::from_bytes("Hello")).send().await?;
    let file = uploads.complete(&upload.id, [part.id]).send_and_poll().await?;
    assert_eq!((file.status.as_str(), file.bytes), ("processed", 5));
    Ok(())
}

#[cfg(feature = "agents")]
#[tokio::test]
async fn agents() -> TestResult {
    use openai_ext::types::{AgentEnvironmentCreateParamsEnvironment, AutomationCreateParams, EnvironmentParam};

    let scene = Scene::new().await?;
    let agents = scene.client.beta().agents();
    let environment = agents.environments().create(AgentEnvironmentCreateParamsEnvironment::new());
    assert_eq!(statuses!(environment.send_and_poll()), ["pending", "ready"]);

    let agent = agents.create("gpt-5.5").send().await?;
    let sessions = agents.sessions();
    let create = || sessions.create(EnvironmentParam::None(Default::default())).agent_id(&agent.id);
    assert_eq!(statuses!(create().send_and_poll()), ["idle"]);
    assert_eq!(statuses!(create().input("Say hi").send_and_poll()), ["in_progress", "in_progress", "idle"]);
    let session = create().input("Say hi").send().await?;
    let mut turns = sessions.turns().list(&session.id).items();
    let turn = turns.next().await.ok_or("no turn")??;
    assert_eq!(turn.status.as_str(), "queued");
    assert_eq!(statuses!(sessions.turns().poll(&session.id, &turn.id)), ["in_progress", "completed"]);

    let target = json!({"type": "existing_session", "session_id": session.id, "instructions": "Say hi"});
    let body = json!({"type": "once", "name": "A", "run_at": 1, "target": target});
    let automation =
        agents.automations().create(serde_json::from_value::<AutomationCreateParams>(body)?).send().await?;
    let id = serde_json::to_value(&automation)?["id"].as_str().unwrap_or_default().to_owned();
    let invocation = agents.automations().invocations().create(&id).send_and_poll();
    assert_eq!(statuses!(invocation), ["queued", "completed"]);
    Ok(())
}

#[tokio::test]
async fn eval_runs() -> TestResult {
    let scene = Scene::of(MockServer::builder().stateless()).await?;
    let state =
        |status: &str| Reply::json(StatusCode::OK, &json!({"id": "evalrun_1", "eval_id": "eval_1", "status": status}));
    scene.mock.on("getEvalRun").sequence([state("queued"), state("in_progress"), state("canceled")])?;
    assert_eq!(
        statuses!(scene.client.evals().runs().poll("eval_1", "evalrun_1")),
        ["queued", "in_progress", "canceled"]
    );
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_on_the_way_and_what_is_left() -> TestResult {
    let scene = Scene::new().await?;
    let batches = scene.client.batches();
    let input = scene.file(LINE, "batch").await?;
    let poller = || -> Poller<Batch> { batches.create(&input, "/v1/chat/completions").send_and_poll() };
    let failed = || Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "Try again");
    let reset = || Reply::empty(StatusCode::OK).fault(Fault::Disconnect);
    // Two whole looks fail, and the batch is complete in the end.
    scene.mock.on("retrieveBatch").sequence([failed(), reset(), failed(), reset(), reset(), reset(), failed()])?;
    assert_eq!(poller().await?.status.as_str(), "completed");
    let looks = scene.mock.requests().iter().filter(|request| request.method() == "GET").count();
    assert_eq!(looks, 7 + 3);

    scene.mock.on("retrieveBatch").times(1).reply_json(&json!({"id": "batch_1", "status": "on_hold"}))?;
    let error = poller().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    let batch = error.detail::<Batch>().ok_or("no batch")?;
    assert_eq!(batch.status.as_str(), "on_hold");
    assert!(error.detail::<Run>().is_none());

    let error = poller().with_deadline(Duration::from_millis(100)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    let batch = error.detail::<Batch>().ok_or("no batch")?;
    assert_eq!(batch.status.as_str(), "in_progress");
    // The batch goes on, and is followed again.
    assert_eq!(batches.poll(&batch.id).await?.status.as_str(), "completed");

    let token = CancellationToken::new();
    let mut cancelled = poller().with_cancellation(token.clone().cancelled_owned());
    assert_eq!(cancelled.next().await.ok_or("no state")??.status.as_str(), "validating");
    token.cancel();
    let error = cancelled.await.unwrap_err();
    assert_eq!((error.kind(), error.detail::<Batch>().is_some()), (ErrorKind::Cancelled, true));
    Ok(())
}

#[cfg(feature = "blocking")]
#[test]
fn without_a_runtime() -> TestResult {
    let mock = MockServer::start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    let video = client.videos().create("A cat").send_and_poll().wait()?;
    assert_eq!(video.status.as_str(), "completed");
    assert_eq!(client.videos().retrieve(&video.id).poll().wait()?.id, video.id);
    let poller = client.videos().create("A dog").send_and_poll().with_poll_interval(Duration::ZERO);
    let states: Vec<_> = poller.blocking().map(|video| video.map(|video| video.status)).collect::<Result<_, _>>()?;
    assert_eq!(states, ["queued", "in_progress", "completed"]);
    Ok(())
}
