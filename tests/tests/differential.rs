//! The part of the differential test that needs no Python: both have the same calls, and each of ours is sent.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;

use acceptance::differential::argued::Argued;
use acceptance::differential::recorder::Recorder;
use acceptance::differential::{cases, folder, ours, report};

type TestResult = Result<(), Box<dyn Error>>;

fn our_names() -> BTreeSet<String> {
    cases::all().iter().map(|(name, _)| (*name).to_owned()).collect()
}

#[test]
fn both_clients_make_the_same_calls() -> TestResult {
    let mut theirs = BTreeSet::new();
    for entry in fs::read_dir(folder().join("cases"))? {
        let text = fs::read_to_string(entry?.path())?;
        let bodies = text.split("@case\ndef ").skip(1);
        theirs.extend(bodies.filter_map(|body| Some(body.split_once("(api)")?.0.to_owned())));
    }
    assert_eq!(our_names(), theirs);
    assert!(theirs.len() >= 60, "{} calls", theirs.len());
    assert_eq!(cases::all().len(), theirs.len(), "two calls have one name");
    Ok(())
}

#[tokio::test]
async fn each_of_our_calls_is_sent_and_ends_well() -> TestResult {
    let calls = ours(&Recorder::start()?).await?;
    for name in our_names() {
        let call = calls.get(&name).ok_or(name.clone())?;
        assert!(!call.requests.is_empty(), "{name}: {}", call.outcome);
        assert_eq!(call.outcome, "ok", "{name}");
        assert!(call.requests.iter().all(|request| request.path.starts_with("/v1/")), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_client_does_not_differ_from_itself() -> TestResult {
    let recorder = Recorder::start()?;
    let calls = ours(&recorder).await?;
    let report = report(&calls, &calls, Argued::default());
    assert!(report.is_clean(), "{}", report.to_json());
    assert_eq!((report.calls, report.equal, report.argued), (calls.len(), calls.len(), 0));
    Ok(())
}

#[test]
fn what_is_argued_is_argued_about_calls_that_there_are() -> TestResult {
    let argued = Argued::load(&folder().join("DIFFERENCES.md"))?;
    let names = our_names();
    for call in argued.calls() {
        assert!(call == "*" || names.contains(call), "DIFFERENCES.md names the call {call}, which is none");
    }
    Ok(())
}
