"""``python -m runtui.runtime.batch.step_job``: execute one step as a job of a scheduler.

The first argument is the file with the task, the second that for what becomes of it. The exit code says
whether jobs that need this one may begin.
"""

from __future__ import annotations

import sys
from pathlib import Path

from runtui.runtime.pipeline.frameworks import load, save
from runtui.runtime.pipeline.task_runner import TaskRunner
from runtui.runtime.pipeline.tasks import JobTask, StepResult, Task, missing_outputs
from runtui.runtime.process.process_tree import Family
from runtui.runtime.process.signals import Signals


def main() -> int:
    """Execute the task, and return the exit code."""
    order = load(Path(sys.argv[1]))
    assert isinstance(order, JobTask)
    with Signals() as signals:
        family = Family(signals)
        try:
            result = _do(order.task, order.outputs, TaskRunner(signals, family))
        finally:
            family.end_all()
    # An exception may be one that the reader cannot be given; what it says is in the result.
    save(result._replace(error=None), Path(sys.argv[2]))
    if not result.failure:
        return 0
    return result.exit_code or 1


def _do(task: Task, outputs: tuple[str, ...], runner: TaskRunner) -> StepResult:
    # A step that it needs may have returned nothing: that was not known yet when it was submitted.
    present = {name: path for name, path in task.inputs.items() if isinstance(path, Path) and path.exists()}
    result = runner.do(task._replace(inputs=present))
    if not result.failure and (missing := missing_outputs(outputs)):
        return result._replace(failure=f"missing outputs: {', '.join(missing)}", data=None, has_data=False)
    return result


if __name__ == "__main__":
    sys.exit(main())
