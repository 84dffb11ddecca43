"""Runs of pipelines: how one is created, and which pipeline was executed in it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from runtui.runtime.pipeline.execution_options import OPTIONS_KEY, ExecutionOptions, options_from_json
from runtui.runtime.pipeline.spec import PipelineError, PipelineSpec
from runtui.runtime.process.environment import as_text
from runtui.runtime.process.recorder import Starter
from runtui.store.edits.fold import read_overlaid
from runtui.store.errors import RunExistsError
from runtui.store.git import git_facts
from runtui.store.ownership import is_out_of_reach
from runtui.store.process import is_alive
from runtui.store.run import Run
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, executed_pipeline, read_sealed_record, write_sealed_record
from runtui.store.status import is_live_status
from runtui.store.writer import read_writer
from runtui.text.sanitize import safe_text


def create(
    base: str, pipeline: PipelineSpec, *, description: str | None = None, tags: Sequence[str] = ()
) -> str:
    """Create a run that waits for a pipeline to be executed in it, and return its id.

    Args:
        base: The runs directory; made when missing.
        pipeline: The pipeline.
        description: By default the pipeline's own, or its name.
        tags: Added to the pipeline's.

    Raises:
        OSError: It cannot be created; nothing is left of it.
    """
    shown = description or pipeline.description or safe_text(os.path.basename(pipeline.source), 120)
    all_tags = dict.fromkeys([*pipeline.tags, *tags])
    facts = git_facts(pipeline.here)
    name = Starter(base).create_run(
        shown,
        tags=list(all_tags),
        pipeline=as_text(pipeline.source),
        git_commit=facts["git_commit"],
        git_dirty=facts["git_dirty"],
    )
    note_pipeline(base, name, {"pipeline": pipeline.source})
    return name


def last_options(base: str, name: str) -> ExecutionOptions:
    """Return the options that the pipeline of a run was executed with last."""
    return options_from_json(read_sealed_record(base, name, RecordKind.PIPELINE).get(OPTIONS_KEY))


def pipeline_of(base: str, name: str) -> str:
    """Return the file or folder of the pipeline that was executed in a run.

    Raises:
        RunNotFoundError: There is no such run, or it cannot be read.
        PipelineError: None was, or another user could have said which.
    """
    metadata = Run(os.path.join(base, name)).metadata
    source = executed_pipeline(base, name)
    if source:
        check_out_of_reach(source, name)
        return source
    if metadata.get("pipeline") is not None:
        raise PipelineError(
            f"another user may have written which pipeline run {safe_text(name)} is of: say which, as in "
            "runtui exec PIPELINE --resume RUN"
        )
    raise PipelineError(f"run {safe_text(name)} is none of a pipeline")


def check_out_of_reach(source: str, name: str) -> None:
    """Check that a pipeline which only the run names is still what its user wrote.

    Raises:
        PipelineError: Others could have changed it.
    """
    if os.path.lexists(source) and not is_out_of_reach(source):
        raise PipelineError(
            f"others may write to {safe_text(source)}, or beside it: look at it, and name it, as in "
            f"runtui exec PIPELINE --resume {safe_text(name)}"
        )


def check_not_at_work(base: str, name: str) -> None:
    """Check that no process is executing a run's pipeline, as far as that is known.

    Raises:
        RunExistsError: One is, or may be.
    """
    run_dir = str(Run(os.path.join(base, name)).run_dir)
    metadata = read_overlaid(base, name).metadata  # with what its user said of it
    writer = read_writer(run_dir)
    if writer is None or not is_live_status(metadata.get("status")) or writer.pid == os.getpid():
        return
    if metadata.get("steps") is not None and is_alive(writer) is not False:
        where = f"as process {writer.pid} on {safe_text(writer.host, 80)}"
        raise RunExistsError(f"run {safe_text(name)} is at work, {where}: mark it failed first if it is lost")


def note_pipeline(base: str, name: str, facts: Mapping[str, object]) -> None:
    """Record under seal which pipeline a run is of, and how it is executed."""
    try:
        write_sealed_record(SafeDirectory(os.path.join(base, name)), RecordKind.PIPELINE, facts)
    except OSError:
        pass  # on a full disk it is executed all the same; to resume it, it must be named again
