# Files uploaded into a vector store, and a search in it.

from contextlib import ExitStack

from openai import OpenAI

client = OpenAI()
store = client.vector_stores.create(name="guides")
with ExitStack() as stack:
    client.vector_stores.file_batches.upload_and_poll(
        store.id,
        files=[
            stack.enter_context(open(path, "rb"))
            for path in ["guide.pdf", "terms.pdf"]
        ],
    )
found = client.vector_stores.search(store.id, query="How long is the warranty?")
for result in found:
    print(f"{result.filename} {result.score:.2f} {result.content[0].text}")
