# Two texts and how alike they are.

import numpy as np
from openai import OpenAI

client = OpenAI()
reply = client.embeddings.create(
    model="text-embedding-3-small",
    input=["a boat", "a ship"],
)
boat, ship = (np.array(item.embedding) for item in reply.data)
cosine = boat @ ship / (np.linalg.norm(boat) * np.linalg.norm(ship))
print(f"{cosine:.3f}")
