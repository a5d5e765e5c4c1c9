"""What a client does by its options, whatever the operation: headers, queries, paths, pages, retries, redirects."""

from openai import omit

from . import table

CASES, case = table()

MESSAGES = [{"role": "user", "content": "Hi"}]


@case
def organization_and_project(api):
    api.with_options(organization="org-1", project="proj_1").models.retrieve("gpt-5.5")


@case
def default_headers_and_query(api):
    api.with_options(
        default_headers={"X-Team": "search", "OpenAI-Beta": "mine=v9"},
        default_query={"api-version": "1", "tags": ["a", "b"], "nested": {"k": "v w"}},
    ).files.list(limit=1)


@case
def request_over_default(api):
    api.with_options(default_headers={"X-Team": "search", "X-Gone": "1"}, default_query={"limit": 9, "keep": True}).files.list(
        limit=1, extra_headers={"X-Team": "ads", "X-Gone": omit}, extra_query={"keep": False, "none": None, "more": [1, 2.5]}
    )


@case
def extra_body(api):
    api.chat.completions.create(model="gpt-5.5", messages=MESSAGES, extra_body={"top_k": 5, "guided": {"a": [1, None]}, "model": "other"})


@case
def extra_body_in_form(api):
    api.audio.transcriptions.create(file=("a.wav", b"RIFF"), model="whisper-1", extra_body={"vad": True, "words": ["a", "b"], "opts": {"x": 1}})


@case
def own_authorization(api):
    api.models.retrieve("gpt-5.5", extra_headers={"Authorization": "Bearer other"})


@case
def own_beta_header(api):
    api.beta.threads.retrieve("thread_1", extra_headers={"OpenAI-Beta": "assistants=v9"})


@case
def raw_response(api):
    api.chat.completions.with_raw_response.create(model="gpt-5.5", messages=MESSAGES)


@case
def streamed_bytes(api):
    with api.files.with_streaming_response.content("file-1") as response:
        response.read()


@case
def timeout_of_a_call(api):
    api.models.retrieve("gpt-5.5", timeout=5)


@case
def path_with_colons(api):
    api.models.retrieve("ft:gpt-4o-mini:org:suffix:id")


@case
def path_to_escape(api):
    api.models.retrieve("a/b c?d#e%f\\g|h<i>\"`{}^[]ü")


@case
def path_of_sub_delimiters(api):
    api.models.retrieve("a!$&'()*+,;=:@-._~z")


@case
def path_of_several_parts(api):
    api.vector_stores.files.retrieve("file 1/2", vector_store_id="vs%2F1")


@case
def query_to_escape(api):
    api.files.list(after="a b+c&d=e/f?g#h%i;j,k:l@m[n]~*ü'(!)\"", purpose="x y")


@case
def pages_by_cursor(api):
    assert [file.id for file in api.files.list(limit=2, purpose="batch")] == ["file-1", "file-2", "file-3"]


@case
def pages_by_last_id(api):
    assert [item.id for item in api.conversations.items.list("conv_1", limit=2)] == ["msg_1", "msg_2"]


@case
def pages_by_next(api):
    assert [group.id for group in api.admin.organization.groups.list(limit=1)] == ["group_1", "group_2"]


@case
def retry_of_429(api):
    api.with_options(max_retries=2).chat.completions.create(model="gpt-5.5", messages=MESSAGES)


@case
def retry_of_an_upload(api):
    api.with_options(max_retries=2).files.create(file=("a.txt", b"Buy milk."), purpose="user_data")


@case
def redirect_307(api):
    api.chat.completions.create(model="gpt-5.5", messages=MESSAGES)


@case
def undocumented_get(api):
    api.get("/undocumented", cast_to=object, options={"params": {"a": [1, 2], "b": {"c": True}}})


@case
def undocumented_post(api):
    api.post("/undocumented", cast_to=object, body={"a": 1, "b": [None, "x"]})


@case
def undocumented_post_without_body(api):
    api.post("/undocumented", cast_to=object)


@case
def idempotency_key(api):
    api.post("/undocumented", cast_to=object, body={"a": 1}, options={"headers": {"Idempotency-Key": "key-1"}})
