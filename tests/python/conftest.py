"""The official client against the mock's program, which each module starts anew: `cargo xtask python` runs all of it."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from openai import AsyncOpenAI, OpenAI

MODEL = "gpt-5.5"
# Seconds, ample for a busy machine.
PATIENCE = 120

# Nothing of whoever runs the tests is to be sent.
for name in [name for name in os.environ if name.startswith("OPENAI_") and name != "OPENAI_MOCK"]:
    del os.environ[name]


@contextmanager
def mock(*arguments):
    """A mock on a free port, and its URL."""
    program = os.environ.get("OPENAI_MOCK") or sys.exit("OPENAI_MOCK is the path of the mock's program")
    process = subprocess.Popen([program, "--port", "0", *arguments], stdout=subprocess.PIPE, text=True)
    try:
        # "openai-ext-mock listens on URL": a program that stops at once has an empty line, and no URL.
        yield process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def url():
    with mock("--seed", "7") as url:
        yield url


@pytest.fixture
def api(url):
    """A client that retries nothing: whatever goes wrong is to be seen."""
    with OpenAI(api_key="sk-any", base_url=url, max_retries=0, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def async_api(url):
    return AsyncOpenAI(api_key="sk-any", base_url=url, max_retries=0, timeout=PATIENCE)


def until(look, done, limit=PATIENCE):
    """Looks again and again until `done` says so; the last object that was seen."""
    end = time.monotonic() + limit
    while not done(found := look()):
        assert time.monotonic() < end, f"still {found}"
        time.sleep(0.02)
    return found
