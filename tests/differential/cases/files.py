"""Whatever carries files: forms, and bytes that come back."""

import tempfile
from pathlib import Path

from . import table

CASES, case = table()

PNG = b"\x89PNG\r\n\x1a\n\x00\xff"
WAV = b"RIFF\x00\x00\x00\x00WAVE\r\n--boundary\r\n"
JSONL = b'{"custom_id":"1"}\n'


@case
def files_create(api):
    api.files.create(file=("lines.jsonl", JSONL), purpose="batch")


@case
def files_create_from_path(api):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.txt"
        path.write_bytes(b"Buy milk.")
        api.files.create(file=path, purpose="user_data")


@case
def files_create_nameless(api):
    api.files.create(file=b"Buy milk.", purpose="user_data")


@case
def files_create_typed(api):
    api.files.create(file=("notes", b"Buy milk.", "text/markdown"), purpose="assistants")


@case
def files_create_odd_name(api):
    api.files.create(file=('a "b"; ü\\c.txt', b""), purpose="user_data")


@case
def files_create_unknown_type(api):
    api.files.create(file=("data.unknown-ending", b"\x00\x01"), purpose="user_data")


@case
def files_create_expires(api):
    api.files.create(file=("a.pdf", b"%PDF"), purpose="user_data", expires_after={"anchor": "created_at", "seconds": 3600})


@case
def files_list(api):
    api.files.list(after="file-1", limit=2, order="asc", purpose="fine-tune")


@case
def files_retrieve(api):
    api.files.retrieve("file-1")


@case
def files_delete(api):
    api.files.delete("file-1")


@case
def files_content(api):
    api.files.content("file-1").read()


@case
def uploads_create(api):
    api.uploads.create(
        bytes=10,
        filename="a.jsonl",
        mime_type="text/jsonl",
        purpose="fine-tune",
        expires_after={"anchor": "created_at", "seconds": 3600},
    )


@case
def uploads_part(api):
    api.uploads.parts.create("upload_1", data=JSONL)


@case
def uploads_complete(api):
    api.uploads.complete("upload_1", part_ids=["part_1", "part_2"], md5="abc")


@case
def uploads_cancel(api):
    api.uploads.cancel("upload_1")


@case
def images_generate(api):
    api.images.generate(prompt="A boat", model="gpt-image-1", n=2, size="1024x1024", quality="low", background="transparent", output_compression=80, output_format="webp")


@case
def images_generate_stream(api):
    for _ in api.images.generate(prompt="A boat", model="gpt-image-1", stream=True, partial_images=2):
        pass


@case
def images_edit(api):
    api.images.edit(image=("a.png", PNG), mask=("m.png", PNG), prompt="Add a boat", model="gpt-image-1", n=1, size="1024x1024")


@case
def images_edit_several(api):
    api.images.edit(image=[("a.png", PNG), ("b.jpg", b"\xff\xd8")], prompt="Join them", model="gpt-image-1", input_fidelity="high")


@case
def images_edit_stream(api):
    for _ in api.images.edit(image=("a.png", PNG), prompt="Add a boat", model="gpt-image-1", stream=True):
        pass


@case
def images_variation(api):
    api.images.create_variation(image=("a.png", PNG), model="dall-e-2", n=2, response_format="b64_json", size="256x256", user="u-1")


@case
def audio_transcription(api):
    api.audio.transcriptions.create(file=("a.wav", WAV), model="gpt-4o-transcribe")


@case
def audio_transcription_options(api):
    api.audio.transcriptions.create(
        file=("a.mp3", WAV),
        model="whisper-1",
        language="de",
        prompt="Grüße",
        temperature=0.2,
        response_format="verbose_json",
        timestamp_granularities=["word", "segment"],
    )


@case
def audio_transcription_arrays(api):
    api.audio.transcriptions.create(
        file=("a.wav", WAV),
        model="gpt-4o-transcribe-diarize",
        include=["logprobs"],
        response_format="diarized_json",
        known_speaker_names=["ann", "bob"],
        known_speaker_references=["data:audio/wav;base64,AA==", "data:audio/wav;base64,BB=="],
        chunking_strategy={"type": "server_vad", "threshold": 0.5, "silence_duration_ms": 300},
    )


@case
def audio_transcription_text(api):
    api.audio.transcriptions.create(file=("a.wav", WAV), model="whisper-1", response_format="text")


@case
def audio_transcription_stream(api):
    for _ in api.audio.transcriptions.create(file=("a.flac", WAV), model="gpt-4o-transcribe", stream=True, chunking_strategy="auto"):
        pass


@case
def audio_translation(api):
    api.audio.translations.create(file=("a.m4a", WAV), model="whisper-1", temperature=0)


@case
def audio_speech(api):
    api.audio.speech.create(input="Hi", model="gpt-4o-mini-tts", voice="alloy", response_format="wav", speed=1.25, instructions="Calm").read()


@case
def videos_create(api):
    api.videos.create(prompt="A boat", model="sora-2", seconds="4", size="720x1280")


@case
def videos_create_with_reference(api):
    api.videos.create(prompt="A boat", input_reference=("a.png", PNG), seconds="8")


@case
def videos_remix(api):
    api.videos.remix("video_1", prompt="At night")


@case
def videos_content(api):
    api.videos.download_content("video_1", variant="thumbnail").read()


@case
def videos_list(api):
    api.videos.list(after="video_1", limit=2, order="desc")


@case
def containers_create(api):
    api.containers.create(name="c", file_ids=["file-1"], expires_after={"anchor": "last_active_at", "minutes": 20}, memory_limit="1g")


@case
def containers_file(api):
    api.containers.files.create("cntr_1", file=("a.csv", b"a,b\n1,2\n"))


@case
def containers_file_by_id(api):
    api.containers.files.create("cntr_1", file_id="file-1")


@case
def containers_file_content(api):
    api.containers.files.content.retrieve("cfile_1", container_id="cntr_1").read()


@case
def containers_list(api):
    api.containers.list(limit=2, order="asc", name="c")


@case
def containers_delete(api):
    api.containers.delete("cntr_1")
