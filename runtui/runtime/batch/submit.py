"""Launching a command as a run in a job of a scheduler. The job itself records the run's end."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence

from runtui.batch.base import (
    REASONS,
    BatchError,
    BatchUnreachableError,
    JobRequest,
    Verdict,
    check_no_array,
    job_script,
)
from runtui.batch.exit_files import EXIT_NAME, mark_folder
from runtui.batch.intervals import INTERVAL
from runtui.batch.registry import SYSTEMS
from runtui.runtime.batch.follower import BatchFollower, Job
from runtui.runtime.batch.framework import job_facts
from runtui.runtime.pipeline.tasks import open_log
from runtui.runtime.process import standard_input
from runtui.runtime.process.environment import as_text
from runtui.runtime.process.interpreter import python_command
from runtui.runtime.process.recorder import Recorder
from runtui.runtime.process.signals import Signals, signal_name
from runtui.runtime.process.supervisor import check_command
from runtui.store.dot_dir import private_folder
from runtui.store.errors import explain
from runtui.store.paths import JOB_DIR, LOGS_DIR, PRIVATE_DIR
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.status import is_live_status
from runtui.store.writer import forget_supervisor

_LAUNCHED = "runtui.runtime.batch.run_job"
_INPUT = "input"  # the file in a job's folder with its standard input
_PATIENCE = 30.0  # seconds
_TICK = 1.0  # seconds


def launch_in_batch(
    base: str,
    name: str,
    words: Sequence[str],
    system: str,
    resources: Mapping[str, str],
    *,
    is_followed: bool,
    interval: float = INTERVAL,
    told: Callable[[str], None],
    directory: str | None = None,
    takes_input: bool = False,
) -> int:
    """Submit a command as the run `name`, which waits to be started, and return an exit code.

    To be followed only in the main thread.

    Args:
        base: The runs directory, on a file system that the nodes share.
        name: The run.
        words: The program and its arguments.
        system: The scheduler.
        resources: The job's resources, as of `JobRequest`.
        is_followed: Whether to return only at the job's end, with its exit code. SIGINT, SIGTERM and SIGHUP
            then end the job. Otherwise 0 is returned when it is submitted.
        interval: Seconds between two questions to the scheduler.
        told: Callback for messages, a line of text each.
        directory: Where it runs; by default the working directory.
        takes_input: Whether the command reads this process's standard input, where that is a file.

    Raises:
        BatchError: The job was refused, or there was no answer; the run has failed.
        StoreError: There is no such run.
        OSError: The job's files cannot be written.
    """
    base = os.path.abspath(base)
    recorder = Recorder(base, name, is_writer=False)
    try:
        check_no_array(SYSTEMS[system](), resources)
    except ValueError as error:
        recorder.end(str(error))
        raise BatchError(str(error)) from None
    try:
        there = directory or os.getcwd()
        request = _prepare(
            base, name, check_command(words), resources, there, system, takes_input=takes_input
        )
        recorder.note(command=[as_text(word) for word in words])
    except OSError as error:
        recorder.end(f"its job cannot be prepared: {explain(error)}")
        raise
    if threading.current_thread() is not threading.main_thread():
        forget_supervisor(recorder.directory)
        return _submit(base, name, recorder, request, system, resources, told)
    with Signals() as signals:
        if signals.number is not None:
            recorder.end(f"terminated by {signal_name(signals.number)} before its job was submitted")
            return 128 + signals.number
        forget_supervisor(recorder.directory)  # from now on it is the job that counts
        if is_followed:
            return _follow(base, name, recorder, request, system, interval, told, signals)
        return _submit(base, name, recorder, request, system, resources, told)


def _submit(
    base: str,
    name: str,
    recorder: Recorder,
    request: JobRequest,
    system: str,
    resources: Mapping[str, str],
    told: Callable[[str], None],
) -> int:
    batch = SYSTEMS[system]()
    try:
        job_id = batch.submit(request)
    except BatchUnreachableError as error:
        job_id = _found_after_all(batch.find, request.name)
        if not job_id:
            recorder.end(str(error))
            raise
    except BatchError as error:
        recorder.end(str(error))
        raise
    given = {"resources": dict(resources)} if resources else {}
    _note_job(recorder.directory, {"system": system, "id": job_id, **given})
    recorder.note(job={"system": system, "id": job_id, "state": "SUBMITTED", **given})
    told(f"submitted as job {job_id}")
    return 0


def _prepare(
    base: str,
    name: str,
    words: Sequence[str],
    resources: Mapping[str, str],
    directory: str,
    system: str,
    *,
    takes_input: bool,
) -> JobRequest:
    run_dir = os.path.join(base, name)
    folder = private_folder(run_dir, JOB_DIR)
    command = python_command(_LAUNCHED, [base, name, directory, json.dumps(list(words))])
    batch = SYSTEMS[system]()
    variables = batch.array_variable, batch.restart_variable
    exit_file = os.path.join(folder, EXIT_NAME)
    given = ""
    if takes_input and standard_input.is_file():
        # The file may be another one when the job begins, or have no name, as that of a here-document.
        standard_input.copy_to(SafeDirectory(run_dir), f"{PRIVATE_DIR}/{JOB_DIR}/{_INPUT}")
        given = os.path.join(folder, _INPUT)
    script = job_script(command, exit_file, mark_folder(exit_file), directory, *variables, given)
    output = os.path.join(run_dir, LOGS_DIR, f"{system}.log")
    os.close(open_log(output))  # the scheduler opens it by its name, whatever that is by then
    facts = {"command": list(words), "working_directory": directory, "has_input": bool(given)}
    write_sealed_record(SafeDirectory(run_dir), RecordKind.COMMAND, facts)
    return JobRequest(f"runtui-{name}", script, output, directory, resources)


def _note_job(directory: SafeDirectory, facts: Mapping[str, object]) -> None:
    """Record which job the run is, for whoever ends it or adds another job."""
    job = {key: facts[key] for key in ("system", "id", "resources") if key in facts}
    write_sealed_record(directory, RecordKind.JOB, job)


def _found_after_all(find: Callable[[str], str | None], name: str) -> str:
    try:
        return find(name) or ""
    except BatchError:
        return ""


def _follow(
    base: str,
    name: str,
    recorder: Recorder,
    request: JobRequest,
    system: str,
    interval: float,
    told: Callable[[str], None],
    signals: Signals,
) -> int:
    follower = BatchFollower(SYSTEMS[system](), interval)
    news: list[dict[str, object]] = []
    ended: list[Verdict] = []
    lock = threading.Lock()

    def take_news(job: Job) -> None:
        with lock:
            news.append(job_facts(system, job))

    def take_end(job: Job, verdict: Verdict) -> None:
        take_news(job)
        ended.append(verdict)

    folder = private_folder(os.path.join(base, name), JOB_DIR)
    noted = None
    follower.submit(Job("run", request, folder, EXIT_NAME, 1, (), take_news, take_end))
    asked = 0
    while not ended:
        signals.wait(_TICK)
        with lock:
            fresh, news[:] = list(news), []
        if fresh:
            if noted != (noted := fresh[-1]["id"]) and noted:
                _note_job(recorder.directory, fresh[-1])
            recorder.refresh()
            recorder.note(job=fresh[-1])
            if fresh[-1].get("state"):
                told(_line(fresh[-1]))
        if signals.number is not None and not asked:
            asked = signals.number
            follower.cancel("run", f"ended by {signal_name(asked)}")
        elif signals.count > 1:
            told("its job may still run: the scheduler did not confirm the cancellation in time")
            break
    follower.stop(_PATIENCE)
    with lock:
        last = news[-1] if news else None
    verdict = ended[0] if ended else Verdict("its job was left behind in the scheduler")
    if verdict.failure and not noted:
        told(f"job not submitted: {verdict.failure}")
    recorder.refresh()
    facts: dict[str, object] = {"job": last} if last else {}
    if is_live_status(recorder.metadata.get("status")):
        recorder.end(verdict.failure, **facts)
    else:
        if verdict.failure and (asked or verdict.failure in REASONS.values()):
            facts["error"] = verdict.failure  # the job itself saw only that it was told to end
        recorder.note(**facts)
    if asked:
        return 128 + asked
    if verdict.exit_code:
        return verdict.exit_code
    return 1 if verdict.failure else 0


def _line(facts: Mapping[str, object]) -> str:
    reason = f" ({facts['reason']})" if facts.get("reason") else ""
    return f"job {facts['id']}: {facts.get('state', '')}{reason}" if facts["id"] else f"no job yet{reason}"
