"""Chat, responses, completions, embeddings, moderations: bodies of JSON, and streams."""

from . import table

CASES, case = table()

WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
    "additionalProperties": False,
}


@case
def chat_create(api):
    api.chat.completions.create(model="gpt-5.5", messages=[{"role": "user", "content": "Grüße, 世界 🎈 </script> \"q\" \\ \n"}])


@case
def chat_options(api):
    api.chat.completions.create(
        model="gpt-5.5",
        messages=[
            {"role": "developer", "content": "Be brief."},
            {"role": "user", "content": "Hi", "name": "ann"},
        ],
        temperature=0.7,
        top_p=1,
        n=2,
        seed=-5,
        stop=["\n", "END"],
        presence_penalty=-0.5,
        frequency_penalty=0.25,
        logit_bias={"50256": -100, "1": 5},
        logprobs=True,
        top_logprobs=3,
        max_completion_tokens=64,
        metadata={"job": "7", "é": "ü"},
        reasoning_effort="low",
        service_tier="auto",
        store=False,
        user="u-1",
    )


@case
def chat_messages(api):
    api.chat.completions.create(
        model="gpt-5.5",
        messages=[
            {"role": "system", "content": [{"type": "text", "text": "Look."}]},
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "What is it?"},
                    {"type": "image_url", "image_url": {"url": "https://example.com/a.png?x=1&y=2", "detail": "low"}},
                    {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
                    {"type": "file", "file": {"file_id": "file-1"}},
                ],
            },
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bonn"}'}}
                ],
            },
            {"role": "tool", "tool_call_id": "call_1", "content": "rain"},
            {"role": "assistant", "refusal": "No."},
        ],
    )


@case
def chat_tools(api):
    api.chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Weather?"}],
        tools=[
            {
                "type": "function",
                "function": {"name": "weather", "description": "The weather", "parameters": WEATHER, "strict": True},
            },
            {"type": "custom", "custom": {"name": "sql", "format": {"type": "text"}}},
        ],
        tool_choice={"type": "function", "function": {"name": "weather"}},
        parallel_tool_calls=False,
    )


@case
def chat_json_schema(api):
    api.chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Weather?"}],
        response_format={"type": "json_schema", "json_schema": {"name": "weather", "schema": WEATHER, "strict": True}},
    )


@case
def chat_stream(api):
    stream = api.chat.completions.create(
        model="gpt-5.5",
        messages=[{"role": "user", "content": "Hi"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    for _ in stream:
        pass


@case
def chat_stream_helper(api):
    with api.chat.completions.stream(model="gpt-5.5", messages=[{"role": "user", "content": "Hi"}]) as stream:
        for _ in stream:
            pass


@case
def chat_list(api):
    api.chat.completions.list(after="chatcmpl-1", limit=2, metadata={"job": "7", "a b": "c&d"}, model="gpt-5.5", order="desc")


@case
def chat_retrieve(api):
    api.chat.completions.retrieve("chatcmpl-1")


@case
def chat_update(api):
    api.chat.completions.update("chatcmpl-1", metadata={"job": "8"})


@case
def chat_delete(api):
    api.chat.completions.delete("chatcmpl-1")


@case
def chat_stored_messages(api):
    api.chat.completions.messages.list("chatcmpl-1", limit=5, order="asc")


@case
def completions_create(api):
    api.completions.create(model="gpt-3.5-turbo-instruct", prompt=["a", "b"], max_tokens=5, echo=True, stop="\n", logit_bias={"1": 2})


@case
def completions_tokens(api):
    api.completions.create(model="gpt-3.5-turbo-instruct", prompt=[[1, 2], [3]], best_of=1, suffix="!")


@case
def completions_stream(api):
    for _ in api.completions.create(model="gpt-3.5-turbo-instruct", prompt="a", stream=True):
        pass


@case
def responses_create(api):
    api.responses.create(
        model="gpt-5.5",
        input="Hi",
        instructions="Be brief.",
        max_output_tokens=64,
        metadata={"job": "7"},
        previous_response_id="resp_0",
        include=["reasoning.encrypted_content", "file_search_call.results"],
        reasoning={"effort": "low", "summary": "auto"},
        text={"verbosity": "low", "format": {"type": "json_schema", "name": "weather", "schema": WEATHER, "strict": True}},
        store=True,
        temperature=1,
        truncation="auto",
    )


@case
def responses_items(api):
    api.responses.create(
        model="gpt-5.5",
        input=[
            {"role": "user", "content": [{"type": "input_text", "text": "Look"}, {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "auto"}]},
            {"type": "function_call", "call_id": "call_1", "name": "weather", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
            {"type": "item_reference", "id": "msg_1"},
        ],
        tools=[
            {"type": "function", "name": "weather", "parameters": WEATHER, "strict": True, "description": "The weather"},
            {"type": "web_search", "search_context_size": "low"},
            {"type": "file_search", "vector_store_ids": ["vs_1"], "max_num_results": 3},
            {"type": "code_interpreter", "container": {"type": "auto"}},
        ],
        tool_choice="auto",
        conversation={"id": "conv_1"},
        background=True,
    )


@case
def responses_stream(api):
    for _ in api.responses.create(model="gpt-5.5", input="Hi", stream=True, stream_options={"include_obfuscation": False}):
        pass


@case
def responses_retrieve(api):
    api.responses.retrieve("resp_1", include=["message.output_text.logprobs", "file_search_call.results"])


@case
def responses_resume(api):
    for _ in api.responses.retrieve("resp_1", stream=True, starting_after=3, include_obfuscation=False):
        pass


@case
def responses_delete(api):
    api.responses.delete("resp_1")


@case
def responses_cancel(api):
    api.responses.cancel("resp_1")


@case
def responses_compact(api):
    api.responses.compact(model="gpt-5.5", input="Hi", instructions="Short.")


@case
def responses_input_items(api):
    api.responses.input_items.list("resp_1", include=["reasoning.encrypted_content"], limit=3, order="asc", after="msg_1")


@case
def responses_input_tokens(api):
    api.responses.input_tokens.count(model="gpt-5.5", input="Hi")


@case
def embeddings_default(api):
    api.embeddings.create(model="text-embedding-3-small", input="Hi")


@case
def embeddings_float(api):
    api.embeddings.create(model="text-embedding-3-small", input=["a", "b"], encoding_format="float", dimensions=8, user="u-1")


@case
def embeddings_tokens(api):
    api.embeddings.create(model="text-embedding-3-small", input=[[1, 2], [3, 4]], encoding_format="base64")


@case
def moderations_text(api):
    api.moderations.create(input="Hi")


@case
def moderations_parts(api):
    api.moderations.create(
        model="omni-moderation-latest",
        input=[{"type": "text", "text": "Hi"}, {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}],
    )
