"""The states of a pipeline's steps, kept in the run's metadata during execution."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Mapping

from runtui.batch.registry import LOCAL
from runtui.logs.diagnose.digest import read_log_digest
from runtui.runtime.pipeline.execution_orchestrator import StepEvent, StepState
from runtui.runtime.pipeline.file_marks import parameters_mark, settled_parameters_mark
from runtui.runtime.pipeline.frameworks import file_name
from runtui.runtime.pipeline.plan import Plan, Step
from runtui.runtime.pipeline.step_files import Marks, StepFiles
from runtui.runtime.pipeline.up_to_date import entry_of, fingerprint
from runtui.runtime.process.recorder import Recorder
from runtui.store.errors import StoreError
from runtui.store.failure import FailureKind
from runtui.store.paths import LOGS_DIR
from runtui.store.timestamps import timestamp_now
from runtui.text.sanitize import safe_text

_PAUSE = 0.5
"""Seconds between two saves at least: a thousand short steps must not become a thousand saves."""

_GATHERING = 0.1
"""Seconds for which more changes are awaited before the first of them is saved: they come in bursts."""

_SHARE = 20.0
"""So many times as long as a save took no other follows: on a slow file system the run comes first."""

_LONGEST_REASON = 500  # characters

_PLAIN_KINDS = ("", FailureKind.ERROR, FailureKind.EXCEPTION, FailureKind.UNKNOWN)
"""Kinds of failure that say no more than that there was one."""

PARAMETERS_KEY = "parameters_mark"
"""Key of the metadata by which a change of the run's parameters is noticed."""

Entry = dict[str, object]


