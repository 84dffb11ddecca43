"""Actions that change runs: each asks through its dialog and queues an operation."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.sync.sources import RunSources
from runtui.tui import dialogs
from runtui.tui.controllers.host import DialogHost
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.operation_progress import OperationsController
from runtui.tui.controllers.targets import TargetRuns

if TYPE_CHECKING:
    from runtui.operations.child_operations import Launch
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

    def resume(self) -> None:
        """Resume each target into a child."""
        if not (names := self._targets.require()):
            return

        runs = {name: self._targets.known[name] for name in names}
        place_of = self._sources.place_of
        if len(names) == 1:
            self._host.show_dialog(dialogs.ResumeScreen(names[0], runs[names[0]], place_of), self._resume)
        else:
            self._host.show_dialog(dialogs.ResumeManyScreen(runs, place_of), self._resume)

    def _resume(self, resuming: Resuming | None) -> None:
        if resuming is None:
            return
        launch: Launch | None = None
        if resuming.target is not None:
            from runtui.runtime.launch_child import launch_child  # only for those who launch

            launch = partial(launch_child, on=resuming.target, resources=resuming.resources)
        self._targets.clear_selection()
        children = operations.ChildOperations(self._sources.directories)
        if resuming.options:
            operation = children.create(resuming.options, launch)
            self._operations.do(operation, tuple(resuming.options))
        if resuming.pipelines:
            from runtui.runtime.pipeline.separate_process import (
                resume_pipeline,  # only for those who resume pipelines
            )

            self._operations.do(
                children.resume_pipelines(resuming.pipelines, resume_pipeline), resuming.pipelines
            )

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
