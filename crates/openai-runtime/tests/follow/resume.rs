//! Downloads that failed and are resumed by another call.

use std::sync::Arc;

use crate::file::{Folder, GET, TAG, asked, content, part, ranges, start, tagged};
use crate::support::{Reply, builder, client, eventually, server};
use openai_runtime::{Call, Error, ErrorKind};

/// A download that fails after 500 bytes, both attempts used up.
async fn failed(folder: &Folder, then: Vec<Reply>) -> (Error, Call, Arc<crate::support::Server>) {
    let replies = [tagged(400), part(400, 500)].into_iter().chain(then);
    let server = server(replies);
    let client = builder(&server).max_retries(1).build().unwrap();
    let call = Call::new(&client, &GET);
    let error = call.clone().send_to_file(folder.target()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
    (error, call, server)
}

#[tokio::test]
async fn a_partial_file_is_resumed() {
    let folder = Folder::new("resumed");
    let (error, call, server) = failed(&folder, vec![part(500, 700), part(700, 100_000)]).await;
    let partial = error.partial_file().unwrap().clone();
    assert_eq!((partial.bytes(), partial.total()), (500, Some(100_000)));
    assert_eq!(std::fs::read(partial.path()).unwrap(), content()[..500]);
    assert_eq!(partial.path().parent(), Some(&*folder.0));
    assert!(format!("{error:?}").contains("bytes: 500"), "{error:?}");
    drop(error);
    assert_eq!(folder.names().len(), 1, "a clone holds it");
    assert_eq!(call.resume_to_file(partial).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
    assert_eq!(ranges(&server)[2..], [asked(500, TAG), asked(700, TAG)]);
    assert_eq!(folder.names(), ["out.bin"]);
}

#[tokio::test]
async fn resumed_when_the_file_has_changed() {
    let folder = Folder::new("changed");
    let (error, call, _) = failed(&folder, vec![start(100_000).header("etag", "\"v2\"")]).await;
    assert_eq!(call.clone().resume_to_file(error.partial_file().unwrap().clone()).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
    let (error, call, server) = failed(&folder, vec![Reply::json(416, "{}"), tagged(100_000)]).await;
    assert_eq!(call.resume_to_file(error.partial_file().unwrap().clone()).await.unwrap(), 100_000);
    assert_eq!(ranges(&server)[2..], [asked(500, TAG), None]);
    // Somebody cut the file, or took it away.
    for remove in [false, true] {
        let (error, call, server) = failed(&folder, vec![tagged(100_000)]).await;
        let partial = error.partial_file().unwrap().clone();
        if remove {
            std::fs::remove_file(partial.path()).unwrap();
        } else {
            std::fs::write(partial.path(), "x").unwrap();
        }
        assert_eq!(call.resume_to_file(partial).await.unwrap(), 100_000);
        assert_eq!(ranges(&server)[2..], [None]);
        assert!(std::fs::read(folder.target()).unwrap() == content());
    }
    // Somebody added to it.
    let (error, call, _) = failed(&folder, vec![part(500, 100_000)]).await;
    let partial = error.partial_file().unwrap().clone();
    std::fs::write(partial.path(), [&content()[..500], &[0; 200_000]].concat()).unwrap();
    assert_eq!(call.resume_to_file(partial).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
}

#[tokio::test]
async fn complete_but_for_its_name() {
    let folder = Folder::new("name");
    let (error, call, server) = failed(&folder, vec![part(500, 100_000)]).await;
    let partial = error.partial_file().unwrap().clone();
    // A folder has the name meanwhile.
    std::fs::create_dir(folder.target()).unwrap();
    let error = call.clone().resume_to_file(partial).await.unwrap_err();
    assert_eq!((error.kind(), error.partial_file().unwrap().bytes()), (ErrorKind::Io, 100_000));
    std::fs::remove_dir(folder.target()).unwrap();
    assert_eq!(call.resume_to_file(error.partial_file().unwrap().clone()).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
    assert_eq!(server.requests().len(), 3, "no byte was missing, so none was asked for");
    drop(error);
    assert_eq!(folder.names(), ["out.bin"]);
}

#[tokio::test]
async fn resumed_again_and_again() {
    let folder = Folder::new("again");
    let then = vec![part(500, 600), part(600, 700), Reply::json(401, "{}"), part(700, 100_000)];
    let (error, call, server) = failed(&folder, then).await;
    let first = error.partial_file().unwrap().clone();
    let error = call.clone().resume_to_file(first.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
    assert_eq!((error.partial_file().unwrap().bytes(), first.bytes()), (700, 700), "clones stand for the same file");
    let error = call.clone().resume_to_file(first.clone()).await.unwrap_err();
    assert_eq!((error.kind(), error.partial_file().unwrap().bytes()), (ErrorKind::Authentication, 700));
    drop(error);
    assert_eq!(call.resume_to_file(first.clone()).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
    assert_eq!(ranges(&server).last().unwrap(), &asked(700, TAG));
    drop(first);
    assert_eq!(folder.names(), ["out.bin"]);
}

#[tokio::test]
async fn one_call_at_a_time_resumes() {
    let folder = Folder::new("two");
    let (error, call, _) = failed(&folder, vec![]).await;
    let partial = error.partial_file().unwrap().clone();
    let mut silent = part(500, 100_000);
    silent.chunks.truncate(1);
    let (error, call) = {
        // The first one hangs after 1000 more bytes and is dropped then; what it had is kept for the next.
        let (client, server) = client([silent.then_silent(), part(500, 100_000)]);
        let slow = Call::new(&client, &GET);
        let mut running = slow.clone().resume_to_file(partial.clone());
        tokio::select! {
            result = &mut running => panic!("{result:?}"),
            sent = eventually(|| server.requests().len() == 1) => assert!(sent),
        }
        let refused = call.clone().resume_to_file(partial.clone()).await.unwrap_err();
        assert_eq!((refused.kind(), refused.attempts()), (ErrorKind::InvalidRequest, 0));
        drop(running);
        (error, slow)
    };
    assert_eq!(call.resume_to_file(partial).await.unwrap(), 100_000);
    assert!(std::fs::read(folder.target()).unwrap() == content());
    drop(error);
    assert_eq!(folder.names(), ["out.bin"]);
}

#[tokio::test]
async fn a_partial_file_is_removed_unless_kept() {
    let folder = Folder::new("kept");
    let (error, ..) = failed(&folder, vec![]).await;
    let clone = error.partial_file().unwrap().clone();
    drop(error);
    assert_eq!(folder.names().len(), 1);
    drop(clone);
    assert!(folder.names().is_empty());
    let (error, ..) = failed(&folder, vec![]).await;
    let path = error.partial_file().unwrap().keep();
    drop(error);
    assert_eq!(std::fs::read(&path).unwrap(), content()[..500]);
    std::fs::remove_file(path).unwrap();
    assert!(folder.names().is_empty());
}