class Progress:
    """Keeper of the steps' states in the metadata, in a thread of its own: no step waits for a save.

    Within a ``with`` block nobody else may use the recorder.

    Args:
        recorder: The run's.
        plan: Its steps.
        earlier: The steps' entries of an earlier attempt.
    """

    def __init__(self, recorder: Recorder, plan: Plan, earlier: Mapping[str, Entry]) -> None:
        self._recorder = recorder
        self._run = recorder.directory.path
        self._entries: dict[str, Entry] = {step.name: _first_entry(step, self._run) for step in plan.steps}
        self._earlier = earlier
        known = {name: entry_of(entry, self._run) for name, entry in earlier.items()}
        self._known = {name: found for name, found in known.items() if found is not None}
        self._files = StepFiles(plan, self._run, {name: found.made for name, found in self._known.items()})
        self._parameters = parameters_mark(self._run)
        self._begins: dict[str, int] = {}  # of the attempts, in the steps' logs
        self._changed_inputs: dict[str, list[str]] = {}
        self._elsewhere = {step.name for step in plan.steps if step.on != LOCAL}
        self._queued: set[str] = set()
        self._lock = threading.Lock()
        self._changed = threading.Event()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._save_changes, name="runtui-progress", daemon=True)

    def __enter__(self) -> Progress:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._changed.set()
        self._thread.join()
        self._files.settle()
        self._parameters = settled_parameters_mark(self._parameters, self._run)

    @property
    def facts(self) -> dict[str, object]:
        """The metadata about the steps' states."""
        with self._lock:
            steps = [self._shown(entry) for entry in self._entries.values()]
        count = Counter(entry["state"] for entry in steps)
        return {
            "steps": steps,
            "steps_done": count[StepState.DONE] + count[StepState.KEPT],
            "steps_total": len(steps),
            PARAMETERS_KEY: self._parameters,
        }

    def _shown(self, entry: Entry) -> Entry:
        """Return a step's entry as it is recorded.

        One whose job is in the queue does not run yet. Paths in the run are relative: it may be moved.
        """
        found = dict(entry)
        if (files := self._files.marks(str(entry["name"]))) is not None:
            found["inputs"], found["made"] = map(self._shown_marks, files)
        if entry["name"] in self._queued and entry["state"] == StepState.RUNNING.value:
            found["state"] = StepState.WAITING.value
            found.pop("started_at", None)
        return found

    def state_of(self, step: str) -> str:
        """Return a step's state; one whose job is in the queue waits."""
        with self._lock:
            return str(self._shown(self._entries[step])["state"])

    def error_of(self, step: str, *, with_kind: bool = False) -> str:
        """Return the reason of a step's failure, after its kind where that says more, or ``""``."""
        with self._lock:
            error, kind = (str(self._entries[step].get(key, "")) for key in ("error", "kind"))
        is_told = kind in _PLAIN_KINDS or error.startswith(f"{kind}: ")
        return f"{kind}: {error}" if with_kind and not is_told else error

    def is_consequence(self, step: str) -> bool:
        """Return whether a failed step only tells that it was ended, and not why the run failed."""
        with self._lock:
            return self._entries[step].get("kind") == FailureKind.CANCELLED

    def take(self, event: StepEvent) -> None:
        """Record a step's new state."""
        self._note_files(event)
        found = self._reason_of(event)
        with self._lock:
            entry = self._entries[event.step]
            if event.state is StepState.KEPT:
                entry |= self._earlier.get(event.step, {})
            entry["state"] = event.state.value
            if event.state is StepState.RUNNING:
                if event.step in self._elsewhere:
                    self._queued.add(event.step)
                entry["started_at"] = timestamp_now()
                entry["attempts"] = event.attempt
                entry.pop("error", None)
                entry.pop("kind", None)
            elif event.result is not None:
                entry |= _result_facts(event)
            entry |= found
        self._changed.set()

    def changed_inputs(self, step: str) -> list[str]:
        """Return the inputs of a step that somebody changed while it ran, for which it is done again."""
        return self._changed_inputs.get(step, [])

    def _note_files(self, event: StepEvent) -> None:
        """Record what a step reads when it begins, and what it made when it ends."""
        if event.state is StepState.RUNNING:
            self._files.begin(event.step)
        elif event.state is StepState.KEPT:
            if (known := self._known.get(event.step)) is not None and known.inputs is not None:
                self._files.keep(event.step, known.inputs, known.made)
        else:
            is_done = event.state is StepState.DONE
            self._changed_inputs[event.step] = self._files.end(event.step, is_done=is_done)

    def _shown_marks(self, marks: Marks) -> dict[str, str]:
        inside = self._run + os.sep
        return {path.removeprefix(inside): mark for path, mark in marks.items()}

    def _reason_of(self, event: StepEvent) -> Entry:
        """Return why a step failed, by its log."""
        log = str(self._entries[event.step]["log"])
        if event.state is StepState.RUNNING:
            try:
                self._begins[event.step] = os.lstat(os.path.join(self._run, log)).st_size
            except OSError:
                self._begins[event.step] = 0
        if event.result is None or not event.result.failure:
            return {}
        failure = safe_text(event.result.failure, _LONGEST_REASON)
        summary = read_log_digest(self._run, log, failure, self._begins.get(event.step, 0))
        return {"error": summary.line or failure, "kind": str(summary.kind)}

    def note_job(self, step: str, facts: Entry, *, is_queued: bool) -> bool:
        """Record the facts of a step's job, from any thread, and return whether it has just begun.

        Args:
            step: The step.
            facts: The facts.
            is_queued: Whether the job waits in the queue.
        """
        with self._lock:
            self._entries[step]["job"] = facts
            has_begun = step in self._queued and not is_queued
            if is_queued:
                self._queued.add(step)
            elif has_begun:
                self._queued.remove(step)
                self._entries[step]["started_at"] = timestamp_now()
            has_begun &= self._entries[step]["state"] == StepState.RUNNING.value
        self._changed.set()
        return has_begun

    def _save_changes(self) -> None:
        # That it is over may come between the two calls below, which then forget the change that told it.
        while not self._is_over.is_set():
            self._changed.wait()
            if self._is_over.wait(_GATHERING):
                return
            self._changed.clear()
            began = time.monotonic()
            try:
                self._recorder.note(**self.facts)
            except (OSError, StoreError):
                pass  # the next save, or the last one, has it all
            self._is_over.wait(max(_PAUSE, (time.monotonic() - began) * _SHARE))


def entries_of(metadata: Mapping[str, object]) -> dict[str, Entry]:
    """Return the steps' entries in a run's metadata, by their names."""
    steps = metadata.get("steps")
    found: dict[str, Entry] = {}
    for entry in steps if isinstance(steps, list) else []:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            found[entry["name"]] = entry
    return found


def ended_entries(metadata: Mapping[str, object]) -> dict[str, object]:
    """Return metadata about the steps whose runner was killed."""
    entries = list(entries_of(metadata).values())
    for entry in entries:
        if entry.get("state") in (StepState.RUNNING, StepState.WAITING):
            entry["state"] = StepState.CANCELLED.value
    return {"steps": entries} if entries else {}


def _first_entry(step: Step, run: str) -> Entry:
    return {
        "name": step.name,
        "state": StepState.WAITING.value,
        "needs": list(step.needs),
        "log": f"{LOGS_DIR}/{file_name(step.name)}.log",
        "fingerprint": fingerprint(step, run),
    }


def _result_facts(event: StepEvent) -> Entry:
    result = event.result
    assert result is not None
    facts: Entry = {"completed_at": timestamp_now()}
    if result.failure:
        facts["error"] = safe_text(result.failure, _LONGEST_REASON)
    if result.has_data:
        facts["returned"] = True
    for key in ("exit_code", "cpu_seconds", "peak_memory"):
        if (value := getattr(result, key)) is not None:
            facts[key] = value
    return facts
