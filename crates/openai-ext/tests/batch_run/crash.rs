//! A process that is killed at any request, before or after the server carried it out, and a resume that pays for nothing
//! twice.

use std::collections::BTreeSet;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicUsize;

use openai_ext::ErrorKind;
use openai_ext::types::ChatCompletion;
use openai_ext_mock::{Fault, Reply};

use super::*;

pub const URL: &str = "OPENAI_EXT_TEST_URL";
pub const STATE: &str = "OPENAI_EXT_TEST_STATE";

/// Requests of the run, and of each batch.
const REQUESTS: u64 = 50;
const A_BATCH: u64 = 20;

/// The process that is killed: this test, when another one starts it.
#[tokio::test]
async fn child() -> TestResult {
    let (Ok(url), Ok(state)) = (std::env::var(URL), std::env::var(STATE)) else { return Ok(()) };
    let clock: Arc<dyn Clock> = Arc::new(Quick::default());
    let client = Client::builder().base_url(url).api_key("no-key").clock(clock).build()?;
    let run = client.batches().run_or_resume(&state, requests(&client, REQUESTS));
    run.with_max_requests_per_batch(A_BATCH).collect().await?;
    Ok(())
}

fn start_child(mock: &MockServer, folder: &Folder) -> Child {
    Command::new(std::env::current_exe().expect("the program has a path"))
        .args(["--exact", "crash::child", "--test-threads=1"])
        .env(URL, mock.base_url())
        .env(STATE, folder.state())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it can be started")
}

/// Whether the request is carried out although nobody hears of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kill {
    Before,
    After,
}

/// Kills the child at its request number `at`; gives whether it came so far.
fn kill_at(mock: &MockServer, folder: &Folder, at: usize, kill: Kill) -> bool {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let arrived = Arc::new(AtomicUsize::new(0));
    let (target, counted) = (victim.clone(), arrived.clone());
    mock.on_request(move |request| {
        // The requests in a batch's file come by here too.
        request.header("authorization")?;
        let mut target = target.lock().expect("no test panicked with it");
        let number = counted.fetch_add(1, Ordering::SeqCst);
        if number < at {
            return None;
        }
        if let Some(mut child) = target.take() {
            child.kill().expect("it can be killed");
            child.wait().expect("it has ended");
        } else if number > at {
            // Later requests are those of whoever resumes, or were on their way already.
            return None;
        }
        (kill == Kill::Before).then(|| Reply::empty(http::StatusCode::OK).fault(Fault::Disconnect))
    });
    {
        let mut victim = victim.lock().expect("no test panicked with it");
        *victim = Some(start_child(mock, folder));
    }
    // Whoever comes first: the child's end by itself, or by the script.
    let deadline = std::time::Instant::now() + Duration::from_secs(60);
    loop {
        let mut child = victim.lock().expect("no test panicked with it");
        match &mut *child {
            None => return true,
            Some(running) => {
                if let Some(status) = running.try_wait().expect("it can be asked") {
                    assert!(status.success(), "the child failed by itself: {status}");
                    *child = None;
                    return false;
                }
            }
        }
        drop(child);
        assert!(std::time::Instant::now() < deadline, "the child neither ended nor was killed");
        std::thread::sleep(Duration::from_millis(2));
    }
}

async fn resumed_without_paying_twice(mock: &MockServer, folder: &Folder, case: &str) -> TestResult {
    let (client, _) = quick_client(mock);
    let run = client.batches().run_or_resume(folder.state(), requests(&client, REQUESTS));
    let results =
        run.with_max_requests_per_batch(A_BATCH).collect().await.map_err(|error| format!("{case}: {error}"))?;
    let indices: Vec<u64> = results.iter().map(|result| result.index).collect();
    assert_eq!(indices, (0..REQUESTS).collect::<Vec<_>>(), "{case}");
    assert!(results.iter().all(|result| result.result.is_ok()), "{case}");
    // What the server has is what was paid for.
    let (mut batches, mut parts, mut count) = (client.batches().list().items(), BTreeSet::new(), 0);
    while let Some(batch) = batches.next().await {
        let metadata = batch?.metadata.ok_or("no metadata")?;
        parts.insert((metadata["openai_ext_run"].clone(), metadata["openai_ext_part"].clone()));
        count += 1;
    }
    assert_eq!((count, parts.len()), (3, 3), "{case}: {parts:?}");
    let (mut files, mut inputs) = (client.files().list().purpose("batch").items(), 0);
    while let Some(file) = files.next().await {
        file?;
        inputs += 1;
    }
    assert_eq!(inputs, 3, "{case}: a file was uploaded twice");
    Ok(())
}

/// Every request of a run, one after the other, until there are no more.
async fn killed_at_every_request(kill: Kill) -> TestResult {
    for at in 0.. {
        let (mock, folder) = (mock(), Folder::new(&format!("kill-{kill:?}-{at}")));
        let killed = kill_at(&mock, &folder, at, kill);
        resumed_without_paying_twice(&mock, &folder, &format!("killed {kill:?} request {at}")).await?;
        if !killed {
            println!("killed {kill:?} each of {at} requests");
            assert!(at >= 18, "three batches take more than {at} requests");
            return Ok(());
        }
    }
    Ok(())
}

