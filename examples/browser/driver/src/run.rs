//! The checks and the page, one after the other.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use openai_ext_mock::MockServer;

use crate::Outcome;
use crate::endless::Endless;
use crate::pages::Pages;
use crate::scripts;
use crate::webdriver::{Programs, Session};

/// The time that a page may take to be done.
const LIMIT: Duration = Duration::from_secs(120);

/// The number of checks that the page makes, so that one that was left out is noticed.
const CHECKS: usize = 19;

/// Runs the checks and the page, and returns a report.
///
/// # Errors
/// A check fails, the page does not show what it should, or the browser cannot be driven.
pub fn run(page: &Path, checks: &Path, programs: &Programs<'_>, screenshot: &Path) -> Outcome<String> {
    let mut session = Session::start(programs)?;
    let report = run_checks(&mut session, checks)?;
    run_page(&mut session, page, screenshot)?;
    Ok(format!("{report}ok page, {}\n", screenshot.display()))
}

fn run_checks(session: &mut Session, folder: &Path) -> Outcome<String> {
    let mock = MockServer::builder().cors().start().wait()?;
    scripts::set(&mock)?;
    let closed = MockServer::start().wait()?;
    let endless = Endless::start()?;
    let pages = Pages::serve(folder)?;
    let (base, closed) = (mock.base_url(), closed.base_url());
    session.open(&format!("{}/index.html?mock={base}&closed={closed}&endless={}", pages.url, endless.url))?;
    wait(session, "done")?;
    let lines = session.read("document.body.textContent")?;
    let lines = lines.trim_start();
    if lines.lines().count() != CHECKS || !lines.lines().all(|line| line.starts_with("ok ")) {
        return Err(format!("of {CHECKS} checks in the browser:\n{lines}").into());
    }
    if !endless.is_aborted_within(Duration::from_secs(10)) {
        return Err("the server did not notice that the page dropped its stream".into());
    }
    let retries: Vec<String> = (mock.requests().iter())
        .filter(|request| scripts::model(request).as_deref() == Some("retry"))
        .filter_map(|request| request.header("x-stainless-retry-count").map(str::to_owned))
        .collect();
    if retries != ["0", "1", "2"] {
        return Err(format!("the attempts of a retried call are {retries:?}").into());
    }
    Ok(lines.to_owned())
}

fn run_page(session: &mut Session, folder: &Path, screenshot: &Path) -> Outcome<()> {
    let mock = MockServer::builder().cors().start().wait()?;
    mock.converse(scripts::conversation());
    let pages = Pages::serve(folder)?;
    session.open(&format!("{}/index.html?base={}", pages.url, mock.base_url()))?;
    wait(session, "ready")?;
    session.read("document.getElementById('ask').click()")?;
    wait(session, "done")?;
    let answer = session.read("document.getElementById('answer').textContent")?;
    let pieces: u32 = session.read("document.body.dataset.pieces ?? 0")?.parse()?;
    if answer != scripts::STREAMED || pieces < 2 {
        return Err(format!("the page shows {answer:?}, in {pieces} pieces").into());
    }
    session.read("document.getElementById('tool').click()")?;
    wait(session, "done")?;
    let answer = session.read("document.getElementById('answer').textContent")?;
    let calls = session.read("document.getElementById('calls').textContent")?;
    if answer != scripts::ANSWERED || !calls.contains("get_weather") {
        return Err(format!("the page shows {answer:?} after the calls {calls:?}").into());
    }
    fs::write(screenshot, session.screenshot()?)?;
    Ok(())
}

/// Waits until the page is in a state, and fails with the page's text if it fails.
fn wait(session: &mut Session, state: &str) -> Outcome<()> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        let now = session.read("document.body?.dataset.state ?? ''")?;
        if now == state {
            return Ok(());
        }
        if now == "failed" {
            break;
        }
        thread::sleep(Duration::from_millis(50));
    }
    let text = session.read("document.body?.textContent ?? ''")?;
    Err(format!("the page is not {state:?} after {:?}: {text}", begun.elapsed()).into())
}
