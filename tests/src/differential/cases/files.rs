//! Whatever carries files: forms, and bytes that come back.

use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::types::ImageEditImage;
use openai_ext::{Client, InputFile};
use serde_json::json;

use super::{Outcome, drain, of, table};

table![
    files_create,
    files_create_from_path,
    files_create_nameless,
    files_create_typed,
    files_create_odd_name,
    files_create_unknown_type,
    files_create_expires,
    files_list,
    files_retrieve,
    files_delete,
    files_content,
    uploads_create,
    uploads_part,
    uploads_complete,
    uploads_cancel,
    images_generate,
    images_generate_stream,
    images_edit,
    images_edit_several,
    images_edit_stream,
    images_variation,
    audio_transcription,
    audio_transcription_options,
    audio_transcription_arrays,
    audio_transcription_text,
    audio_transcription_stream,
    audio_translation,
    audio_speech,
    videos_create,
    videos_create_with_reference,
    videos_remix,
    videos_content,
    videos_list,
    containers_create,
    containers_file,
    containers_file_by_id,
    containers_file_content,
    containers_list,
    containers_delete,
];

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\x00\xff";
const WAV: &[u8] = b"RIFF\x00\x00\x00\x00WAVE\r\n--boundary\r\n";
const JSONL: &[u8] = b"{\"custom_id\":\"1\"}\n";

fn file(name: &str, bytes: &'static [u8]) -> InputFile {
    InputFile::from_bytes(bytes).name(name)
}

async fn files_create(client: Client) -> Outcome {
    client.files().create(file("lines.jsonl", JSONL), "batch").send().await?;
    Ok(())
}

async fn files_create_from_path(client: Client) -> Outcome {
    // Tests of one process make this call at the same time.
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let (process, call) = (std::process::id(), CALLS.fetch_add(1, Ordering::Relaxed));
    let folder = std::env::temp_dir().join(format!("openai-differential-{process}-{call}"));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("notes.txt");
    std::fs::write(&path, "Buy milk.")?;
    let sent = client.files().create(InputFile::from_path(path), "user_data").send().await;
    std::fs::remove_dir_all(&folder)?;
    sent?;
    Ok(())
}

async fn files_create_nameless(client: Client) -> Outcome {
    client.files().create(InputFile::from_bytes("Buy milk."), "user_data").send().await?;
    Ok(())
}

async fn files_create_typed(client: Client) -> Outcome {
    let notes = file("notes", b"Buy milk.").content_type("text/markdown");
    client.files().create(notes, "assistants").send().await?;
    Ok(())
}

async fn files_create_odd_name(client: Client) -> Outcome {
    client.files().create(file("a \"b\"; ü\\c.txt", b""), "user_data").send().await?;
    Ok(())
}

async fn files_create_unknown_type(client: Client) -> Outcome {
    client.files().create(file("data.unknown-ending", b"\x00\x01"), "user_data").send().await?;
    Ok(())
}

async fn files_create_expires(client: Client) -> Outcome {
    let mut call = client.files().create(file("a.pdf", b"%PDF"), "user_data");
    call.body_mut().expires_after = of(json!({"anchor": "created_at", "seconds": 3600}))?;
    call.send().await?;
    Ok(())
}

async fn files_list(client: Client) -> Outcome {
    client.files().list().after("file-1").limit(2).order("asc").purpose("fine-tune").send().await?;
    Ok(())
}

async fn files_retrieve(client: Client) -> Outcome {
    client.files().retrieve("file-1").send().await?;
    Ok(())
}

async fn files_delete(client: Client) -> Outcome {
    client.files().delete("file-1").send().await?;
    Ok(())
}

async fn files_content(client: Client) -> Outcome {
    client.files().content("file-1").send_bytes().await?;
    Ok(())
}

async fn uploads_create(client: Client) -> Outcome {
    let mut call = client.uploads().create("a.jsonl", "fine-tune", 10, "text/jsonl");
    call.body_mut().expires_after = of(json!({"anchor": "created_at", "seconds": 3600}))?;
    call.send().await?;
    Ok(())
}

async fn uploads_part(client: Client) -> Outcome {
    client.uploads().parts().create("upload_1", InputFile::from_bytes(JSONL)).send().await?;
    Ok(())
}

async fn uploads_complete(client: Client) -> Outcome {
    client.uploads().complete("upload_1", ["part_1", "part_2"]).md5("abc").send().await?;
    Ok(())
}

async fn uploads_cancel(client: Client) -> Outcome {
    client.uploads().cancel("upload_1").send().await?;
    Ok(())
}

async fn images_generate(client: Client) -> Outcome {
    let call = client.images().generate("A boat").model("gpt-image-1").n(2).size("1024x1024").quality("low");
    call.background("transparent").output_compression(80).output_format("webp").send().await?;
    Ok(())
}

async fn images_generate_stream(client: Client) -> Outcome {
    drain(client.images().generate("A boat").model("gpt-image-1").partial_images(2).stream().await?).await
}

