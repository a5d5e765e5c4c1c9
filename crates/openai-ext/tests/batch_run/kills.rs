//! Processes that are killed at random moments, behind a proxy that delays each POST and carries it out although the client
//! is gone.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::Instant;

use openai_ext::batches::BatchEvent;

use super::crash::{STATE, URL};
use super::*;

const REQUESTS: u64 = 50;
const A_BATCH: u64 = 20;
const DELAY: Duration = Duration::from_millis(250);
/// So many processes are killed; another number by this variable.
const KILLS: u32 = 5;
const NUMBER: &str = "OPENAI_EXT_TEST_KILLS";

/// The process that is killed: this test, when another one starts it.
#[tokio::test]
async fn child() -> TestResult {
    let (Ok(url), Ok(state)) = (std::env::var(URL), std::env::var(STATE)) else { return Ok(()) };
    let client = Client::builder().base_url(url).api_key("no-key").build()?;
    let run = client.batches().run_or_resume(&state, requests(&client, REQUESTS));
    run.with_max_requests_per_batch(A_BATCH).with_lookup_window(4 * DELAY).collect().await?;
    Ok(())
}

#[tokio::test]
async fn killed_at_random_moments() -> TestResult {
    let mut random = Random(16);
    let wanted = std::env::var(NUMBER).ok().and_then(|number| number.parse().ok()).unwrap_or(KILLS);
    let (mut kills, mut runs) = (0, 0);
    while kills < wanted {
        let (mock, folder) = (mock(), Folder::new(&format!("random-kills-{runs}")));
        let url = slow_proxy(mock.base_url());
        for _ in 0..5 {
            let mut child = Command::new(std::env::current_exe()?)
                .args(["--exact", "kills::child", "--test-threads=1"])
                .env(URL, &url)
                .env(STATE, folder.state())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()?;
            sleep(Duration::from_millis(random.below(900)));
            let status = child.try_wait()?;
            assert!(status.is_none_or(|status| status.success()), "the child failed by itself: {status:?}");
            kills += u32::from(status.is_none());
            child.kill()?;
            child.wait()?;
        }
        everything_is_named(&mock, &url, &folder).await.map_err(|error| format!("run {runs}: {error}"))?;
        runs += 1;
    }
    println!("{kills} kills in {runs} runs");
    Ok(())
}

/// Ends the run in this process, and compares what it says with what the server has.
async fn everything_is_named(mock: &MockServer, url: &str, folder: &Folder) -> TestResult {
    let client = Client::builder().base_url(url).api_key("no-key").build()?;
    let run = client.batches().run_or_resume(folder.state(), requests(&client, REQUESTS));
    let mut events = run.with_max_requests_per_batch(A_BATCH).with_lookup_window(4 * DELAY).events();
    let (mut indices, mut used) = (BTreeSet::new(), BTreeSet::new());
    while let Some(event) = events.next().await {
        if let BatchEvent::Result(result) = event? {
            assert!(result.result.is_ok() && indices.insert(result.index));
            used.insert(result.batch_id);
        }
    }
    assert_eq!(indices.len() as u64, REQUESTS);
    let summary = events.summary();
    sleep(2 * DELAY);
    let direct = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    let (mut batches, mut inputs) = (direct.batches().list().items(), BTreeSet::new());
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        match used.contains(&batch.id) {
            true => drop(inputs.insert(batch.input_file_id)),
            false => assert!(summary.twin_batch_ids.contains(&batch.id), "{} is not in {summary:?}", batch.id),
        }
    }
    assert_eq!((used.len(), inputs.len()), (3, 3));
    let mut files = direct.files().list().items();
    while let Some(file) = files.next().await {
        let file = file?;
        let is_input = file.filename.starts_with("openai-batch-");
        assert!(!is_input || inputs.contains(&file.id), "{} is left over", file.filename);
    }
    // The window is longer than the delay, so that there is nothing twice at all.
    assert_eq!((summary.twin_batches, summary.twin_files), (0, 0), "{summary:?}");
    Ok(())
}

/// A way to the mock on which each POST waits before it is passed on, also if the client is gone meanwhile.
fn slow_proxy(base_url: &str) -> String {
    let server = base_url.trim_start_matches("http://").trim_end_matches("/v1").to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}/v1", listener.local_addr().expect("it has an address"));
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (Ok(mut client), server) = (client, server.clone()) else { return };
            std::thread::spawn(move || {
                let Some(request) = read_request(&mut client) else { return };
                if request.starts_with(b"POST") {
                    sleep(DELAY);
                }
                let Ok(mut upstream) = TcpStream::connect(server) else { return };
                let mut answer = Vec::new();
                if upstream.write_all(&request).is_ok() && upstream.read_to_end(&mut answer).is_ok() {
                    client.write_all(&answer).ok();
                }
            });
        }
    });
    url
}

/// A whole request, which asks for its connection to be closed.
fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let (mut bytes, mut buffer) = (Vec::new(), [0; 16 * 1024]);
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    };
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.trim().parse().ok()).unwrap_or(0);
    let deadline = Instant::now() + Duration::from_secs(10);
    while bytes.len() < end + length && Instant::now() < deadline {
        // A request whose client was killed before all of it was sent is none.
        let count = client.read(&mut buffer).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&buffer[..count]);
    }
    bytes.splice(end - 2..end - 2, *b"connection: close\r\n");
    Some(bytes)
}
