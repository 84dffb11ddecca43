"""Executing a pipeline in a process of its own: as a new run, or once more in a run that has ended."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence

from runtui.runtime.pipeline.execution_options import ExecutionOptions
from runtui.runtime.pipeline.pipeline_run import check_not_at_work, check_out_of_reach, create, last_options
from runtui.runtime.pipeline.plan import Mode
from runtui.runtime.pipeline.spec import PipelineError, PipelineSpec, read_pipeline
from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.run_paths import run_paths
from runtui.store.errors import MetadataError, StoreError
from runtui.store.metadata import read_metadata
from runtui.store.paths import LOGS_DIR
from runtui.store.run import Run
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import executed_pipeline
from runtui.text.sanitize import safe_text

_EXECUTOR = "runtui.runtime.pipeline.process_entry"

_OUTPUT = "runtui-exec.log"
"""File for messages about the steps when nobody is there to read them."""

_PATIENCE = 60.0
"""Seconds in which a resumed pipeline must have begun, on however slow a file system."""

_LOOK_AGAIN = 0.05  # seconds
_LONGEST_ANSWER = 10_000  # bytes


def run_pipeline(
    source: str | os.PathLike[str],
    runs: str | os.PathLike[str] = "runs",
    *,
    description: str | None = None,
    tags: Sequence[str] = (),
    mode: str | None = None,
    workers: int | None = None,
) -> Run:
    """Execute a pipeline as a new run, and return the run at its end.

    It is executed by another process; what that says of the steps goes to this one's output. Whether it
    completed is the run's `status`.

    Args:
        source: A TOML file of steps, or a folder of numbered scripts: ``10_fetch.py``, ``20_clean.sh``, ….
            Scripts of one number may run at the same time.
        runs: The runs directory; made when missing.
        description: One line for people.
        tags: The run's tags.
        mode: Where functions run: ``sync``, ``thread`` or ``process``; by default what the steps say.
        workers: How many steps run at once; by default what the pipeline says, or as many as there are
            processors, but no more than four.

    Raises:
        ValueError: There is no such mode.
        StoreError: The pipeline makes no sense; the message says where.
        OSError: The run cannot be created.
        KeyboardInterrupt: On SIGINT, after all steps have ended.
    """
    pipeline = read_pipeline(os.fspath(source))
    wanted = None if mode is None else Mode(mode)
    base = os.path.abspath(runs)
    name = create(base, pipeline, description=description, tags=tags)
    with subprocess.Popen(
        _executor_command(base, name, pipeline, ExecutionOptions(wanted, workers))
    ) as process:
        try:
            process.wait()
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    return Run(os.path.join(base, name))


def resume_pipeline(base: str, name: str) -> None:
    """Start the pipeline of a run that has ended once more in the same run, and return when it has begun.

    It is executed as it was the last time, in a process that outlives this one; steps that stand are not done
    again. May be called from any thread.

    Raises:
        StoreError: There is no such pipeline that is the user's own, it makes no sense any more, or somebody
            is at it.
        OSError: No process can be made.
    """
    base = os.path.abspath(base)
    source = executed_pipeline(base, name)
    if not source:
        raise PipelineError("it is no pipeline that runtui executed, or not your own")
    check_out_of_reach(source, name)
    options = last_options(base, name)
    metadata = Run(os.path.join(base, name)).metadata
    check_not_at_work(base, name)
    pipeline = read_pipeline(source)
    paths = run_paths(base, name)
    pipeline.plan_for(paths, options.mode, options.on)
    output = SafeDirectory(paths["run"]).open(f"{LOGS_DIR}/{_OUTPUT}", os.O_RDWR | os.O_CREAT | os.O_APPEND)
    with open(output, "r+b") as file:
        before = file.seek(0, os.SEEK_END)
        process = subprocess.Popen(
            _executor_command(base, name, pipeline, options),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd=pipeline.here,
            start_new_session=True,
        )
        # Somebody must take note of its end, or it stays in the table of processes.
        threading.Thread(target=process.wait, name="runtui-executor", daemon=True).start()
        deadline = time.monotonic() + _PATIENCE
        while process.poll() is None and time.monotonic() < deadline:
            if _has_resumed(base, name, metadata):
                return
            time.sleep(_LOOK_AGAIN)
        if process.poll() is None or not _has_resumed(base, name, metadata):
            file.seek(before)
            said = file.read(_LONGEST_ANSWER).decode(errors="replace").strip()
            raise StoreError(safe_text(said.rpartition("\n")[2], 300) or "it did not begin")


def _has_resumed(base: str, name: str, before: Mapping[str, object]) -> bool:
    try:
        return read_metadata(os.path.join(base, name)).get("resumptions") != before.get("resumptions")
    except MetadataError:
        return False


def _executor_command(base: str, name: str, pipeline: PipelineSpec, options: ExecutionOptions) -> list[str]:
    words = [base, name, pipeline.source, options.mode or "", str(options.workers or ""), options.on or ""]
    return python_command(_EXECUTOR, words)
