"""What a screen with runs does to them: every action that changes runs, or leaves the screen for one."""

from __future__ import annotations

import os
import time
from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from textual import on
from textual.screen import Screen

from runtui.catalog.columns import status_text
from runtui.catalog.run_key import RunKey
from runtui.catalog.sync.sources import RunSources
from runtui.store.errors import StoreError, explain
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text
from runtui.tui.background import Background
from runtui.tui.operation_queue import OperationQueue

if TYPE_CHECKING:
    from runtui.operations.operations import KnownRuns, LastEdit, Launch, Operation, Operations
    from runtui.operations.triage import Triage
    from runtui.tui.dialogs.cleaning import Plans
    from runtui.tui.dialogs.inbox import InboxChoice
    from runtui.tui.dialogs.marking import Marking
    from runtui.tui.dialogs.resuming import Resuming
    from runtui.tui.dialogs.tagging import Tagging
    from runtui.tui.dialogs.trash import TrashChoice

_DONE_TIME = 5.0
_FAILED_TIME = 10.0
_TROUBLE_TIME = 15.0
_MOST_TOLD = 3
_SHELL_PATIENCE = 3.0  # seconds within which a directory must have answered for a shell to be opened there


class RunActions(Screen[None]):
    """Base of the screens that change runs.

    Args:
        live: The runs.
    """

    def __init__(self, live: RunSources) -> None:
        super().__init__()
        self._live = live
        self._background = Background(self)
        self._operation_queue = OperationQueue(self)
        self._triage: Triage | None = None
        self._remembered = 0
        self._watched: set[str] = set()
        self._awaited: str | None = None
        self._asked_to_undo: tuple[str, str] | None = None

    @abstractmethod
    def targets(self) -> tuple[str, ...]:
        """Return the names of the runs that an action is for."""

    @abstractmethod
    def known_runs(self) -> Mapping[str, RunRecord]:
        """Return all runs by name."""

    @abstractmethod
    def run_under_cursor(self) -> RunRecord | None:
        """Return the run under the cursor, or None."""

    @abstractmethod
    def go_to(self, name: str) -> bool:
        """Put the cursor on a run; return whether it has a row."""

    @abstractmethod
    def show_task(self, text: str) -> None:
        """Say how far something is that is being done; ``""`` when nothing is."""

    @abstractmethod
    def show_undoable(self, text: str) -> None:
        """Say what there is to take back; ``""`` for nothing."""

    @abstractmethod
    def forget_selection(self) -> None:
        """Select nothing any more."""

    # Doing

    @property
    def undoable(self) -> str:
        """What `u` takes back, in one line; ``""`` where nothing was done here."""
        return self._operation_queue.undoable

    def do(self, operation: Operation, names: Sequence[str] = ()) -> None:
        """Do something to runs, when all that was asked for before is done.

        Args:
            deed: What to do.
            names: The runs that are dealt with by this.
        """
        self._operation_queue.do(operation, names)

    @on(OperationQueue.Progressed)
    def _show_progress(self, message: OperationQueue.Progressed) -> None:
        if self._operation_queue.is_busy:
            far = f": {message.done:,} of {message.total:,}" if message.total else ""
            self.show_task(f"{message.title}{far}  Ctrl+C stops it")

    @on(OperationQueue.Done)
    def _tell_what_was_done(self, message: OperationQueue.Done) -> None:
        report = message.report
        failed = {outcome.name for outcome in report.failures}
        self._deal_with([name for name in message.names if name not in failed], not message.is_undone)
        if not self._operation_queue.is_busy:
            self.show_task("")
        self.show_undoable(self._operation_queue.undoable)
        self._live.look_at((*report.touched, *report.created))
        self._watched.update(report.created)
        if report.created:
            self._await(report.created[-1])
        if report.failures:
            from runtui.tui.dialogs.failures import FailuresScreen

            if len(report.failures) == 1:
                failure = report.failures[0]
                name = f"{safe_text(failure.name, 40)}: " if failure.name else ""
                self._tell(f"{name}{failure.text}", is_bad=True)
            else:
                self.app.push_screen(FailuresScreen(report), self._go_to_failure)
            return
        self._tell(f"{report.text}{'; u takes it back' if report.back is not None else ''}")

    def _go_to_failure(self, name: str | None) -> None:
        if name is not None:
            self.go_to(name)

    def _tell(self, text: str, *, is_bad: bool = False) -> None:
        if is_bad:
            self.notify(text, severity="warning", timeout=_FAILED_TIME, markup=False)
        else:
            self.notify(text, timeout=_DONE_TIME, markup=False)

    def _await(self, name: str) -> None:
        """Put the cursor on a run as soon as it has a row."""
        if not self.go_to(name):
            self._awaited = name

    def went_on(self) -> None:
        """Take in that there are other rows: perhaps one that is awaited."""
        if self._awaited is not None and self.go_to(self._awaited):
            self._awaited = None

    def _operations(self) -> Operations:
        from runtui.operations.operations import Operations  # not for those who only look

        return Operations(self._live.directories)

    def _meant(self) -> tuple[str, ...]:
        """Return the runs that an action is for; says so where there are none."""
        names = tuple(name for name in self.targets() if name in self.known_runs())
        if not names:
            self.notify("no run is selected", timeout=2)
        return names

    # Actions

    def action_tag(self) -> None:
        if not (names := self._meant()):
            return
        from runtui.tui.dialogs.tagging import TagScreen

        def take(tagging: Tagging | None) -> None:
            if tagging is not None:
                self.do(self._operations().tag(names, tagging.add, tagging.remove), names)

        runs = self.known_runs()
        self.app.push_screen(TagScreen([runs[name] for name in names], runs.values()), take)

    def action_mark(self) -> None:
        if not (names := self._meant()):
            return
        from runtui.tui.dialogs.marking import MarkScreen

        def take(marking: Marking | None) -> None:
            if marking is not None:
                self.do(self._operations().mark(names, marking.status, marking.reason), names)

        self.app.push_screen(MarkScreen(len(names)), take)

    def action_mark_lost(self) -> None:
        runs = self.known_runs()
        names = self._meant()
        reasons = {name: runs[name].stale_reason for name in names if runs[name].is_lost}
        if reasons:
            self.do(self._operations().mark_lost(reasons), tuple(reasons))
        elif any(runs[name].stale_reason for name in names):
            self._tell("it is not known that it is lost: s marks it all the same", is_bad=True)
        elif names:
            self._tell("only lost runs are marked failed by this: s sets any status", is_bad=True)

    def action_resume(self) -> None:
        if not (names := self._meant()):
            return
        from runtui.tui.dialogs.resuming import ResumeManyScreen, ResumeScreen

        runs = {name: self.known_runs()[name] for name in names}
        if len(names) == 1:
            self.app.push_screen(ResumeScreen(names[0], runs[names[0]], self._live.place_of), self._resume)
        else:
            self.app.push_screen(ResumeManyScreen(runs, self._live.place_of), self._resume)

    def _resume(self, resuming: Resuming | None) -> None:
        if resuming is not None:
            launch: Launch | None = None
            if resuming.where is not None:
                from runtui.runtime.resume import launch_child  # only for those who launch

                launch = partial(launch_child, on=resuming.where, resources=resuming.resources)
            self.forget_selection()
            if resuming.options:
                self.do(self._operations().resume(resuming.options, launch), tuple(resuming.options))
            if resuming.pipelines:
                from runtui.runtime.pipeline.runner import go_on  # only for those whose pipelines go on

                self.do(self._operations().go_on(resuming.pipelines, go_on), resuming.pipelines)

    def action_cancel_run(self) -> None:
        runs = self.known_runs()
        names = tuple(name for name in self._meant() if runs[name].is_live)
        if not names:
            self._tell("only runs that are at work can be ended", is_bad=True)
            return
        from runtui.tui.dialogs.cancelling import CancelScreen

        def take(is_sure: bool | None) -> None:
            if is_sure:
                from runtui.runtime.cancel import cancel_runs  # only for those who end runs

                self.do(self._operations().cancel(names, cancel_runs), names)

        self.app.push_screen(CancelScreen(len(names)), take)

    def action_clean(self) -> None:
        if not (names := self._meant()):
            return
        from runtui.tui.dialogs.cleaning import CleanupScreen

        self.app.push_screen(CleanupScreen(names, self._live.place_of, self._known_there()), self._clean)

    def action_clean_by_rule(self) -> None:
        from runtui.tui.dialogs.cleaning import RuleScreen

        self.app.push_screen(
            RuleScreen(self._live.bases, self._live.place_of, self._known_there()), self._clean
        )

    def _clean(self, plans: Plans | None) -> None:
        if plans is not None:
            self.do(self._operations().trash(plans, self._known_there()))

    def _known_there(self) -> KnownRuns:
        """Return what gives the runs of a directory, as they are now, by their names there."""
        runs = dict(self.known_runs())
        return lambda base: self._live.directories.runs_in(base, runs)

    def action_trash(self) -> None:
        from runtui.tui.dialogs.trash import TrashScreen

        self.app.push_screen(TrashScreen(self._live.bases), self._take_out)

    def _take_out(self, choice: TrashChoice | None) -> None:
        if choice is not None:
            operations = self._operations()
            self.do(operations.restore(choice.runs) if choice.is_restored else operations.empty(choice.runs))

    def action_undo(self) -> None:
        """Take back the last thing done here; where there is none, the run's last edit, after asking."""
        if self._operation_queue.undo():
            self.show_undoable(self._operation_queue.undoable)
            return
        run = self.run_under_cursor()
        if run is None:
            return
        asked, self._asked_to_undo = self._asked_to_undo, None
        if asked is not None and asked[0] == run.name:
            self.do(self._operations().undo_last(*asked))
        else:
            self._background.submit(
                "last edit",
                partial(_last_edit, self._operations(), run.name),
                partial(self._ask_to_undo, run.name),
            )

    def _ask_to_undo(self, name: str, last: LastEdit | str) -> None:
        if isinstance(last, str):
            self._tell(last, is_bad=True)
        else:
            self._asked_to_undo = (name, last.edit_id)
            self._tell(f"u once more undoes {last.text}")

    # Failures, and runs that end

    def triage(self) -> Triage:
        """Return what is known of the failures that the user has dealt with."""
        if self._triage is None:
            from runtui.operations.triage import Triage, recalled  # not for the first paint

            self._triage = Triage(self.is_parent, self._live.place_of)
            for base in self._live.bases:
                recall = partial(self._triage.recall, base)
                self._background.submit(f"memory of {base}", partial(recalled, base), recall)
        return self._triage

    @abstractmethod
    def is_parent(self, name: str) -> bool:
        """Return whether a run was resumed."""

    def _deal_with(self, names: Sequence[str], are_settled: bool = True) -> None:
        """Take failed runs as dealt with, or no longer, and remember that."""
        if not names:
            return
        runs = self.known_runs()
        triage = self.triage()
        settled = triage.settle(runs[name] for name in names if name in runs) if are_settled else {}
        unsettled = () if are_settled else tuple(map(self._live.place_of, names))
        triage.unsettle(unsettled)
        self._remember(settled, unsettled)

    def _remember(
        self, settled: Mapping[RunKey, float], unsettled: Sequence[RunKey] = (), looked: float = 0.0
    ) -> None:
        from runtui.operations.triage import remember_of

        for base in self._live.bases:
            here = {run.name: at for run, at in settled.items() if run.base == base}
            again = [run.name for run in unsettled if run.base == base]
            if here or again or looked:
                self._remembered += 1
                # Each is a kind of its own: of two that wait neither may be dropped.
                self._background.submit(
                    f"remember {self._remembered}",
                    partial(_remembered, partial(remember_of, base, here, again, looked)),
                    self._tell_trouble,
                )

    def _tell_trouble(self, trouble: str) -> None:
        if trouble:
            self.notify(trouble, severity="warning", timeout=_TROUBLE_TIME, markup=False)

    def action_inbox(self) -> None:
        from runtui.operations.triage import failure_groups
        from runtui.tui.dialogs.inbox import InboxScreen

        triage = self.triage()

        async def take(choice: InboxChoice | None) -> None:
            self._remember({}, looked=time.time())
            triage.look(time.time())
            if choice is not None:
                await self.show_only_failed(choice.names)
                if choice.action:
                    await self.run_action(choice.action)

        self.app.push_screen(
            InboxScreen(lambda: failure_groups(self.known_runs().values(), triage), self._deal_with), take
        )

    @abstractmethod
    async def show_only_failed(self, names: Sequence[str]) -> None:
        """Select runs, and have the table show failed ones."""

    def action_watch(self) -> None:
        """Have the user told when runs end, or no longer."""
        if not (names := self._meant()):
            return
        runs = self.known_runs()
        live = [name for name in names if runs[name].is_live and not runs[name].stale_reason]
        if not live:
            self.notify("only a run that has not ended can be watched", timeout=3)
        elif self._watched.issuperset(live):
            self._watched.difference_update(live)
            self._tell(f"no longer watching {len(live):,}")
        else:
            self._watched.update(live)
            self._tell(f"watching {len(self._watched):,}: you are told when one ends")

    def tell_of_ends(self, changed: Iterable[RunRecord], *, with_bell: bool) -> None:
        """Tell the user of watched runs that have ended, or look dead."""
        if not self._watched:
            return
        ended = [
            run for run in changed if run.name in self._watched and (not run.is_live or run.stale_reason)
        ]
        self._watched.difference_update(run.name for run in ended)
        for run in ended[:_MOST_TOLD]:
            self._tell(f"{status_text(run)}  {run.description}", is_bad=run.is_failed)
        if len(ended) > _MOST_TOLD:
            self._tell(f"and {len(ended) - _MOST_TOLD:,} more that you watch have ended")
        if ended and with_bell:
            self.app.bell()

    def action_stop_operation(self) -> None:
        if not self._operation_queue.stop_operation():
            self.notify("q quits", timeout=2)

    # Beside the screen

    def action_copy(self) -> None:
        if names := self._meant():
            from runtui.tui.dialogs.copying import CopyScreen

            self.app.push_screen(CopyScreen([self._live.place_of(name) for name in names]), self._copy)

    def _copy(self, text: str | None) -> None:
        if text is not None:
            self.app.copy_to_clipboard(text)
            lines = text.count("\n") + 1
            self._tell(f"copied {lines:,} lines" if lines > 1 else f"copied {safe_text(text, 100)}")

    def action_shell(self) -> None:
        """Open a shell in the directory of the run under the cursor, once it is known to answer."""
        run = self.run_under_cursor()
        if run is not None:
            directory = os.path.join(*self._live.place_of(run.name))
            self._background.submit(
                "shell",
                partial(os.path.isdir, directory),
                partial(self._open_shell, run.name, directory, time.monotonic()),
            )

    def _open_shell(self, name: str, directory: str, asked: float, is_there: bool) -> None:
        from runtui.tui.external import shell_in

        if time.monotonic() - asked > _SHELL_PATIENCE:
            # By now the user is at something else, which a shell would take the terminal from.
            trouble = f"no shell was opened in {safe_text(name, 60)}, which answered too late: press ! again"
        elif is_there:
            trouble = shell_in(self.app, directory)
        else:
            trouble = f"{safe_text(name, 60)} is no directory any more"
        if trouble:
            self._tell(trouble, is_bad=True)
        self._live.look_at((name,))

    def action_go_to_parent(self) -> None:
        run = self.run_under_cursor()
        if run is not None:
            self._go_to_relative([] if run.parent is None else [run.parent], "it has no parent")

    def action_go_to_child(self) -> None:
        run = self.run_under_cursor()
        if run is not None:
            self._go_to_relative(self.children_of(run.name), "it has no children")

    @abstractmethod
    def children_of(self, name: str) -> Sequence[str]:
        """Return the names of a run's children, the oldest first."""

    def _go_to_relative(self, names: Sequence[str], none: str) -> None:
        if not names:
            self.notify(none, timeout=2)
        elif not self.go_to(names[-1]):
            known = names[-1] in self.known_runs()
            why = "is not among the rows: Esc clears the filter" if known else "is not in this directory"
            self.notify(f"{safe_text(names[-1], 60)} {why}", timeout=4, markup=False)


def _last_edit(operations: Operations, name: str) -> LastEdit | str:
    """Return the last edit of a run, or why there is none to take back."""
    from runtui.operations.operations import why

    try:
        return operations.last_edit(name) or "there is nothing to undo: no edit of this run stands"
    except (StoreError, OSError) as error:
        return f"cannot undo: {why(error)}"


def _remembered(remember: Callable[[], None]) -> str:
    """Put something down in the user's memory; return what hindered that, or ``""``."""
    try:
        remember()
    except OSError as error:
        return f"what was dealt with is forgotten when you quit: {explain(error)}"
    return ""
