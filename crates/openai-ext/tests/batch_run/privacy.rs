//! The files of a run are the owner's alone, and a state file that was changed is noticed.

use std::os::unix::fs::{PermissionsExt, symlink};

use openai_ext::ErrorKind;
use openai_ext::batches::BatchEvent;
use openai_ext::types::ChatCompletion;

use super::*;

fn mode(path: &Path) -> u32 {
    std::fs::symlink_metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// All files of a run with a wrong mode. Those being downloaded are private by their folder until they are whole.
fn too_open(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let Ok(metadata) = std::fs::symlink_metadata(&path) else { continue };
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let is_result = name.contains(".output") || name.contains(".errors");
        let mode = metadata.permissions().mode() & 0o777;
        if metadata.is_dir() {
            found.extend(too_open(&path));
        }
        if !is_result && mode != if metadata.is_dir() { 0o700 } else { 0o600 } {
            found.push(format!("{}: {mode:o}", path.display()));
        }
    }
    found
}

#[tokio::test]
async fn files_of_a_run_are_the_owners_alone() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("modes"));
    let (client, _) = quick_client(&mock);
    // What is there already is made private.
    let (files, lock) = (folder.0.join("run.json.files"), folder.0.join("run.json.lock"));
    std::fs::create_dir(&files)?;
    std::fs::set_permissions(&files, std::fs::Permissions::from_mode(0o777))?;
    std::fs::write(files.join("part-00000.jsonl"), "left over")?;
    let run = client.batches().run(requests(&client, 30)).with_max_requests_per_batch(10);
    let mut events = run.with_state_file(folder.state()).events();
    let mut results = 0;
    while let Some(event) = events.next().await {
        if let BatchEvent::Result(result) = event? {
            results += 1;
            let rows = files.join(format!("part-{:05}.output.jsonl", result.index / 10));
            assert!(!rows.exists() || mode(&rows) == 0o600, "{}", rows.display());
        }
        assert_eq!(too_open(&folder.0), Vec::<String>::new());
    }
    assert_eq!((results, mode(&folder.state()), mode(&lock)), (30, 0o600, 0o600));
    Ok(())
}

#[tokio::test]
async fn without_a_state_file_there_is_a_folder_that_nobody_can_guess() -> TestResult {
    let mock = mock();
    let (client, _) = quick_client(&mock);
    let before = names(&std::env::temp_dir());
    let mut events = client.batches().run(requests(&client, 5)).events();
    events.next().await.ok_or("no event")??;
    // Those of other tests that run now are the same.
    for name in names(&std::env::temp_dir()) {
        let path = std::env::temp_dir().join(&name);
        if name.starts_with("openai-batch-") && !before.contains(&name) && path.is_dir() {
            assert_eq!((mode(&path), name.len()), (0o700, "openai-batch-".len() + 32), "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn links_of_others_are_not_followed() -> TestResult {
    for name in ["run.json.files", "run.json.lock", "run.json.new"] {
        let (mock, folder) = (mock(), Folder::new(&format!("link-{name}")));
        let (client, _) = quick_client(&mock);
        let target = folder.0.join("target");
        match name {
            "run.json.files" => std::fs::create_dir(&target)?,
            _ => std::fs::write(&target, "precious")?,
        }
        symlink(&target, folder.0.join(name))?;
        let run = client.batches().run(requests(&client, 5)).with_state_file(folder.state()).collect().await;
        match name {
            // It is replaced.
            "run.json.new" => assert_eq!(run?.len(), 5),
            _ => {
                let error = run.err().ok_or("no error")?;
                assert_eq!(error.kind(), ErrorKind::Io, "{error}");
                assert!(error.message().contains(name) && error.message().contains("of this name"), "{error}");
            }
        }
        match name {
            "run.json.files" => assert_eq!(names(&target), Vec::<String>::new()),
            _ => assert_eq!(std::fs::read_to_string(&target)?, "precious"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_state_file_that_was_changed_is_noticed() -> TestResult {
    let (mock, folder) = (mock(), Folder::new("flips"));
    let (client, _) = quick_client(&mock);
    let run = client.batches().run(requests(&client, 5)).with_state_file(folder.state());
    run.collect().await?;
    let (text, sent) = (std::fs::read_to_string(folder.state())?, mock.requests().len());
    let changes = [
        ("\"batch_id\":\"batch_", "\"batch_id\":\"batch-"),
        ("\"input_file_id\":\"f", "\"input_file_id\":\"g"),
        ("\"requests\":5", "\"requests\":4"),
        ("\"refused\":0", "\"refused\":1"),
        ("\"checksum\":", "\"checksun\":"),
        ("{", "{ "),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "{from} in {text}");
        std::fs::write(folder.state(), text.replace(from, to))?;
        let error =
            client.batches().resume::<ChatCompletion>(folder.state()).collect().await.err().ok_or("no error")?;
        assert_eq!(error.kind(), ErrorKind::Decode);
        assert!(error.message().contains("its checksum does not fit"), "{error}");
        assert!(error.message().contains("Put back the file"), "{error}");
    }
    let mut state: serde_json::Value = serde_json::from_str(&text)?;
    (state["parts"], state["requests"]) = (serde_json::json!([]), 0.into());
    std::fs::write(folder.state(), state.to_string())?;
    assert!(client.batches().resume::<ChatCompletion>(folder.state()).collect().await.is_err());
    assert_eq!(mock.requests().len(), sent);
    std::fs::write(folder.state(), &text)?;
    assert_eq!(client.batches().resume::<ChatCompletion>(folder.state()).collect().await?.len(), 5);
    Ok(())
}
