"""The states of a pipeline's steps, kept in the run's metadata during execution."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping

from runtui.runtime.pipeline.execution_orchestrator import StepEvent, StepState
from runtui.runtime.pipeline.frameworks import file_name
from runtui.runtime.pipeline.plan import Plan, Step
from runtui.runtime.pipeline.up_to_date import fingerprint
from runtui.runtime.process.recorder import Recorder
from runtui.store.errors import StoreError
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
        self._entries: dict[str, Entry] = {step.name: _first_entry(step) for step in plan.steps}
        self._earlier = earlier
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

    @property
    def facts(self) -> dict[str, object]:
        """The metadata about the steps' states."""
        with self._lock:
            steps = [dict(entry) for entry in self._entries.values()]
        count = Counter(entry["state"] for entry in steps)
        return {
            "steps": steps,
            "steps_done": count[StepState.DONE] + count[StepState.KEPT],
            "steps_total": len(steps),
        }

    def error_of(self, step: str) -> str:
        """Return the reason of a step's failure, or ``""``."""
        with self._lock:
            return str(self._entries[step].get("error", ""))

    def take(self, event: StepEvent) -> None:
        """Record a step's new state."""
        with self._lock:
            entry = self._entries[event.step]
            if event.state is StepState.KEPT:
                entry |= self._earlier.get(event.step, {})
            entry["state"] = event.state.value
            if event.state is StepState.RUNNING:
                entry["started_at"] = timestamp_now()
                entry["attempts"] = event.attempt
                entry.pop("error", None)
            elif event.result is not None:
                entry |= _result_facts(event)
        self._changed.set()

    def note_job(self, step: str, facts: Entry) -> None:
        """Record the facts of a step's job, from any thread."""
        with self._lock:
            self._entries[step]["job"] = facts
        self._changed.set()

    def _save_changes(self) -> None:
        while True:
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


def _first_entry(step: Step) -> Entry:
    return {
        "name": step.name,
        "state": StepState.WAITING.value,
        "needs": list(step.needs),
        "log": f"{LOGS_DIR}/{file_name(step.name)}.log",
        "fingerprint": fingerprint(step),
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
