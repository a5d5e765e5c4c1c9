# One question and its answer.

from openai import OpenAI

client = OpenAI()
reply = client.chat.completions.create(
    model="gpt-5.5",
    messages=[{"role": "user", "content": "Say this is a test"}],
)
print(reply.choices[0].message.content)
