"""The dialogs for the note of runs, in several lines, and for their description, in one."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static, TextArea

from runtui.store.notes import MOST_NOTE_CHARACTERS, note_text, tidy_note
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.text.sanitize import safe_lines
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.dialog import Dialog
from runtui.tui.dialogs.titles import runs_in_title

_MOST_PASTED_LINES = 10_000


class NoteScreen(Dialog[str]):
    """Lets the user write a note about runs. Returns the text, ``""`` to remove the note.

    Args:
        runs: The runs. If they have one note in common, it is there to be edited.
    """

    CSS_PATH = "noting.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.NOTE)
    HINT = "{key:save_note} save  {key:leave_note} cancel"

    def __init__(self, runs: Collection[RunRecord]) -> None:
        super().__init__()
        self._title = f"Note on {runs_in_title(runs, is_described=True)}"
        notes = {run.note for run in runs}
        self._replaced = sum(run.note != "" for run in runs) if len(notes) > 1 else 0
        self._before = note_text(notes.pop()) if len(notes) == 1 else ""
        self._area = _NoteArea(self._before, id="note-area", soft_wrap=True, compact=True)
        self._hint = Static(id="note-hint", markup=False)
        self._is_leaving = False

    def compose(self) -> ComposeResult:
        with Vertical(id="note-box") as box:
            box.border_title = Content(self._title)
            yield self._area
            yield self._hint

    def on_mount(self) -> None:
        self._area.cursor_blink = False
        self._area.highlight_cursor_line = False
        self._area.move_cursor(self._area.document.end)
        self._area.focus()
        self._say()

    def _say(self, text: str = "") -> None:
        replaced = f"replaces the notes of {run_count(self._replaced)}\n" if self._replaced else ""
        self._hint.update(Content(text or f"{replaced}{self.keys_hint}"))

    def on_text_area_changed(self) -> None:
        if self._is_leaving:
            self._is_leaving = False
            self._say()

    def action_save_note(self) -> None:
        text = tidy_note(self._area.text)
        if len(text) > MOST_NOTE_CHARACTERS:
            self._say(f"{len(text):,} characters; a note has at most {MOST_NOTE_CHARACTERS:,}")
        elif text == self._before and not self._replaced:
            self.dismiss(None)
        else:
            self.dismiss(text)

    def action_leave_note(self) -> None:
        if self._is_leaving or tidy_note(self._area.text) == self._before:
            self.dismiss(None)
            return
        self._is_leaving = True
        self._say(f"not saved: {self.key('leave_note')} again discards it  {self.key('save_note')} save")


class _NoteArea(TextArea):
    """The text area, into which control characters cannot be pasted."""

    def on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        text = event.text.replace("\r\n", "\n").replace("\r", "\n")
        self.insert("\n".join(safe_lines(text, _MOST_PASTED_LINES)))


class DescribeScreen(Dialog[str]):
    """Lets the user change the description of runs. Returns the text.

    Args:
        runs: The runs. If they have one description in common, it is there to be edited.
    """

    CSS_PATH = "noting.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.PROMPT)
    HINT = "{key:submit_prompt} apply  {key:cancel_prompt} cancel"

    def __init__(self, runs: Collection[RunRecord]) -> None:
        super().__init__()
        self._title = f"Description of {runs_in_title(runs)}"
        found = {run.description for run in runs}
        self._before = found.pop() if len(found) == 1 else None
        self._line = Input(self._before or "", id="describe-line", compact=True, select_on_focus=False)
        self._hint = Static(id="note-hint", markup=False)

    def compose(self) -> ComposeResult:
        with Vertical(id="note-box") as box:
            box.border_title = Content(self._title)
            yield self._line
            yield self._hint

    def on_mount(self) -> None:
        self._line.cursor_blink = False
        self._line.focus()
        self._hint.update(Content(self.keys_hint))

    def action_submit_prompt(self) -> None:
        text = " ".join(self._line.value.split())
        self.dismiss(None if text == self._before else text)

    def action_cancel_prompt(self) -> None:
        self.dismiss(None)
