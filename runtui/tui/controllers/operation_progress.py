"""Operations on runs: their progress, their results, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from runtui import operations
from runtui.catalog.sync.sources import RunSources
from runtui.store.errors import StoreError
from runtui.text.sanitize import safe_text
from runtui.tui import dialogs
from runtui.tui.controllers.host import BackgroundWork, DialogHost
from runtui.tui.controllers.navigator import Navigator
from runtui.tui.controllers.notifier import Notifier
from runtui.tui.controllers.targets import TargetRuns
from runtui.tui.operation_queue import OperationQueue

if TYPE_CHECKING:
    from runtui.operations.run_operations import LastEdit, Operation, Operations, Report
    from runtui.tui.widgets.bars import StatusBar

_HINT_SECONDS = 2.0
_LONGEST_NAME = 40  # characters


class OperationsController:
    """Queues operations, shows their progress and results, and undoes them.

    Args:
        queue: Does one operation after another.
        sources: The runs directories.
        targets: The run whose last edit is undone if this session did no operation.
        navigator: Puts the cursor on a run that could not be changed.
        status: Shows the progress and what can be undone.
        host: Shows the dialog of failures.
        background: Reads the last edit of a run.
        notifier: Shows results.
    """

    def __init__(
        self,
        queue: OperationQueue,
        sources: RunSources,
        targets: TargetRuns,
        navigator: Navigator,
        status: StatusBar,
        host: DialogHost,
        background: BackgroundWork,
        notifier: Notifier,
    ) -> None:
        self._queue = queue
        self._sources = sources
        self._targets = targets
        self._navigator = navigator
        self._status = status
        self._host = host
        self._background = background
        self._notifier = notifier
        self._asked_to_undo: tuple[str, str] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether an operation is under way or queued."""
        return self._queue.is_busy

    @property
    def undoable(self) -> str:
        """The operation that `undo` would undo, in one line; ``""`` if this session did none."""
        return self._queue.undoable

    @property
    def operations(self) -> Operations:
        """The operations that there are, on the runs shown."""
        return operations.Operations(self._sources.directories)

    def do(self, operation: Operation, names: Sequence[str] = (), *, is_dismissal: bool = False) -> None:
        """Queue an operation.

        Args:
            operation: The operation.
            names: The runs that the user acts upon, whose failures are no longer new.
            is_dismissal: Whether these failures are settled by it, so that they leave the inbox.
        """
        self._queue.do(operation, names, is_dismissal=is_dismissal)

    def stop(self) -> None:
        """Stop the current operation after the run that it is changing."""
        if not self._queue.stop_operation():
            self._notifier.inform(f"{self._notifier.key('quit')} quits", _HINT_SECONDS)

    def show_progress(self, message: OperationQueue.Progressed) -> None:
        """Show the progress of the current operation."""
        if self._queue.is_busy:
            far = f": {message.done:,} of {message.total:,}" if message.total else ""
            self._status.show_task(f"{message.title}{far}  {self._notifier.key('stop_operation')} cancel")

    def show_result(self, report: Report) -> None:
        """Show what an operation did, and for which runs it failed."""
        if not self._queue.is_busy:
            self._status.show_task("")
        self._status.show_undoable(self._queue.undoable)
        if not report.failures:
            undo = f" ({self._notifier.key('undo')}: undo)" if report.back is not None else ""
            self._notifier.inform(f"{report.text}{undo}")
        elif len(report.failures) == 1:
            failure = report.failures[0]
            name = f"{safe_text(failure.name, _LONGEST_NAME)}: " if failure.name else ""
            self._notifier.warn(f"{name}{failure.text}")
        else:
            self._host.show_dialog(dialogs.FailuresScreen(report), self._go_to_failure)

    def _go_to_failure(self, name: str | None) -> None:
        if name is not None:
            self._navigator.go_to(name)

    def undo(self) -> None:
        """Undo the last operation; if there is none, the last edit of the run under the cursor.

        The edit may be another user's or another session's, so the user has to press the key twice.
        """
        if self._undo_in_queue():
            return
        run = self._targets.under_cursor
        if run is None:
            return
        asked, self._asked_to_undo = self._asked_to_undo, None
        if asked is not None and asked[0] == run.name:
            self.do(self.operations.undo_last(*asked))
        else:
            self._background.submit(
                "last edit",
                partial(_last_edit, self.operations, run.name),
                partial(self._ask_to_undo, run.name),
            )

    def undo_own(self) -> None:
        """Undo the last operation of this session."""
        if not self._undo_in_queue():
            self._notifier.inform("nothing to undo in this session", _HINT_SECONDS)

    def _undo_in_queue(self) -> bool:
        self._notifier.clear()  # they offer to undo what is undone now
        is_undoing = self._queue.undo()
        self._status.show_undoable(self._queue.undoable)
        return is_undoing

    def _ask_to_undo(self, name: str, last: LastEdit | str) -> None:
        if isinstance(last, str):
            self._notifier.warn(last)
        else:
            self._asked_to_undo = (name, last.edit_id)
            self._notifier.inform(f"press {self._notifier.key('undo')} again to undo {last.text}")


def _last_edit(on_shown: Operations, name: str) -> LastEdit | str:
    """Return the last edit of a run, or why there is none to undo."""
    try:
        return on_shown.last_edit(name) or "nothing to undo"
    except (StoreError, OSError) as error:
        return f"cannot undo: {operations.why(error)}"
