//! Files by path, by bytes and by name.

use std::path::{Path, PathBuf};

use openai_ext::{ErrorKind, prelude::*};

use crate::{TestResult, start};

macro_rules! files {
    ($($name:ident: $file:expr => $expected:literal;)*) => {$(
        #[tokio::test]
        async fn $name() -> TestResult {
            let (mock, c) = start().await?;
            c.files().create($file, "user_data").send().await?;
            let form = format!("{:?}", mock.requests()[0].form());
            assert!(form.contains($expected), "{form}");
            Ok(())
        }
    )*};
}

files! {
    a_path: concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml") => "Cargo.toml";
    an_owned_path: concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned() => "Cargo.toml";
    a_borrowed_path: &concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned() => "Cargo.toml";
    a_path_buf: PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")) => "Cargo.toml";
    a_borrowed_path_buf: &PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")) => "Cargo.toml";
    a_path_ref: Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")) => "Cargo.toml";
    a_name_and_text: ("notes.txt", "text") => "notes.txt";
    a_name_and_owned_text: ("notes.txt", String::from("text")) => "notes.txt";
    a_name_and_borrowed_text: ("notes.txt", &String::from("text")) => "notes.txt";
    a_name_and_a_literal: ("notes.bin", b"\x00\x01") => "notes.bin";
    a_name_and_a_slice: ("notes.bin", &[0u8, 1][..]) => "notes.bin";
    a_name_bytes_and_a_type: ("notes.bin", vec![0u8], "application/x-notes") => "application/x-notes";
    an_owned_name: (String::from("notes.txt"), "text", String::from("text/x-notes")) => "text/x-notes";
    a_borrowed_file: &InputFile::from_bytes(vec![1]).name("a.bin") => "a.bin";
}

#[tokio::test]
async fn a_path_that_is_not_there() -> TestResult {
    let (mock, c) = start().await?;
    for call in [
        c.files().create("no/such/file.pdf", "user_data"),
        c.files().create(Path::new("no/such/file.pdf"), "user_data"),
    ] {
        let error = call.send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.to_string().contains("no/such/file.pdf"), "{error}");
    }
    // A text in the place of a path is one that is not there.
    let error = c.files().create("Dear Sir or Madam,\nthis is the letter.", "user_data").send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert_eq!(mock.requests().len(), 0);
    Ok(())
}

#[tokio::test]
async fn audio_and_images() -> TestResult {
    let (mock, c) = start().await?;
    c.audio().transcriptions().create(("speech.wav", b"RIFF"), "whisper-1").send().await?;
    c.images().edit(("boat.png", b"PNG"), "A boat").send().await?;
    c.images().edit([("a.png", vec![1u8]), ("b.png", vec![2u8])], "Boats").send().await?;
    assert!(c.images().edit("no/such.png", "A boat").send().await.is_err());
    assert!(c.images().edit(["no/such.png", "nor/such.png"], "A boat").send().await.is_err());
    assert_eq!(mock.requests().len(), 3);
    Ok(())
}

#[tokio::test]
async fn many_files_into_a_vector_store() -> TestResult {
    let (_mock, c) = start().await?;
    let store = c.vector_stores().create().name("x").send().await?.id;
    let text = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let (paths, strings) = (vec![PathBuf::from(text)], vec![text.to_owned()]);
    let files = c.vector_stores().file_batches();
    let inputs = [InputFile::from(text), InputFile::from(("a.txt", "A"))];
    for upload in [
        files.upload_and_poll(&store, [text]),
        files.upload_and_poll(&store, &[text]),
        files.upload_and_poll(&store, &[text][..]),
        files.upload_and_poll(&store, vec![text]),
        files.upload_and_poll(&store, &vec![text]),
        files.upload_and_poll(&store, strings.clone()),
        files.upload_and_poll(&store, &strings),
        files.upload_and_poll(&store, strings.as_slice()),
        files.upload_and_poll(&store, &strings[..1]),
        files.upload_and_poll(&store, paths.clone()),
        files.upload_and_poll(&store, &paths),
        files.upload_and_poll(&store, paths.as_slice()),
        files.upload_and_poll(&store, &[PathBuf::from(text)]),
        files.upload_and_poll(&store, [Path::new(text)]),
        files.upload_and_poll(&store, paths.clone().into_iter()),
        files.upload_and_poll(&store, (0..1).map(move |_| InputFile::from_path(text))),
        files.upload_and_poll(&store, std::collections::HashSet::from([text])),
        files.upload_and_poll(&store, [("a.txt", "A")]),
        files.upload_and_poll(&store, vec![("a.txt".to_owned(), b"A".to_vec())]),
        files.upload_and_poll(&store, &[("a.txt", "A")]),
        files.upload_and_poll(&store, [("a.txt", "A", "text/plain")]),
        files.upload_and_poll(&store, text),
        files.upload_and_poll(&store, ("a.txt", "A")),
        files.upload_and_poll(&store, InputFile::from_path(text)),
    ] {
        assert_eq!(upload.await?.files.len(), 1);
    }
    let of_two = files.upload_and_poll(&store, &inputs).attributes(Some([("language", "en")]));
    assert_eq!(of_two.await?.files.len(), 2);
    let of_ids =
        files.upload_and_poll(&store, inputs.to_vec()).file_ids(&Vec::<String>::new()).attributes([("year", 2026)]);
    assert_eq!(of_ids.await?.files.len(), 2);
    Ok(())
}
