"""The top line with the number of runs, and the status line at the bottom."""

from __future__ import annotations

import time
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import Static

from runtui.catalog.catalog import Catalog, Health, SyncPhase
from runtui.store.status import LIVE_STATUSES, RunStatus
from runtui.text.format import duration_text, run_count
from runtui.tui.actions import NO_KEYS, Keys, Place, hints

_LEAST_TITLE = 8  # cells
_ROOM_FOR_SAME = 100  # cells of the screen from which a long title gives way to what is the same in all rows

LONG_SILENCE = 3.0
"""Seconds without an answer of a file system after which the user is told."""


class _Bar(Static):
    """A line that is drawn again only when its text changes."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._shown: Content | None = None

    def say(self, content: Content) -> None:
        """Show `content`."""
        if self._shown is None or content.markup != self._shown.markup:
            self._shown = content
            self.update(content, layout=False)


class SummaryBar(_Bar):
    """The top line: the directory, and how many runs there are in each state."""

    def show(
        self,
        catalog: Catalog,
        title: str,
        shown: int,
        selected: int = 0,
        hidden: int = 0,
        order: str = "",
        position: str = "",
        same: str = "",
    ) -> None:
        """Show the state of a runs directory.

        Args:
            catalog: Its runs.
            title: Its title.
            shown: How many runs match the filter.
            selected: How many runs are selected.
            hidden: How many selected runs do not match the filter.
            order: By what they are sorted, where no heading shows that; ``""`` for nothing to say.
            position: The cursor's row and the number of rows, shown at the right end if there is room.
            same: What is the same in all rows, shown before that if there is room.
        """
        counts = [Content(_how_many(len(catalog.runs), shown) + (f"  {order}" if order else ""))]
        if selected:
            out_of_sight = f" ({hidden:,} not shown)" if hidden else ""
            counts.append(Content.styled(f"  * {selected:,} selected{out_of_sight}", "$text-secondary"))
        doubtful = sum(catalog.count(f"{status}?") for status in LIVE_STATUSES)
        for count, sign, state, style in (
            (catalog.count(RunStatus.FAILED), "✗", "failed", "$text-error"),
            (catalog.count(RunStatus.RUNNING), "●", "running", "$text-primary"),
            (doubtful, "?", "looks dead" if doubtful == 1 else "look dead", "$text-warning"),
            (catalog.troubled, "!", "unreadable", "$text-warning"),
        ):
            if count:
                counts.append(Content.styled(f"  {sign} {count:,} {state}", style))
        summary = Content.assemble(*counts)
        end = f"  {position} " if position else ""
        reserved = cell_len(end) + (cell_len(same) + 2 if same and self.size.width >= _ROOM_FOR_SAME else 0)
        room = max(_LEAST_TITLE, self.size.width - summary.cell_length - 4 - reserved)
        line = Content(f" {_end_of(title, room)}  ") + summary
        if same and self.size.width - line.cell_length - cell_len(end) >= cell_len(same) + 2:
            line += Content.styled(f"  {same}", "$text-muted")
        space = self.size.width - line.cell_length - cell_len(end)
        self.say(line + Content(" " * space + end) if space >= 0 else line)


def _end_of(path: str, cells: int) -> str:
    """Return a path, shortened to its end if it is long."""
    if cell_len(path) <= cells:
        return path
    while path and cell_len(path) > cells - 1:
        path = path[1:]
    return f"…{path}"


def _how_many(total: int, shown: int) -> str:
    return run_count(total) if shown == total else f"{shown:,} of {total:,} runs"


class StatusLine(NamedTuple):
    """The content of the bottom line.

    Attributes:
        hints: The most useful keys, separated by two spaces.
        health: How complete and current the rows are.
        silence: Seconds for which the file system has not answered.
        directory: The runs directory on that file system, if there are several; safe to show.
        task: The progress of an operation, ``""`` if there is none.
    """

    hints: str
    health: Health = Health()
    silence: float = 0.0
    directory: str = ""
    task: str = ""


class StatusBar(_Bar):
    """The bottom line: the most useful keys, and whether the rows are current."""

    def __init__(self, keys: Keys = NO_KEYS, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = keys
        self._place = Place.BROWSER
        self._undoable = ""
        self._line = StatusLine(hints(keys))

    def show_task(self, text: str) -> None:
        """Show the progress of an operation in place of the keys; ``""`` shows the keys again."""
        self._show(self._line._replace(task=text))

    def show(self, health: Health, silence: float, directory: str = "") -> None:
        """Show how complete and current the rows are.

        Args:
            health: The monitor's report.
            silence: Seconds for which the file system has not answered.
            directory: The runs directory on that file system, if there are several; safe to show.
        """
        self._show(self._line._replace(health=health, silence=silence, directory=directory))

    def show_hints(self, place: Place) -> None:
        """Show the most useful keys at a place."""
        self._place = place
        self._show_hints()

    def show_undoable(self, text: str) -> None:
        """Show the operation that can be undone; ``""`` for none."""
        self._undoable = text
        self._show_hints()

    def _show_hints(self) -> None:
        self._show(self._line._replace(hints=hints(self._keys, self._place, self._undoable)))

    def on_resize(self) -> None:
        self._show(self._line)

    def _show(self, line: StatusLine) -> None:
        self._line = line
        self.say(status_content(line, self.size.width, time.time()))


def status_content(line: StatusLine, width: int, now: float) -> Content:
    """Return the bottom line: the most urgent of a silence, a task, a notice and the keys.

    Args:
        line: The content.
        width: The width in cells.
        now: Seconds since the epoch.
    """
    if line.silence >= LONG_SILENCE:
        text = silence_text(line.silence, line.health, now, line.directory)
        return Content.styled(set_cell_size(f" {text}", width), "$text-warning")
    health = f"{health_text(line.health)} "
    room = max(0, width - cell_len(health))
    if line.task:
        return Content.styled(set_cell_size(f" {line.task}", room), "$text-primary") + Content(health)
    if line.health.notice:
        # A long notice is cut rather than the state.
        notice = Content.styled(set_cell_size(f" {line.health.notice}", room), "$text-warning")
        return notice + Content(health)
    return hint_content(set_cell_size(fitting_hints(line.hints, room), room)) + Content(health)


def hint_content(text: str) -> Content:
    """Return hints, separated by two spaces, with their keys in colour and their labels plain."""
    parts: list[Content] = []
    for place, hint in enumerate(text.split("  ")):
        if place:
            parts.append(Content("  "))
        before = " " * (len(hint) - len(hint.lstrip()))
        key, space, label = hint.lstrip().partition(" ")
        parts += [Content(before), Content.styled(key, "bold $text-accent"), Content(space + label)]
    return Content.assemble(*parts)


def fitting_hints(hints: str, room: int) -> str:
    """Return the first hints, as many as fit.

    Args:
        hints: The hints, separated by two spaces.
        room: The width in cells.
    """
    shown = f" {hints}"
    while "  " in shown and cell_len(shown) + 2 > room:
        shown = shown.rpartition("  ")[0]
    if cell_len(shown) + 2 > room:
        return set_cell_size(shown, max(0, room - 3)) + "…"
    return shown


def silence_text(seconds: float, health: Health, now: float, directory: str = "") -> str:
    """Return a text that says for how long the file system has not answered, and how old the rows are."""
    of_directory = f" of {directory}" if directory else ""
    text = f"the file system{of_directory} has not answered for {duration_text(seconds)}; "
    if health.phase in (SyncPhase.LISTING, SyncPhase.READING) and not health.read:
        return text + ("showing the last known state" if health.total else "waiting for it")
    return text + f"what is shown is from {time.strftime('%H:%M:%S', time.localtime(now - seconds))}"


def health_text(health: Health) -> str:
    """Return in a few words whether the rows are current."""
    if health.phase is SyncPhase.LISTING:
        return "listing the directory…"
    if health.phase is SyncPhase.READING:
        return f"reading {health.read:,} of {health.total:,}…"
    if health.phase is SyncPhase.UNREACHABLE:
        return ""
    return "● live" if health.by_events else "● live (polling)"


def freshness_text(health: Health) -> str:
    """Return how many runs are watched, how, and how often the others are checked."""
    how = "by file events" if health.by_events else "by polling"
    text = f"{run_count(health.watched)} watched {how}"
    if health.swept:
        text += f"; {health.swept:,} others checked every {duration_text(health.sweep_interval)}"
    return text
