"""``python -m runtui.runtime.executor``: execute a pipeline for a program that may have threads."""

from __future__ import annotations

import sys

from runtui.batch.polling import batch_interval
from runtui.runtime.executing import Manner, execute, print_line
from runtui.runtime.pipeline import read_pipeline
from runtui.runtime.plan import Mode


def main() -> int:
    """Execute the pipeline that the arguments name, and return the exit code."""
    base, name, source, mode, workers, on = sys.argv[1:]
    manner = Manner(
        Mode(mode) if mode else None, int(workers) if workers else None, on or None, batch_interval()
    )
    return execute(base, name, read_pipeline(source), manner, print_line)


if __name__ == "__main__":
    sys.exit(main())
