//! The files that a turn leaves.

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext_mock::SessionStep;

use super::scene::*;

#[tokio::test]
async fn an_artifact_is_found_by_its_path() -> TestResult {
    let scene = Scene::start().await?;
    let path = "/workspace/outputs/report.csv";
    // The turn before left a file at the same path.
    for content in ["old", "a,b\n1,2\n"] {
        scene.mock.on_session([
            SessionStep::artifact(path, content),
            SessionStep::artifact("/workspace/outputs/other.csv", "x"),
            SessionStep::text("Done."),
        ]);
        let result = scene.run("Write the report").send().await?;
        let artifacts = scene.client.beta().agents().sessions().artifacts();
        let report = artifacts.for_result(&result, path);
        assert_eq!(
            (report.send().await?.size_bytes, &*report.send_bytes().await?),
            (content.len() as i64, content.as_bytes())
        );
        let target = std::env::temp_dir().join(format!("openai-ext-{}-report.csv", std::process::id()));
        assert_eq!(report.send_to_file(&target).await?, content.len() as u64);
        assert_eq!(std::fs::read_to_string(&target)?, content);
        std::fs::remove_file(&target)?;
        for missing in ["/workspace/outputs/Report.csv", "report.csv", ""] {
            let error = artifacts.for_result(&result, missing).send_bytes().await.expect_err(missing);
            assert_eq!(error.kind(), ErrorKind::NotFound);
            assert!(error.message().contains("other.csv"), "{error}");
        }
    }
    let requests = scene.requests();
    let artifacts: Vec<&str> = requests.iter().map(String::as_str).filter(|path| path.contains("artifacts")).collect();
    assert_eq!(&artifacts[..2], ["GET /artifacts", "GET /artifacts"]);
    assert!(artifacts[2].starts_with("GET /artifacts/artifact_") && artifacts[2].ends_with("/content"));
    Ok(())
}

#[tokio::test]
async fn two_at_the_same_path_are_an_error() -> TestResult {
    let scene = Scene::start().await?;
    let path = "/workspace/outputs/a";
    scene.mock.on_session([SessionStep::artifact(path, "1"), SessionStep::artifact(path, "2"), SessionStep::text(".")]);
    let result = scene.run("Go").send().await?;
    let artifact = scene.client.beta().agents().sessions().artifacts().for_result(&result, path);
    assert_eq!(artifact.send().await.map_err(|error| error.kind()).err(), Some(ErrorKind::Conflict));
    Ok(())
}
