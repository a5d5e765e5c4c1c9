# An answer as a value of a type.

from openai import OpenAI
from pydantic import BaseModel


class Step(BaseModel):
    explanation: str
    output: str


class Solution(BaseModel):
    steps: list[Step]
    answer: str


client = OpenAI()
reply = client.chat.completions.parse(
    model="gpt-5.5",
    messages=[{"role": "user", "content": "Solve 8x + 7 = -23"}],
    response_format=Solution,
)
message = reply.choices[0].message
if message.parsed is None:
    raise RuntimeError(message.refusal)
for step in message.parsed.steps:
    print(f"{step.explanation}: {step.output}")
print(message.parsed.answer)
