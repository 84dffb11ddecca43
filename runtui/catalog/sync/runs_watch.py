"""Watching a runs directory by its watch plan: events, and polling of live runs and the run on screen."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection

from runtui.catalog.sync.filesystem import FileSystem, filesystem_of, tells_of_changes
from runtui.catalog.sync.subscriptions import FOCUS_PARTS, Identity, Listener
from runtui.catalog.sync.sync_state import SyncState
from runtui.catalog.sync.watch_plan import can_be_watched, plan_watches
from runtui.layouts.run_tree import DEEPEST
from runtui.store.paths import CURRENT_LINK, EDITED_DIR, LOGS_DIR, METADATA_FILE, PRIVATE_DIR
from runtui.store.value_files import may_change

_REPLAN_INTERVAL = 1.0  # seconds, so that a burst of new and removed runs makes one new plan


class RunsWatch:
    """Watch of a runs directory, of its live runs and of the run on screen.

    Args:
        state: The directory.
        list_now: Lists the directory.
        list_soon: Lists it after the current job.
        file_system: The file system of the directory; by default it is detected.
    """

    def __init__(
        self,
        state: SyncState,
        list_now: Callable[[], None],
        list_soon: Callable[[], None],
        file_system: FileSystem | None = None,
    ) -> None:
        self._state = state
        self._list_now, self._list_soon = list_now, list_soon
        self._file_system = file_system
        self._edited_dir = f"{state.base}/{PRIVATE_DIR}/{EDITED_DIR}"
        self._listener = Listener(
            state.base,
            self._edited_dir,
            defer=state.loop.submit,
            on_change=self._on_change,
            on_heard=self._catch_up,
            on_failure=self._fail_events,
        )
        self._identity: Identity | None = None
        self._focus: str | None = None
        self._heard_focus: str | None = None
        self._rewritten: set[str] = set()

    def stop(self) -> None:
        """Stop. Waits only briefly. Can be called from any thread."""
        self._listener.stop()
        self._listener.join()

    def detect_file_system(self) -> FileSystem:
        """Detect the file system of the directory, and return it."""
        base = self._state.base
        if not can_be_watched(base):
            self._file_system = FileSystem("", "")
        elif self._file_system is None:
            self._file_system = filesystem_of(os.path.realpath(base))
        return self._file_system

    # The watched directory

    def identify_base(self) -> None:
        """Check whether the watched directory has been replaced by another one."""
        try:
            status = os.stat(self._state.base)
        except OSError:
            self._identity = None
        else:
            self._identity = (status.st_dev, status.st_ino)

    def forget_base(self) -> None:
        """Record that the directory is gone, and the watches with it."""
        self._identity = None
        self._listener.restart()

    # The plan

    def replan_soon(self) -> None:
        """Schedule a new plan, because the runs worth watching may have changed."""
        self._state.loop.ensure_timer(self.replan, _REPLAN_INTERVAL)

    def replan(self) -> None:
        """Make a new plan and follow it."""
        state = self._state
        state.loop.cancel_timer(self.replan)
        file_system = self._file_system
        assert file_system is not None
        active = state.known.active()
        silent = filter(self._is_silent, active if file_system.has_events else ())
        plan = plan_watches(
            active,
            len(state.known.runs),
            file_system,
            state.budget,
            silent=frozenset(silent),
            events_failed=bool(state.events_failure),
        )
        state.plan = plan
        state.report()
        self.update()
        if plan.polled:
            state.loop.ensure_timer(self._poll, plan.poll_interval)
        else:
            state.loop.cancel_timer(self._poll)

    def update(self) -> None:
        """Subscribe to the directory itself, the runs of the plan and the run on screen."""
        file_system, plan = self._file_system, self._state.plan
        if (
            file_system is not None
            and file_system.has_events
            and not self._state.events_failure
            and self._identity is not None
        ):
            names = () if plan is None else plan.watched
            self._listener.listen(self._identity, names, self._heard_focus)

    def retry_events(self) -> None:
        """Try events again if they failed, as the obstacle may be gone."""
        if self._state.events_failure:
            self._state.events_failure = ""
            self.replan()

    def _is_silent(self, name: str) -> bool:
        """Return whether a run is a link to a file system without events."""
        path = f"{self._state.base}/{name}"
        return os.path.islink(path) and not tells_of_changes(path)

    def _poll(self) -> None:
        """Read the runs of the plan that have to be polled."""
        plan = self._state.plan
        if plan is not None:
            self._state.reread_known(plan.polled)
            self._state.loop.set_timer(self._poll, plan.poll_interval)

    # Events

    def _on_change(self, paths: frozenset[str]) -> None:
        state = self._state
        prefix = state.base + "/"
        listing_needed = False
        changed: set[str] = set()
        for path in paths:
            if path == state.base:
                self._listener.restart()
                listing_needed = True
                continue
            name, below = self._split(path.removeprefix(prefix))
            if name == CURRENT_LINK:
                state.read_current()
                state.report()
            elif name == PRIVATE_DIR:
                self.update()
                state.reread_edited()
            elif name.startswith("."):
                continue
            elif not below:
                listing_needed = True
                changed.add(name)
            else:
                if name == self._focus:
                    state.batcher.touch(below[0])
                    if below[0] in FOCUS_PARTS and len(below) == 1:
                        self.update()
                if below[0] == METADATA_FILE:
                    changed.add(name)
                elif self._is_of_row(name, "/".join(below)):
                    self._rewritten.add(name)
                    state.loop.ensure_timer(self._reread_rewritten, state.budget.poll_interval)
        if listing_needed:
            self._list_now()
        state.reread_known(changed)

    def _is_of_row(self, name: str, path: str) -> bool:
        """Return whether the row of a run of another program may follow from a file below it."""
        run = self._state.known.runs.get(name)
        return run is not None and bool(run.layout) and may_change(run.values_stamp, path)

    def _reread_rewritten(self) -> None:
        """Read the runs of other programs again that changed: their logs may be written at any time."""
        names, self._rewritten = self._rewritten, set()
        self._state.reread_known(names)

    def _split(self, path: str) -> tuple[str, list[str]]:
        """Return the name of the run at or above a path, and the rest of the path in parts."""
        runs = self._state.known.runs
        parts = path.split("/")
        for depth in range(min(len(parts), DEEPEST + 1), 1, -1):
            name = "/".join(parts[:depth])
            if name in runs:
                return name, parts[depth:]
        return parts[0], parts[1:]

    def _catch_up(self, paths: Collection[str]) -> None:
        """Check directories for changes before they were subscribed to."""
        base = self._state.base
        if base in paths:
            self._list_now()
        if self._edited_dir in paths:
            self._state.reread_edited()
        for path in paths:
            name = self._split(path[len(base) + 1 :])[0]
            if name == self._focus:
                self._touch_focus()
            else:
                self._state.reread_known([name])

    def _fail_events(self, reason: str) -> None:
        if not os.path.isdir(self._state.base):
            self._state.on_base_lost()
            return
        self._state.events_failure = reason
        self._listener.close()
        self.replan()
        self._list_soon()

    # The run on screen

    def set_focus(self, name: str | None) -> None:
        """Watch the run on screen closely; None for no run."""
        if name == self._focus:
            return
        self._focus = name
        self._heard_focus = None if name is None or self._is_silent(name) else name
        self._state.batcher.forget_touched()
        self.update()
        if name is None:
            self._state.loop.cancel_timer(self._poll_focus)
        else:
            self._poll_focus_later()

    def _poll_focus_later(self) -> None:
        # Urgent, so that the run on screen does not wait until all others have been read.
        self._state.loop.set_timer(self._poll_focus, self._focus_interval(), is_urgent=True)

    def _hears_focus(self) -> bool:
        return self._listener.hears(self._heard_focus)

    def _focus_interval(self) -> float:
        """Return the seconds between two checks of the run on screen: few if it raises no events."""
        budget = self._state.budget
        return budget.list_interval if self._hears_focus() else budget.poll_interval / 2

    def _poll_focus(self) -> None:
        run = None if self._focus is None else self._state.known.runs.get(self._focus)
        is_heard = self._hears_focus()
        if run is not None and (run.is_live or not is_heard):
            # Check only logs, which is cheap and catches most changes.
            self._state.batcher.touch(LOGS_DIR)
        if run is not None and not is_heard:
            self._state.reread_run(run.name_there)
        self._poll_focus_later()

    def _touch_focus(self) -> None:
        """Treat every part of the run on screen as changed, because changes may have been missed."""
        if self._focus is not None and self._focus in self._state.known.runs:
            self._state.batcher.touch(*FOCUS_PARTS, METADATA_FILE)
            self._state.reread_run(self._focus)