async fn images_edit(client: Client) -> Outcome {
    let call = client.images().edit(file("a.png", PNG), "Add a boat").mask(file("m.png", PNG));
    call.model("gpt-image-1").n(1).size("1024x1024").send().await?;
    Ok(())
}

async fn images_edit_several(client: Client) -> Outcome {
    let images: ImageEditImage = vec![file("a.png", PNG), file("b.jpg", b"\xff\xd8")].into();
    client.images().edit(images, "Join them").model("gpt-image-1").input_fidelity("high").send().await?;
    Ok(())
}

async fn images_edit_stream(client: Client) -> Outcome {
    drain(client.images().edit(file("a.png", PNG), "Add a boat").model("gpt-image-1").stream().await?).await
}

async fn images_variation(client: Client) -> Outcome {
    let call = client.images().create_variation(file("a.png", PNG)).model("dall-e-2").n(2);
    call.response_format("b64_json").size("256x256").user("u-1").send().await?;
    Ok(())
}

async fn audio_transcription(client: Client) -> Outcome {
    client.audio().transcriptions().create(file("a.wav", WAV), "gpt-4o-transcribe").send().await?;
    Ok(())
}

async fn audio_transcription_options(client: Client) -> Outcome {
    let call = client.audio().transcriptions().create(file("a.mp3", WAV), "whisper-1").language("de").prompt("Grüße");
    let call = call.temperature(0.2).response_format("verbose_json").timestamp_granularities(["word", "segment"]);
    call.send().await?;
    Ok(())
}

async fn audio_transcription_arrays(client: Client) -> Outcome {
    let call = client.audio().transcriptions().create(file("a.wav", WAV), "gpt-4o-transcribe-diarize");
    let call = call.include(["logprobs"]).response_format("diarized_json").known_speaker_names(["ann", "bob"]);
    let mut call = call.known_speaker_references(["data:audio/wav;base64,AA==", "data:audio/wav;base64,BB=="]);
    call.body_mut().chunking_strategy =
        of(json!({"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 300}))?;
    call.send().await?;
    Ok(())
}

async fn audio_transcription_text(client: Client) -> Outcome {
    client.audio().transcriptions().create(file("a.wav", WAV), "whisper-1").response_format("text").send().await?;
    Ok(())
}

async fn audio_transcription_stream(client: Client) -> Outcome {
    let mut call = client.audio().transcriptions().create(file("a.flac", WAV), "gpt-4o-transcribe");
    call.body_mut().chunking_strategy = of(json!("auto"))?;
    drain(call.stream().await?).await
}

async fn audio_translation(client: Client) -> Outcome {
    client.audio().translations().create(file("a.m4a", WAV), "whisper-1").temperature(0.0).send().await?;
    Ok(())
}

async fn audio_speech(client: Client) -> Outcome {
    let call = client.audio().speech().create("Hi", "gpt-4o-mini-tts", "alloy").response_format("wav").speed(1.25);
    call.instructions("Calm").send_bytes().await?;
    Ok(())
}

async fn videos_create(client: Client) -> Outcome {
    client.videos().create("A boat").model("sora-2").seconds("4").size("720x1280").send().await?;
    Ok(())
}

async fn videos_create_with_reference(client: Client) -> Outcome {
    client.videos().create("A boat").input_reference(file("a.png", PNG)).seconds("8").send().await?;
    Ok(())
}

async fn videos_remix(client: Client) -> Outcome {
    client.videos().remix("video_1", "At night").send().await?;
    Ok(())
}

async fn videos_content(client: Client) -> Outcome {
    client.videos().download_content("video_1").variant("thumbnail").send_bytes().await?;
    Ok(())
}

async fn videos_list(client: Client) -> Outcome {
    client.videos().list().after("video_1").limit(2).order("desc").send().await?;
    Ok(())
}

async fn containers_create(client: Client) -> Outcome {
    let mut call = client.containers().create("c").file_ids(["file-1"]).memory_limit("1g");
    call.body_mut().expires_after = of(json!({"anchor": "last_active_at", "minutes": 20}))?;
    call.send().await?;
    Ok(())
}

async fn containers_file(client: Client) -> Outcome {
    client.containers().files().create("cntr_1").file(file("a.csv", b"a,b\n1,2\n")).send().await?;
    Ok(())
}

async fn containers_file_by_id(client: Client) -> Outcome {
    client.containers().files().create("cntr_1").file_id("file-1").send().await?;
    Ok(())
}

async fn containers_file_content(client: Client) -> Outcome {
    client.containers().files().content().retrieve("cntr_1", "cfile_1").send_bytes().await?;
    Ok(())
}

async fn containers_list(client: Client) -> Outcome {
    client.containers().list().limit(2).order("asc").name("c").send().await?;
    Ok(())
}

async fn containers_delete(client: Client) -> Outcome {
    client.containers().delete("cntr_1").send().await?;
    Ok(())
}
