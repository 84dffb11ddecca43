"""The two lines that frame the screen: what there is, and how fresh the picture of it is."""

from __future__ import annotations

import time

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.widgets import Static

from runtui.catalog.catalog import Catalog, Health, SyncPhase
from runtui.store.status import LIVE_STATUSES, RunStatus
from runtui.text.format import duration_text
from runtui.tui.actions import NO_KEYS, Keys, Place, hints

_LEAST_TITLE = 8
_LONG_SILENCE = 3.0


class _Bar(Static):
    """A line that is painted anew only when it says something else."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self._said: Content | None = None

    def say(self, content: Content) -> None:
        """Show `content`."""
        if self._said is None or content.markup != self._said.markup:
            self._said = content
            self.update(content, layout=False)


class SummaryBar(_Bar):
    """The top line: the directory, how many runs there are, and how they are."""

    def show(self, catalog: Catalog, title: str, shown: int, selected: int = 0, hidden: int = 0) -> None:
        """Show the state of a directory.

        Args:
            catalog: Its runs.
            title: What it is called.
            shown: How many runs match the filter.
            selected: How many are selected.
            hidden: How many of those do not match the filter.
        """
        counts = [Content(_how_many(len(catalog.runs), shown))]
        if selected:
            out_of_sight = f" ({hidden:,} not shown)" if hidden else ""
            counts.append(Content.styled(f"  * {selected:,} selected{out_of_sight}", "$text-secondary"))
        for count, sign, what, style in (
            (catalog.count(RunStatus.FAILED), "✗", "failed", "$text-error"),
            (catalog.count(RunStatus.RUNNING), "●", "running", "$text-primary"),
            (sum(catalog.count(f"{status}?") for status in LIVE_STATUSES), "?", "look dead", "$text-warning"),
            (catalog.troubled, "!", "unreadable", "$text-warning"),
        ):
            if count:
                counts.append(Content.styled(f"  {sign} {count:,} {what}", style))
        said = Content.assemble(*counts)
        room = max(_LEAST_TITLE, self.size.width - said.cell_length - 4)
        self.say(Content(f" {_end_of(title, room)}  ") + said)


def _end_of(path: str, cells: int) -> str:
    """Return a path, or of a long one its end, which tells it from others."""
    if cell_len(path) <= cells:
        return path
    while path and cell_len(path) > cells - 1:
        path = path[1:]
    return f"…{path}"


def _how_many(total: int, shown: int) -> str:
    if shown != total:
        return f"{shown:,} of {total:,} runs"
    return "1 run" if total == 1 else f"{total:,} runs"


class StatusBar(_Bar):
    """The bottom line: the keys most needed, and how the picture is kept fresh."""

    def __init__(self, keys: Keys = NO_KEYS, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys = keys
        self._place = Place.BROWSER
        self._undoable = ""
        self._hints = hints(keys)
        self._health = Health()
        self._silence = 0.0
        self._where = ""
        self._being_done = ""

    def show_task(self, text: str) -> None:
        """Show how far something is that is being done, in place of the keys; ``""`` when it is done."""
        self._being_done = text
        self._compose_text()

    def show(self, health: Health, silence: float, where: str = "") -> None:
        """Show how complete and fresh the picture is.

        Args:
            health: What the monitor says of it.
            silence: Seconds for which the file system has not answered.
            where: Which of several directories lies there; safe to show.
        """
        self._health = health
        self._silence = silence
        self._where = where
        self._compose_text()

    def show_hints(self, place: Place) -> None:
        """Show the keys most needed at a place."""
        self._place = place
        self._change_hints()

    def show_undoable(self, text: str) -> None:
        """Show beside its key what there is to take back; ``""`` for nothing."""
        self._undoable = text
        self._change_hints()

    def _change_hints(self) -> None:
        self._hints = hints(self._keys, self._place, self._undoable)
        self._compose_text()

    def on_resize(self) -> None:
        self._compose_text()

    def _compose_text(self) -> None:
        if self._silence >= _LONG_SILENCE:
            text = silence_text(self._silence, self._health, time.time(), self._where)
            self.say(Content.styled(set_cell_size(f" {text}", self.size.width), "$text-warning"))
            return
        health = f"{health_text(self._health)} "
        room = max(0, self.size.width - cell_len(health))
        if self._being_done:
            self.say(
                Content.styled(set_cell_size(f" {self._being_done}", room), "$text-primary") + Content(health)
            )
            return
        if self._health.notice:
            # The end of a long notice goes before the state does.
            notice = Content.styled(set_cell_size(f" {self._health.notice}", room), "$text-warning")
            self.say(notice + Content(health))
            return
        shown = f" {self._hints}"
        while "  " in shown and cell_len(shown) + 2 > room:
            shown = shown.rpartition("  ")[0]
        if cell_len(shown) + 2 > room:
            shown = set_cell_size(shown, max(0, room - 3)) + "…"
        self.say(Content(set_cell_size(shown, room) + health))


def silence_text(seconds: float, health: Health, now: float, where: str = "") -> str:
    """Return that the file system has not answered for so many seconds, and what that means for the rows."""
    which = f" of {where}" if where else ""
    text = f"the file system{which} has not answered for {duration_text(seconds)}; "
    if health.phase in (SyncPhase.LISTING, SyncPhase.READING) and not health.read:
        return text + ("what is shown was known last" if health.total else "waiting for it")
    return text + f"what is shown is from {time.strftime('%H:%M:%S', time.localtime(now - seconds))}"


def health_text(health: Health) -> str:
    """Return in a few words how the picture is kept fresh."""
    if health.phase is SyncPhase.LISTING:
        return "listing the directory…"
    if health.phase is SyncPhase.READING:
        return f"reading {health.read:,} of {health.total:,}…"
    if health.phase is SyncPhase.UNREACHABLE:
        return ""
    how = "by events" if health.by_events else "polling"
    text = f"live: {health.watched} {how}"
    if health.swept:
        text += f" · {health.swept:,} swept every {duration_text(health.sweep_interval)}"
    return text
