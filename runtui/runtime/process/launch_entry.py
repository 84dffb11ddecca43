"""``python -m runtui.runtime.process.launch_entry``: launch a run for a program with threads.

Reads what to launch from standard input and writes what came of it to standard output, both as JSON.
"""

from __future__ import annotations

import json
import sys

from runtui.runtime.process.launch import launch_detached
from runtui.store.errors import StoreError, explain


def main() -> None:
    """Launch one run, and print the result when it has begun."""
    task = json.load(sys.stdin)
    try:
        launched = launch_detached(task["base"], task["name"], task["words"], directory=task["directory"])
        answer: dict[str, str | int] = {"pid": launched.pid}
    except StoreError as error:
        answer = {"problem": str(error)}
    except OSError as error:
        answer = {"problem": explain(error)}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
