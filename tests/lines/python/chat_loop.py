# A chat at the terminal that keeps its history.

import sys

from openai import OpenAI

client = OpenAI()
messages = []
for line in sys.stdin:
    messages.append({"role": "user", "content": line.rstrip("\n")})
    reply = client.chat.completions.create(model="gpt-5.5", messages=messages)
    message = reply.choices[0].message
    print(message.content)
    messages.append(message)
