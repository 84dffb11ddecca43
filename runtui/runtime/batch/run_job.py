"""``python -m runtui.runtime.batch.run_job``: run a command as a run, inside a job of a scheduler."""

from __future__ import annotations

import json
import sys

from runtui.runtime.process.launch import launch


def main() -> int:
    """Run the command, and return its exit code."""
    base, name, directory, words = sys.argv[1:]
    return launch(base, name, json.loads(words), directory=directory)


if __name__ == "__main__":
    sys.exit(main())
