"""Base and result of the dialogs that resume or rerun runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from runtui.batch.registry import systems_here
from runtui.store.child_run import ResumeOptions
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.row_editing import RowEditingDialog

CHANGE_EXAMPLE = "dt=0.01  dt*=0.5"
"""How changes of parameters are typed."""

_NO_RESOURCES: Mapping[str, Mapping[str, str]] = {}


class Resuming(NamedTuple):
    """A request to resume, rerun or start runs.

    Attributes:
        options: The options of each run's child.
        target: The scheduler that starts the children, ``""`` for this host; None to start none of them.
        resources: The jobs' resources by run; those of the parents' jobs for all others.
        pipelines: The runs whose pipelines are resumed in place, without a child.
        starts: The children, created earlier, that are started.
    """

    options: Mapping[str, ResumeOptions]
    target: str | None = None
    resources: Mapping[str, Mapping[str, str]] = _NO_RESOURCES
    pipelines: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()


class ResumingDialog(RowEditingDialog[Resuming]):
    """Base of the dialogs that resume or rerun runs.

    Args:
        title: The title.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.RESUMING)

    def __init__(self, title: str) -> None:
        super().__init__(title)
        self.target: str | None = None
        self.systems: tuple[str, ...] = ()

    def why_not_launch(self) -> str:
        """Return why nothing can be launched, or ``""``."""
        raise NotImplementedError

    def must_launch(self) -> bool:
        """Return whether launching is all that is done, so that it cannot be left out."""
        raise NotImplementedError

    def show(self) -> None:
        """Update the rows and the summary."""
        raise NotImplementedError

    def usual_system(self) -> str:
        """Return the scheduler that ran a parent's job, or ``""``."""
        raise NotImplementedError

    def begin(self) -> None:
        """Begin to look for schedulers."""
        assert self.background is not None
        self.background.submit("systems", lambda: systems_here(), self._take_systems)

    def _take_systems(self, systems: tuple[str, ...]) -> None:
        self.systems = systems
        self.show()

    def usual_target(self) -> str | None:
        """Return where a child that waits is started, unless the user chooses another place."""
        usual = self.usual_system()
        return usual if usual in self.systems else ""

    def action_launch(self) -> None:
        """Cycle through the ways to start the children: not at all, here, or as jobs."""
        if self.is_editing:
            return
        hindrance = self.why_not_launch()
        if hindrance:
            self.hint(f"Cannot launch: {hindrance}.")
            return
        usual = self.usual_system()
        places: list[str | None] = [*([] if self.must_launch() else [None]), "", *self.systems]
        if usual in self.systems:  # the parent's scheduler comes first
            places.remove(usual)
            places.insert(0 if self.must_launch() else 1, usual)
        now = self.target if self.target in places else places[0]
        self.target = places[(places.index(now) + 1) % len(places)]
        self.hint()
        self.show()

    def action_leave(self) -> None:
        if self.is_editing:
            self.end_editing(is_applied=False)
        else:
            self.dismiss(None)
