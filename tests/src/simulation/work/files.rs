//! Files: uploads, uploads in parts, downloads, and files that are processed.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::uploads::UnfinishedUpload;
use openai_ext::vector_stores::BulkFailure;
use openai_ext::{Error, InputFile};

use super::worker::Worker;
use crate::simulation::limits;
use crate::simulation::server::CALL;

/// The file that is there from the beginning.
pub(crate) const DOWNLOADED: &str = "file-1";

/// Uploads a file, whole or in parts.
pub(super) async fn upload(mut worker: Worker) {
    let length = 1 + worker.random.place(3000);
    let content: Vec<u8> = (0..length).map(|at| (at % 251) as u8 | 0x80).collect();
    let name = worker.name.clone();
    if worker.random.chance(500) {
        let retries = worker.random.below(3) as u32;
        let file = InputFile::from_bytes(content.clone()).name(&name);
        let call = worker.client.files().create(file, "assistants").with_header(CALL, name.as_str());
        let ended = call.with_max_retries(retries).send().await;
        if let Some(file) = worker.settle(&name, retries, ended) {
            check_stored(&worker, &file.id, &content);
        }
        return;
    }
    let (part, at_once) = (1 + worker.random.below(1500), 1 + worker.random.place(4));
    let uploads = worker.client.uploads();
    let call = uploads.upload_file_chunked(content.clone(), "assistants").filename(&name).with_part_size(part);
    let mut ended = call.with_concurrency(at_once).with_resume().await;
    for _ in 0..worker.random.below(8) {
        let Err(error) = &ended else { break };
        worker.world.check_error(&name, error);
        let Some(unfinished) = error.detail::<UnfinishedUpload>().cloned() else { break };
        tokio::time::sleep(Duration::from_secs(5)).await;
        ended = uploads.resume_file_chunked(content.clone(), unfinished).with_concurrency(at_once).await;
    }
    match ended {
        Ok(upload) => {
            let id = upload.file.map(|file| file.id).unwrap_or_default();
            check_stored(&worker, &id, &content);
            worker.world.count("uploads in parts");
        }
        Err(error) => worker.world.check_error(&name, &error),
    }
}

fn check_stored(worker: &Worker, id: &str, content: &[u8]) {
    let stored = worker.world.state().server.files().get(id).map(|file| file.content.clone());
    match stored {
        Some(stored) => worker.check_value(&format!("the file of {}", worker.name), &stored, content),
        None => worker.world.problem(format!("the file of {} is not on the server", worker.name)),
    }
}

/// Downloads a file, and goes on where a download broke off.
pub(super) async fn download(mut worker: Worker) {
    let path = worker.folder.join(format!("{}.download", worker.name));
    let call =
        || worker.client.files().content(DOWNLOADED).with_max_retries(1).with_max_response_size(limits::DOWNLOAD);
    let mut ended = call().send_to_file(&path).await;
    for _ in 0..worker.random.below(5) {
        let Err(error) = &ended else { break };
        worker.world.check_error(&worker.name, error);
        let Some(partial) = error.partial_file().cloned() else { break };
        ended = call().resume_to_file(partial).await;
    }
    let file = std::fs::read(&path).ok();
    match ended {
        Ok(length) => {
            let stored = worker.world.state().server.files()[DOWNLOADED].content.clone();
            worker.check_value(&format!("the download {}", worker.name), &file.unwrap_or_default(), &stored);
            if length != stored.len() as u64 {
                worker.world.problem(format!("the download {} has another length than it says", worker.name));
            }
            worker.world.count("downloads");
            worker.world.note(&format!("{} succeeded", worker.name));
        }
        Err(error) => {
            worker.world.check_error(&worker.name, &error);
            if file.is_some() {
                worker.world.problem(format!("the download {} failed, and its file is there", worker.name));
            }
        }
    }
}

/// Uploads files into a vector store and waits until they are processed.
pub(super) async fn poll(mut worker: Worker) {
    let count = 1 + worker.random.below(6);
    let content = |number: u64| vec![b'a' + number as u8; 10 + number as usize];
    let name = worker.name.clone();
    let files: Vec<InputFile> =
        (0..count).map(|number| InputFile::from_bytes(content(number)).name(format!("{name}-{number}.txt"))).collect();
    let upload = worker.client.vector_stores().file_batches().upload_and_poll("vs_1", files);
    let mut upload = upload.with_concurrency(1 + worker.random.place(4)).with_deadline(Duration::from_secs(400));
    if worker.random.chance(500) {
        upload = upload.with_partial_failure();
    }
    match upload.await {
        Ok(report) => {
            worker.world.serve_due();
            for (index, file) in report.files.iter().enumerate() {
                match (&file.file_id, &file.error) {
                    (Some(id), _) => check_stored(&worker, id, &content(index as u64)),
                    (None, Some(error)) => worker.world.check_error(&name, error),
                    (None, None) => worker.world.problem(format!("{name}: a file without an id or an error")),
                }
            }
            if report.batches.iter().any(|batch| batch.status.as_str() != "completed") {
                worker.world.problem(format!("{name}: polling ended before the end"));
            }
            worker.world.count("polls");
            worker.world.note(&format!("{name} succeeded"));
        }
        Err(error) => failed(&worker, &error),
    }
}

/// The files that an error of a bulk upload names are on the server.
fn failed(worker: &Worker, error: &Error) {
    worker.world.check_error(&worker.name, error);
    let Some(failure) = error.detail::<BulkFailure>() else {
        worker.world.problem(format!("{}: an error that does not name the files", worker.name));
        return;
    };
    let missing = failure.uploaded.iter().find(|(_, id)| !worker.world.state().server.files().contains_key(id));
    if let Some((index, _)) = missing {
        worker.world.problem(format!("{}: the file {index} is named, and not on the server", worker.name));
    }
}