#[tokio::test]
async fn killed_before_each_request_is_carried_out() -> TestResult {
    killed_at_every_request(Kill::Before).await
}

#[tokio::test]
async fn killed_after_each_request_is_carried_out() -> TestResult {
    killed_at_every_request(Kill::After).await
}

#[tokio::test]
async fn a_run_that_was_stopped_while_its_requests_were_written_says_so() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("incomplete"));
    let (client, _) = quick_client(&mock);
    let completions = client.chat().completions();
    let endless = (0_u64..).map(move |number| completions.create("gpt-5.5", [Message::user(format!("Say {number}"))]));
    let mut events = client.batches().run(endless).with_state_file(folder.state()).events();
    events.next().await.ok_or("no event")??;
    drop(events);
    let resume = || client.batches().resume::<ChatCompletion>(folder.state()).collect();
    let error = locked_out(resume).await?;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("give them again to `run` or `run_or_resume`"), "{error}");
    assert!(mock.requests().is_empty());
    resumed_without_paying_twice(&mock, &folder, "incomplete").await?;
    // Now it is complete, and another run has no place here.
    let error = client.batches().run(requests(&client, 1)).with_state_file(folder.state()).collect().await;
    assert!(error.err().is_some_and(|error| error.message().contains("there is a batch run at")));
    Ok(())
}

/// The error of a run, once work on the disk that a dropped one had begun is over and the lock free.
async fn locked_out<F, T>(run: impl Fn() -> F) -> Result<openai_ext::Error, Box<dyn std::error::Error>>
where
    F: Future<Output = openai_ext::Result<T>>,
{
    let deadline = std::time::Instant::now() + Duration::from_secs(30);
    loop {
        let error = run().await.err().ok_or("no error")?;
        if !error.message().contains("is locked") || std::time::Instant::now() > deadline {
            return Ok(error);
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn two_do_not_work_on_the_same_run() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("lock"));
    let (client, _) = quick_client(&mock);
    let mut events = client.batches().run(requests(&client, 5)).with_state_file(folder.state()).events();
    events.next().await.ok_or("no event")??;
    let error = client.batches().resume::<ChatCompletion>(folder.state()).collect().await.err().ok_or("no error")?;
    assert!(error.message().contains("is locked"), "{error}");
    assert_eq!(error.kind(), ErrorKind::Config);
    while let Some(event) = events.next().await {
        event?;
    }
    drop(events);
    assert_eq!(client.batches().resume::<ChatCompletion>(folder.state()).collect().await?.len(), 5);
    Ok(())
}

/// A batch whose answer was lost is found, also without a crash; one whose request was lost is asked for again.
#[tokio::test]
async fn an_answer_that_was_lost_makes_no_second_batch() -> TestResult {
    for lost in [Lost::Answer, Lost::Request] {
        let mock = mock();
        let url = losing_proxy(mock.base_url(), lost);
        let clock: Arc<dyn Clock> = Arc::new(Quick::default());
        let client = Client::builder().base_url(url).api_key("no-key").clock(clock).build()?;
        assert_eq!(client.batches().run(requests(&client, 5)).collect().await?.len(), 5, "{lost:?}");
        let (mut batches, mut count) = (client.batches().list().items(), 0);
        while let Some(batch) = batches.next().await {
            batch?;
            count += 1;
        }
        assert_eq!(count, 1, "{lost:?}");
        let looked = super::count(&mock, "listBatches");
        // One is the test's own, and one looks for twins at the end.
        match lost {
            Lost::Answer => assert_eq!(looked, 3),
            // Over a minute, and over another one at the end.
            Lost::Request => assert!((20..40).contains(&looked), "{looked}"),
        }
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    Request,
    Answer,
}

/// A way to the mock on which the first `POST /batches`, or its answer, is lost with its connection.
fn losing_proxy(base_url: &str, lost: Lost) -> String {
    use std::io::{Read, Write};
    use std::net::{Shutdown, TcpListener, TcpStream};
    use std::sync::atomic::AtomicBool;

    let server = base_url.trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/v1", listener.local_addr().expect("it has an address"));
    let done = Arc::new(AtomicBool::new(false));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(client), Ok(server)) = (client, TcpStream::connect(&server)) else { return };
            let losing = Arc::new(AtomicBool::new(false));
            let copies = (client.try_clone(), server.try_clone());
            let (Ok(mut from_client), Ok(mut to_server)) = copies else { return };
            let (done, noticed) = (done.clone(), losing.clone());
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = from_client.read(&mut buffer) {
                    if buffer.starts_with(b"POST /v1/batches HTTP") && !done.swap(true, Ordering::SeqCst) {
                        noticed.store(true, Ordering::SeqCst);
                        if lost == Lost::Request {
                            break;
                        }
                    }
                    if to_server.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                to_server.shutdown(Shutdown::Both).ok();
                from_client.shutdown(Shutdown::Both).ok();
            });
            let (mut to_client, mut from_server) = (client, server);
            std::thread::spawn(move || {
                let mut buffer = vec![0; 64 * 1024];
                while let Ok(count @ 1..) = from_server.read(&mut buffer) {
                    if losing.load(Ordering::SeqCst) || to_client.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                to_client.shutdown(Shutdown::Both).ok();
                from_server.shutdown(Shutdown::Both).ok();
            });
        }
    });
    url
}
