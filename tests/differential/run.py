"""Makes each call of `cases` with the official client: `run.py URL`, where each case has its own URL below that one.

Prints one line of JSON: what each call ended with, by case. The answers are made up, so that an error behind the request
says nothing; it is printed for whoever looks for a call that was never made.
"""

import json
import sys
import warnings

from openai import OpenAI

from cases import agents, client, files, state, text


def main(url: str) -> None:
    # Assistants and some of videos are deprecated, and in the document all the same.
    warnings.simplefilter("ignore", DeprecationWarning)
    outcomes = {}
    for module in (text, files, state, agents, client):
        for name, call in module.CASES.items():
            api = OpenAI(
                api_key="sk-differential",
                admin_api_key="sk-differential-admin",
                base_url=f"{url}/{name}/v1",
                max_retries=0,
            )
            outcomes[name] = outcome(call, api)
    print(json.dumps(outcomes))


def outcome(call, api: OpenAI) -> str:
    try:
        call(api)
    except Exception as error:  # noqa: BLE001: any error of any call is its outcome
        return f"{type(error).__name__}: {error}"
    return "ok"


if __name__ == "__main__":
    main(sys.argv[1])
