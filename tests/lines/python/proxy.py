# A web service that streams a model's answer to browsers.

import json

import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI, OpenAIError

app = FastAPI()
client = AsyncOpenAI()


@app.get("/chat/{question}")
async def chat(question: str):
    try:
        stream = await client.chat.completions.create(
            model="gpt-5.5",
            messages=[{"role": "user", "content": question}],
            stream=True,
        )
    except OpenAIError as error:
        raise HTTPException(502, str(error)) from error

    async def events():
        try:
            async for chunk in stream:
                yield f"data: {chunk.model_dump_json()}\n\n"
            yield "data: [DONE]\n\n"
        except OpenAIError as error:
            yield f"data: {json.dumps({'error': {'message': str(error)}})}\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


uvicorn.run(app, host="127.0.0.1", port=8000)
