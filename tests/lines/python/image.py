# An image from a description, in a file.

import base64
from pathlib import Path

from openai import OpenAI

client = OpenAI()
images = client.images.generate(
    prompt="A red boat on a lake",
    model="gpt-image-2",
    size="1024x1024",
)
Path("boat.png").write_bytes(base64.b64decode(images.data[0].b64_json))
