"""Actions that change runs: each asks through its dialog and queues an operation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.run_key import RunKey
from runtui.catalog.sync.sources import RunSources
from runtui.tui import dialogs
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.operation_progress import OperationsController
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from runtui.operations.child_operations import Launch, LaunchUnstarted
    from runtui.operations.run_operations import KnownRuns
    from runtui.tui.dialogs.cleaning import Plans
    from runtui.tui.dialogs.marking import Marking
    from runtui.tui.dialogs.resuming import Resuming
    from runtui.tui.dialogs.tagging import Tagging
    from runtui.tui.dialogs.trash import TrashChoice


class RunActions:
    """Changes runs, as the user chooses in dialogs.

    Args:
        targets: The runs to change.
        sources: The runs directories.
        operations: Does the operations.
        host: Shows dialogs.
        notifier: Tells the user why nothing is done.
    """

    def __init__(
        self,
        targets: TargetRuns,
        sources: RunSources,
        operations: OperationsController,
        host: DialogHost,
        notifier: Notifier,
    ) -> None:
        self._targets = targets
        self._sources = sources
        self._operations = operations
        self._host = host
        self._notifier = notifier

    def tag(self) -> None:
        """Add and remove tags of the targets."""
        if not (names := self._targets.require()):
            return

        def tag(tagging: Tagging | None) -> None:
            if tagging is not None:
                operation = self._operations.operations.tag(names, tagging.add, tagging.remove)
                self._operations.do(operation, names)

        runs = self._targets.known
        self._host.show_dialog(dialogs.TagScreen([runs[name] for name in names], runs.values()), tag)

    def mark(self) -> None:
        """Set the status of the targets."""
        if not (names := self._targets.require()):
            return

        def mark(marking: Marking | None) -> None:
            if marking is not None:
                operation = self._operations.operations.mark(names, marking.status, marking.reason)
                self._operations.do(operation, names, is_dismissal=True)

        self._host.show_dialog(dialogs.MarkScreen([self._targets.known[name] for name in names]), mark)

    def note(self) -> None:
        """Write a note about the targets."""
        if not (names := self._targets.require()):
            return

        def note(text: str | None) -> None:
            if text is not None:
                self._operations.do(self._operations.operations.note(names, text))

        self._host.show_dialog(dialogs.NoteScreen([self._targets.known[name] for name in names]), note)

    def describe(self) -> None:
        """Change the description of the targets."""
        if not (names := self._targets.require()):
            return

        def describe(text: str | None) -> None:
            if text is not None:
                self._operations.do(self._operations.operations.describe(names, text))

        runs = [self._targets.known[name] for name in names]
        self._host.show_dialog(dialogs.DescribeScreen(runs), describe)

    def mark_lost(self) -> None:
        """Mark those targets failed that are lost."""
        runs = self._targets.known
        names = self._targets.require()
        reasons = {name: runs[name].stale_reason for name in names if runs[name].is_lost}
        if reasons:
            operation = self._operations.operations.mark_lost(reasons)
            self._operations.do(operation, tuple(reasons), is_dismissal=True)
        elif any(runs[name].stale_reason and runs[name].is_live for name in names):
            self._notifier.warn(
                f"this run may still be alive; {self._notifier.key('mark')} sets its status anyway"
            )
        elif names:
            self._notifier.warn(f"this run is not lost; {self._notifier.key('mark')} sets any status")

    def resume(self, *, from_start: bool = False) -> None:
        """Resume each target into a child, or run it again from the start; start children that wait."""
        if not (names := self._targets.require()):
            return

        runs = {name: self._targets.known[name] for name in names}
        place_of = self._sources.place_of
        dialog = (
            dialogs.ResumeScreen(names[0], runs[names[0]], place_of, from_start=from_start)
            if len(names) == 1
            else dialogs.ResumeManyScreen(runs, place_of, from_start=from_start)
        )
        self._host.show_dialog(dialog, self._resume)

    def _resume(self, resuming: Resuming | None) -> None:
        if resuming is None:
            return
        self._targets.clear_selection()
        children = operations.ChildOperations(self._sources.directories)
        if resuming.options:
            operation = children.create(resuming.options, self._launch_of(resuming))
            self._operations.do(operation, tuple(resuming.options))
        if resuming.starts:
            self._operations.do(children.start(resuming.starts, self._start_of(resuming)), resuming.starts)
        if resuming.pipelines:
            from runtui.runtime.pipeline.separate_process import (
                resume_pipeline,  # only for those who resume pipelines
            )

            self._operations.do(
                children.resume_pipelines(resuming.pipelines, resume_pipeline), resuming.pipelines
            )

    def _launch_of(self, resuming: Resuming) -> Launch | None:
        """Return what starts children with their parents' commands, if they are to be started."""
        target = resuming.target
        if target is None:
            return None
        from runtui.runtime.launch_child import launch_child  # only for those who launch

        resources = self._by_place(resuming.resources)

        def launch(base: str, parent: str, child: str) -> str:
            return launch_child(base, parent, child, on=target, resources=resources.get(RunKey(base, parent)))

        return launch

    def _start_of(self, resuming: Resuming) -> LaunchUnstarted:
        """Return what starts children that were created earlier."""
        from runtui.runtime.launch_child import launch_unstarted  # only for those who launch

        resources = self._by_place(resuming.resources)

        def start(base: str, child: str) -> str:
            given = resources.get(RunKey(base, child))
            return launch_unstarted(base, child, on=resuming.target or "", resources=given)

        return start

    def _by_place(self, resources: Mapping[str, Mapping[str, str]]) -> dict[RunKey, Mapping[str, str]]:
        return {self._sources.place_of(name): given for name, given in resources.items()}

    def cancel(self) -> None:
        """Stop those targets that have not ended, after the user has confirmed."""
        runs = self._targets.known
        if not (targets := self._targets.require()):
            return
        names = tuple(name for name in targets if runs[name].is_live)
        if not names:
            which = "this run is not" if len(targets) == 1 else "none of these runs is"
            self._notifier.warn(f"{which} running")
            return

        def cancel(is_sure: bool | None) -> None:
            if is_sure:
                from runtui.runtime.cancel import cancel_runs  # only for those who stop runs

                self._operations.do(self._operations.operations.cancel(names, cancel_runs), names)

        self._host.show_dialog(dialogs.CancelScreen([runs[name] for name in names]), cancel)

    def adopt(self) -> None:
        """Adopt those targets that other programs wrote, after the user has confirmed the plan."""
        if not (targets := self._targets.require()):
            return
        runs = self._targets.known
        names = tuple(name for name in targets if runs[name].layout)
        if not names:
            which = "this run has" if len(targets) == 1 else "all of these runs have"
            self._notifier.warn(f"{which} a metadata.json already")
            return
        adoption = operations.Adoption(self._sources.directories)

        def adopt(chosen: tuple[str, ...] | None) -> None:
            if chosen is not None:
                self._operations.do(adoption.operation(chosen))

        self._host.show_dialog(dialogs.AdoptScreen(names, adoption), adopt)

    def clean(self) -> None:
        """Move the targets to the trash, after the user has confirmed the plan."""
        if not (names := self._targets.require()):
            return

        dialog = dialogs.CleanupScreen(names, self._sources.place_of, self._known_runs())
        self._host.show_dialog(dialog, self._clean)

    def clean_by_rule(self) -> None:
        """Move the runs that a rule finds to the trash, by a plan that is shown first."""
        dialog = dialogs.RuleScreen(self._directories(), self._sources.place_of, self._known_runs())
        self._host.show_dialog(dialog, self._clean)

    def _clean(self, plans: Plans | None) -> None:
        if plans is not None:
            self._operations.do(self._operations.operations.trash(plans, self._known_runs()))

    def _directories(self) -> Sequence[str]:
        """Return all directories that hold runs."""
        return self._sources.directories.holding(self._targets.known)

    def _known_runs(self) -> KnownRuns:
        """Return a function that returns the current runs of a directory by their names there."""
        runs = dict(self._targets.known)
        return lambda base: self._sources.directories.runs_in(base, runs)

    def open_trash(self) -> None:
        """Show the trash, from which runs are restored or deleted."""
        self._host.show_dialog(dialogs.TrashScreen(self._directories()), self._take_out)

    def _take_out(self, choice: TrashChoice | None) -> None:
        if choice is not None:
            operations = self._operations.operations
            self._operations.do(
                operations.restore(choice.runs) if choice.is_restored else operations.empty(choice.runs)
            )
