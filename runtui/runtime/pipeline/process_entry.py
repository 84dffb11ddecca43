"""``python -m runtui.runtime.pipeline.process_entry``: execute a pipeline beside threads."""

from __future__ import annotations

import sys

from runtui.batch.intervals import batch_interval
from runtui.runtime.pipeline.execution_options import ExecutionOptions
from runtui.runtime.pipeline.plan import Mode
from runtui.runtime.pipeline.runner import execute, print_line
from runtui.runtime.pipeline.spec import read_pipeline


def main() -> int:
    """Execute the pipeline that the arguments name, and return the exit code."""
    base, name, source, mode, workers, on = sys.argv[1:]
    options = ExecutionOptions(
        Mode(mode) if mode else None, int(workers) if workers else None, on or None, batch_interval()
    )
    return execute(base, name, read_pipeline(source), options, print_line)


if __name__ == "__main__":
    sys.exit(main())
