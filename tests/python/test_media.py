"""Embeddings, images, audio, moderations, models."""

import base64

import openai
import pytest

EMBEDDING = "text-embedding-3-small"


def test_embeddings(api):
    # The client asks for base64 by itself, and makes numbers of it.
    one = api.embeddings.create(model=EMBEDDING, input="Hi")
    assert one.object == "list" and one.model.startswith(EMBEDDING) and one.usage.total_tokens > 0
    vector = one.data[0].embedding
    assert len(vector) == 1536 and abs(sum(number * number for number in vector) - 1) < 1e-3
    plain = api.embeddings.create(model=EMBEDDING, input="Hi", encoding_format="float").data[0].embedding
    assert vector == pytest.approx(plain, abs=1e-6)


def test_embeddings_of_several(api):
    many = api.embeddings.create(model=EMBEDDING, input=["Hi", "Ho", "Hi"], dimensions=8).data
    assert [each.index for each in many] == [0, 1, 2] and {len(each.embedding) for each in many} == {8}
    assert many[0].embedding == many[2].embedding != many[1].embedding


def test_embeddings_of_tokens(api):
    assert len(api.embeddings.create(model=EMBEDDING, input=[[1, 2], [3]]).data) == 2


def test_images(api):
    made = api.images.generate(prompt="A boat", model="gpt-image-1", n=2)
    assert len(made.data) == 2 and all(base64.b64decode(image.b64_json, validate=True) for image in made.data)
    assert made.usage.total_tokens > 0


def test_image_edit(api):
    image = ("a.png", base64.b64decode(api.images.generate(prompt="A boat", model="gpt-image-1").data[0].b64_json))
    assert api.images.edit(image=[image, image], mask=image, prompt="Red", model="gpt-image-1").data[0].b64_json
    assert api.images.create_variation(image=image, n=2, response_format="b64_json").data[1].b64_json


def test_image_stream(api):
    events = list(api.images.generate(prompt="A boat", model="gpt-image-1", stream=True, partial_images=2))
    assert [event.type for event in events] == ["image_generation.partial_image"] * 2 + ["image_generation.completed"]
    assert [event.partial_image_index for event in events[:2]] == [0, 1] and events[-1].b64_json


def test_speech_and_what_is_heard_of_it(api, tmp_path):
    speech = api.audio.speech.create(input="The boat leaves at nine.", model="gpt-4o-mini-tts", voice="alloy", response_format="wav")
    assert speech.read()[:4] == b"RIFF"
    with api.audio.speech.with_streaming_response.create(input="Hi", model="gpt-4o-mini-tts", voice="alloy") as response:
        assert response.headers["content-type"] == "audio/mpeg"
        response.stream_to_file(tmp_path / "a.mp3")
    assert (tmp_path / "a.mp3").stat().st_size > 0
    file = ("a.wav", speech.read())
    assert api.audio.transcriptions.create(file=file, model="gpt-4o-transcribe").text
    assert api.audio.translations.create(file=file, model="whisper-1").text


def test_formats_of_transcriptions(api):
    file = ("a.wav", b"RIFF\x00\x00\x00\x00WAVE")
    text = api.audio.transcriptions.create(file=file, model="whisper-1", response_format="text")
    assert isinstance(text, str) and text
    assert "-->" in api.audio.transcriptions.create(file=file, model="whisper-1", response_format="srt")
    verbose = api.audio.transcriptions.create(
        file=file, model="whisper-1", response_format="verbose_json", timestamp_granularities=["word", "segment"]
    )
    assert verbose.text and verbose.words and verbose.segments and verbose.language


def test_stream_of_a_transcription(api):
    file = ("a.wav", b"RIFF\x00\x00\x00\x00WAVE")
    events = list(api.audio.transcriptions.create(file=file, model="gpt-4o-transcribe", stream=True))
    text = "".join(event.delta for event in events if event.type == "transcript.text.delta")
    assert text and events[-1].type == "transcript.text.done" and events[-1].text == text


def test_moderations(api):
    one = api.moderations.create(input="Hi").results
    assert len(one) == 1 and isinstance(one[0].flagged, bool) and 0 <= one[0].category_scores.violence <= 1
    assert one[0].flagged == any(value for _, value in one[0].categories)
    assert len(api.moderations.create(input=["a", "b"], model="omni-moderation-latest").results) == 2


def test_models(api):
    models = list(api.models.list())
    assert models and all(model.object == "model" for model in models)
    assert api.models.retrieve(models[0].id).id == models[0].id


def test_a_model_that_is_not_there(api):
    with pytest.raises(openai.NotFoundError):
        api.models.delete("ft:gpt-4o-mini:org::none")
