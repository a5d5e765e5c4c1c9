# Many requests in a batch, and the answer to each.

import json
import time

from openai import OpenAI

client = OpenAI()
rows = []
for city in ["Accra", "Bogotá", "Cork", "Dhaka"]:
    question = {"role": "user", "content": f"In which country is {city}?"}
    row = {
        "custom_id": city,
        "method": "POST",
        "url": "/v1/chat/completions",
        "body": {"model": "gpt-5.5", "messages": [question]},
    }
    rows.append(json.dumps(row))
file = client.files.create(
    file=("requests.jsonl", "\n".join(rows).encode()),
    purpose="batch",
)
batch = client.batches.create(
    input_file_id=file.id,
    endpoint="/v1/chat/completions",
    completion_window="24h",
)
while batch.status in ("validating", "in_progress", "finalizing"):
    time.sleep(5)
    batch = client.batches.retrieve(batch.id)
for file_id in (batch.output_file_id, batch.error_file_id):
    if file_id is None:
        continue
    for line in client.files.content(file_id).text.splitlines():
        row = json.loads(line)
        if row["error"] is None and row["response"]["status_code"] == 200:
            message = row["response"]["body"]["choices"][0]["message"]
            print(f"{row['custom_id']}: {message['content']}")
        else:
            print(f"{row['custom_id']}: {row['error'] or row['response']['body']}")
