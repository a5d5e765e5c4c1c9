# A function that the model calls until it has its answer.

import openai
from openai import OpenAI
from pydantic import BaseModel, Field


class GetWeather(BaseModel):
    """Returns the weather in a city now."""

    city: str = Field(description='A city, as "Oslo".')


def get_weather(arguments: GetWeather) -> str:
    return f"12 degrees and rain in {arguments.city}"


client = OpenAI()
messages = [{"role": "user", "content": "How is the weather in Oslo?"}]
while True:
    reply = client.chat.completions.create(
        model="gpt-5.5",
        messages=messages,
        tools=[openai.pydantic_function_tool(GetWeather, name="get_weather")],
    )
    message = reply.choices[0].message
    if not message.tool_calls:
        break
    messages.append(message)
    for call in message.tool_calls:
        arguments = GetWeather.model_validate_json(call.function.arguments)
        messages.append(
            {
                "role": "tool",
                "tool_call_id": call.id,
                "content": get_weather(arguments),
            }
        )
print(message.content)
