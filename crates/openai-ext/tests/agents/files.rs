//! Files for environments.

use std::path::PathBuf;

use openai_ext::agents::{AgentFile, FileUploadFailure};
use openai_ext::prelude::*;
use openai_ext::types::EnvironmentParam;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::Reply;
use serde_json::{Value, json};

use super::scene::*;

/// A folder of the test, gone at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> TestResult<Self> {
        let path = std::env::temp_dir().join(format!("openai-ext-agents-{}-{name}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn write(&self, name: &str, content: &str) -> TestResult<PathBuf> {
        let path = self.0.join(name);
        std::fs::create_dir_all(path.parent().ok_or("a parent")?)?;
        std::fs::write(&path, content)?;
        Ok(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The forms that were uploaded: purpose, name and content.
fn uploads(scene: &Scene) -> Vec<(String, String, String)> {
    let requests = scene.mock.requests().into_iter().filter(|request| request.path() == "/v1/files");
    requests
        .map(|request| {
            let form = request.form().unwrap_or_default();
            let text = |name: &str| form.iter().find(|part| part.name == name);
            let file = text("file").expect("a file");
            let content = |part: &openai_ext_mock::FormPart| String::from_utf8_lossy(&part.data).into_owned();
            (content(text("purpose").expect("a purpose")), file.filename.clone().unwrap_or_default(), content(file))
        })
        .collect()
}

#[tokio::test]
async fn files_are_uploaded_and_placed() -> TestResult {
    let scene = Scene::start().await?;
    let folder = Folder::new("placed")?;
    let files = scene.client.beta().agents().environments().files();
    let prepared = files
        .prepare([
            ("/workspace/data/sales.csv", AgentFile::from_path(folder.write("local.csv", "a,b")?)),
            ("/workspace/notes.txt", AgentFile::from_bytes("Only the first quarter.")),
        ])
        .with_concurrency(1)
        .send()
        .await?;
    let uploaded = uploads(&scene);
    let form = |name: &str, content: &str| ("user_data".to_owned(), name.to_owned(), content.to_owned());
    assert_eq!(uploaded, [form("sales.csv", "a,b"), form("notes.txt", "Only the first quarter.")]);
    let paths: Vec<Value> = prepared.iter().map(|file| json!(file)["path"].clone()).collect();
    assert_eq!(paths, ["/workspace/data/sales.csv", "/workspace/notes.txt"]);
    assert!(prepared.iter().all(|file| json!(file)["type"] == "file_id"));
    // They are what environments take.
    let environment = openai_ext::types::AgentEnvironmentCreateParamsEnvironment::new().files(prepared);
    let made = scene.client.beta().agents().environments().create(environment).send().await?;
    assert_eq!(json!(made)["files"].as_array().map(Vec::len), Some(2));

    let placed = files.upload(&made.id, "/workspace/late.txt", AgentFile::from_bytes("late")).await?;
    assert_eq!((placed.path.as_str(), placed.size_bytes), ("/workspace/late.txt", 4));
    Ok(())
}

#[tokio::test]
async fn a_directory_is_uploaded_in_order() -> TestResult {
    let scene = Scene::start().await?;
    let folder = Folder::new("directory")?;
    for name in ["b.rs", "a.md", "src/deep/c.rs", "src/d.txt", ".hidden"] {
        folder.write(name, name)?;
    }
    let files = scene.client.beta().agents().environments().files();
    let paths = |prepared: Vec<openai_ext::types::HostedEnvironmentFileParam>| {
        prepared.iter().map(|file| json!(file)["path"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let all = paths(files.prepare_directory(&folder.0, "/workspace/p").send().await?);
    let wanted = [".hidden", "a.md", "b.rs", "src/d.txt", "src/deep/c.rs"].map(|name| format!("/workspace/p/{name}"));
    assert_eq!(all, wanted);
    let some = files.prepare_directory(&folder.0, "/workspace/").include(["**/*.rs", "*.md"]).send().await?;
    assert_eq!(paths(some), ["/workspace/a.md", "/workspace/b.rs", "/workspace/src/deep/c.rs"]);
    let before = uploads(&scene).len();
    for (prepared, kind) in [
        (files.prepare_directory(&folder.0, "/workspace").with_max_files(4), ErrorKind::Limit),
        (files.prepare_directory(&folder.0, "/workspace").include(["*.py"]), ErrorKind::InvalidRequest),
        (files.prepare_directory(&folder.0, "/workspace/outputs"), ErrorKind::InvalidRequest),
        (files.prepare_directory(&folder.0, "/workspace/../etc"), ErrorKind::InvalidRequest),
        (files.prepare_directory(folder.0.join("none"), "/workspace"), ErrorKind::Io),
        (files.prepare_directory(folder.0.join("a.md"), "/workspace"), ErrorKind::Io),
    ] {
        let shown = format!("{prepared:?}");
        assert_eq!(prepared.send().await.map_err(|error| error.kind()).err(), Some(kind), "{shown}");
    }
    assert_eq!(uploads(&scene).len(), before);
    Ok(())
}

#[tokio::test]
async fn destinations_are_checked_before_anything_is_sent() -> TestResult {
    let scene = Scene::start().await?;
    let files = scene.client.beta().agents().environments().files();
    for bad in
        ["sales.csv", "/tmp/a", "/workspace/../a", "/workspace/a\\b", "/workspace/.codex/a", "/workspace/outputs/a"]
    {
        let prepared =
            files.prepare([("/workspace/good", AgentFile::from_bytes("a")), (bad, AgentFile::from_bytes("a"))]);
        let error = prepared.send().await.expect_err(bad);
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains("destination"), "{error}");
    }
    let twice =
        files.prepare([("/workspace/a", AgentFile::from_bytes("a")), ("/workspace/a", AgentFile::from_bytes("b"))]);
    assert_eq!(twice.send().await.map_err(|error| error.kind()).err(), Some(ErrorKind::InvalidRequest));
    let none: [(&str, AgentFile); 0] = [];
    assert_eq!(files.prepare(none).send().await.map_err(|error| error.kind()).err(), Some(ErrorKind::InvalidRequest));
    assert_eq!(uploads(&scene), []);
    Ok(())
}

#[cfg(unix)]
#[tokio::test]
async fn symbolic_links_are_refused() -> TestResult {
    let scene = Scene::start().await?;
    let folder = Folder::new("links")?;
    let target = folder.write("secret.txt", "secret")?;
    let link = folder.0.join("link.txt");
    std::os::unix::fs::symlink(&target, &link)?;
    let files = scene.client.beta().agents().environments().files();
    let error = files.prepare([("/workspace/a", AgentFile::from_path(&link))]).send().await.expect_err("a link");
    assert!(error.kind() == ErrorKind::Io && error.message().contains("symbolic link"), "{error}");
    let error = files.prepare_directory(&folder.0, "/workspace").send().await.expect_err("a link");
    assert!(error.message().contains("symbolic link"), "{error}");
    assert_eq!(uploads(&scene), []);
    Ok(())
}

#[tokio::test]
async fn a_failure_has_the_ids_of_what_was_uploaded() -> TestResult {
    let scene = Scene::start().await?;
    let files = scene.client.beta().agents().environments().files();
    let is_bad = |request: &openai_ext_mock::ReceivedRequest| {
        request.form().is_some_and(|form| form.iter().any(|part| part.filename.as_deref() == Some("2.txt")))
    };
    let refusal = Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, "Too bad.");
    scene.mock.on("createFile").when(is_bad).reply(refusal)?;
    let many = (0..10).map(|at| (format!("/workspace/{at}.txt"), AgentFile::from_bytes("x")));
    let error = files.prepare(many).with_concurrency(1).send().await.expect_err("a refusal");
    assert_eq!(error.kind(), ErrorKind::BadRequest);
    let failure = error.detail::<FileUploadFailure>().ok_or("a detail")?;
    assert_eq!(failure.destination.as_deref(), Some("/workspace/2.txt"));
    let places: Vec<_> = failure.uploaded.iter().map(|(place, _)| place.as_str()).collect();
    assert_eq!(places, ["/workspace/0.txt", "/workspace/1.txt"]);
    assert!(failure.uploaded.iter().all(|(_, id)| id.starts_with("file")));

    // A file that is uploaded and cannot be placed.
    let error = files.upload("env_none", "/workspace/a", AgentFile::from_bytes("x")).await.expect_err("no environment");
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(error.detail::<FileUploadFailure>().map(|failure| failure.uploaded.len()), Some(1));
    Ok(())
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_is_an_error() -> TestResult {
    let scene = Scene::start().await?;
    let folder = Folder::new("changes")?;
    let path = folder.write("a.txt", "before")?;
    let changed = path.clone();
    scene.mock.on_request(move |request| {
        if request.path() == "/v1/files" {
            drop(std::fs::write(&changed, "after, and longer"));
        }
        None
    });
    let files = scene.client.beta().agents().environments().files();
    let error = files.prepare([("/workspace/a", AgentFile::from_path(path))]).send().await.expect_err("a change");
    assert!(error.kind() == ErrorKind::Io && error.message().contains("was changed"), "{error}");
    assert_eq!(error.detail::<FileUploadFailure>().map(|failure| failure.uploaded.len()), Some(1));
    Ok(())
}

#[tokio::test]
async fn environments_and_invocations_are_waited_for() -> TestResult {
    let scene = Scene::start().await?;
    let agents = scene.client.beta().agents();
    let environment = openai_ext::types::AgentEnvironmentCreateParamsEnvironment::new();
    let ready = agents.environments().create(environment).send_and_poll().await?;
    assert_eq!(ready.status.as_str(), "ready");
    let session = agents.sessions().create(EnvironmentParam::None(Default::default())).agent_id("none").send().await;
    assert!(session.is_err());
    Ok(())
}

#[tokio::test]
async fn a_cancellation_that_panics_keeps_the_ids() -> TestResult {
    let scene = Scene::start().await?;
    let count = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let seen = count.clone();
    scene.mock.on_request(move |request| {
        seen.fetch_add(usize::from(request.path() == "/v1/files"), std::sync::atomic::Ordering::SeqCst);
        None
    });
    let odd = std::future::poll_fn(move |_| {
        assert!(count.load(std::sync::atomic::Ordering::SeqCst) < 3, "out of order");
        std::task::Poll::<()>::Pending
    });
    let many = (0..10).map(|at| (format!("/workspace/{at}.txt"), AgentFile::from_bytes("x")));
    let files = scene.client.beta().agents().environments().files();
    let uploading = files.prepare(many).with_concurrency(1).with_cancellation(odd);
    let error = uploading.send().await.expect_err("a panic");
    assert!(error.kind() == ErrorKind::Callback && error.message().contains("out of order"), "{error}");
    let uploaded = error.detail::<FileUploadFailure>().map(|failure| failure.uploaded.len());
    assert!(uploaded.is_some_and(|count| count >= 2), "{uploaded:?}");
    Ok(())
}
