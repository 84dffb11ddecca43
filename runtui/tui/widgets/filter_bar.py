"""The filter line: filters the runs while the user types."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester, SuggestionReady
from textual.widgets import Input, Static
from textual.widgets.input import Selection

from runtui.catalog.query.completion import Completion, Vocabulary, complete, hint, vocabulary_of
from runtui.catalog.query.history import add_to_history, history_path, read_history, with_newest
from runtui.catalog.query.query import EVERYTHING, Query, QueryError, parse_query
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.widgets.detail_pane import DetailPane
from runtui.tui.widgets.runs_table import RunsTable

_FAULT = "filter-bar--fault"
_CHOSEN = "filter-bar--chosen"
_COUNT = "filter-bar--count"


class FilterBar(Vertical):
    """A line to type a query in; below it are completions, or the position and cause of an error.

    Tab inserts a completion, and again the next one; up and down go through earlier queries.

    Args:
        home: The table, which has the runs, and gets the focus when the user is done.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {_FAULT, _CHOSEN, _COUNT}
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.FILTER)

    @dataclass
    class Changed(Message):
        """The query changed, and the new one is valid.

        `Query.keys` are the keys that runs must be read with so that they can match.
        """

        query: Query

    def __init__(self, home: RunsTable) -> None:
        super().__init__(id="filter")
        self._home = home
        self._query = EVERYTHING
        self._read: tuple[str, Query | QueryError] = ("", EVERYTHING)
        self._line = Input(
            placeholder="words  -word  status:failed  tag:prod  user:me  age<2d  beta>=0.3",
            id="filter-line",
            compact=True,
            select_on_focus=False,
            highlighter=_FaultMarker(self),
            suggester=_Continuation(self),
        )
        self._line.cursor_blink = False
        self._note = Static("", id="filter-note", markup=False)
        self._vocabulary = Vocabulary()
        self._completed: tuple[tuple[str, int, Vocabulary], Completion] | None = None
        self._own_keys: set[str] = set()
        self._taken: _InsertedCompletion | None = None
        self._background: Background | None = None
        self._history = _History()

    def compose(self) -> ComposeResult:
        with Horizontal(id="filter-row"):
            yield Static("/", id="filter-sign")
            yield self._line
        yield self._note

    def on_unmount(self) -> None:
        if self._background is not None:
            self._background.stop()

    def open(self) -> None:
        """Show the line and let the user type."""
        self.display = True
        # Immediately, and not at the next refresh as focus() does: the next key may have been typed already.
        self.screen.set_focus(self._line)
        # Typing replaces the earlier filter; a key that moves keeps it.
        self._line.selection = Selection(0, len(self._line.value))
        self._learn()

    def show(self, query: Query) -> None:
        """Show the current query in the line, without giving it the focus."""
        self._query = query
        self._line.value = query.text
        self._line.cursor_position = len(query.text)
        self.display = bool(query.text)

    def clear(self) -> None:
        """Empty the line, so that all runs are shown, and hide it."""
        self._line.value = ""
        self.display = False

    def reading(self, text: str) -> Query | QueryError:
        """Parse a text as a query; return the query or the error."""
        if self._read[0] != text:
            try:
                self._read = (text, parse_query(text))
            except QueryError as error:
                self._read = (text, error)
        return self._read[1]

    def completion(self) -> Completion:
        """Return the completions at the cursor."""
        asked = (self._line.value, self._line.cursor_position, self._vocabulary)
        # Cached, because it is needed several times for each key, and is slow when there are very many tags.
        if self._completed is None or self._completed[0] != asked:
            self._completed = (asked, complete(*asked))
        return self._completed[1]

    def suggestion(self, value: str) -> str | None:
        """Return a text with the completion that Tab would add at its end, or None if there is none."""
        completion = self.completion()
        added = completion.continuation(value)
        return value + added if added and completion.end == len(value) else None

    # Vocabulary

    def _learn(self) -> None:
        """Count the values of the runs and read the earlier queries, in the background."""
        if self._background is None:
            self._background = Background(self)
            path = history_path()
            if path is not None:
                self._history.path = path
                self._background.submit("history", partial(read_history, path), self._history.begin_with)
        for pane in self.screen.query(DetailPane):
            self._own_keys |= pane.own_keys
        count = partial(vocabulary_of, list(self._home.runs.values()), frozenset(self._own_keys))
        self._background.submit("vocabulary", count, self._take_in)

    def add_keys(self, keys: Iterable[str]) -> None:
        """Offer further keys of runs as completions."""
        if not self._own_keys.issuperset(keys):
            self._own_keys.update(keys)
            self._learn()

    def _take_in(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._show_note()
        # Input asks for a suggestion only when its text changes, which may have been before there was any.
        value = self._line.value
        if suggestion := self.suggestion(value):
            self._line.post_message(SuggestionReady(value, suggestion))

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    # Typing

    @on(Input.Changed)
    def _narrow_down(self, event: Input.Changed) -> None:
        event.stop()
        self._show_note()
        query = self.reading(event.value)
        if isinstance(query, Query) and query.text != self._query.text:
            self._query = query
            self.post_message(self.Changed(query))

    def on_descendant_focus(self, _event: events.DescendantFocus) -> None:
        self.add_class("-used")
        self._show_note()

    def on_descendant_blur(self, _event: events.DescendantBlur) -> None:
        self.remove_class("-used")

    def _show_note(self) -> None:
        """Show the error, or else completions or corrections, below the line."""
        text = self._line.value
        reading = self.reading(text)
        completion, chosen = self._offer()
        is_wrong = isinstance(reading, QueryError)
        if is_wrong and self._is_unfinished(reading) and completion.candidates:
            is_wrong = False
        self._note.set_class(is_wrong, "-fault")
        if is_wrong:
            assert isinstance(reading, QueryError)
            self._note.update(Content(f"at {reading.position + 1}: {reading}"))
        elif completion.candidates:
            self._note.update(self._listed(completion, chosen))
        else:
            self._note.update(Content(safe_text(hint(text, self._vocabulary)) if text else ""))

    def _is_unfinished(self, reading: Query | QueryError) -> bool:
        """Return whether the only error is that the end has not been typed yet."""
        cursor = self._line.cursor_position
        return isinstance(reading, QueryError) and not reading.length and reading.position == cursor

    def _listed(self, completion: Completion, chosen: int | None) -> Content:
        parts = [Content("Tab ")]
        chosen_style = self.get_visual_style(_CHOSEN, partial=True)
        count_style = self.get_visual_style(_COUNT, partial=True)
        room = self.size.width
        for place, candidate in enumerate(completion.candidates):
            text = safe_text(candidate.text)
            parts.append(Content.styled(text, chosen_style) if place == (chosen or 0) else Content(text))
            if candidate.count:
                parts.append(Content.styled(f" {candidate.count}", count_style))
            parts.append(Content("  "))
            room -= len(candidate.text) + 4
            if room < 0:
                break
        return Content("").join(parts)

    # Keys

    def action_accept_filter(self) -> None:
        """Keep the filter, and return to the table."""
        text = self._line.value
        if not text:
            self.display = False
        elif isinstance(self.reading(text), Query) and text.strip() and self._history.add(text.strip()):
            path = self._history.path
            if self._background is not None and path is not None:
                # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
                self._background.submit(f"keep {text}", partial(add_to_history, path, text.strip()), _kept)
        self.screen.set_focus(self._home)

    def action_cancel_filter(self) -> None:
        """Clear the filter, and return to the table."""
        self.clear()
        self.screen.set_focus(self._home)

    def action_complete_filter(self) -> None:
        self._complete(1)

    def action_complete_back(self) -> None:
        self._complete(-1)

    def _complete(self, step: int) -> None:
        """Insert a completion; right afterwards, replace it by the next or previous one."""
        completion, chosen = self._offer()
        if not completion.candidates:
            return
        base = self._line.value
        if chosen is None:
            chosen = 0 if step > 0 else len(completion.candidates) - 1
        else:
            assert self._taken is not None
            base = self._taken.base
            chosen = (chosen + step) % len(completion.candidates)
        text = completion.apply(base, chosen)
        self._taken = _InsertedCompletion(base, completion, chosen, text)
        self._write(text, completion.start + len(completion.candidates[chosen].text))

    def _offer(self) -> tuple[Completion, int | None]:
        """Return the completions, and the place of the one just inserted."""
        completion = self.completion()
        taken = self._taken
        if taken is None or self._line.value != taken.text:
            return completion, None
        if completion.candidates and completion.start != taken.completion.start:
            return completion, None  # a key was inserted, and now its values are offered
        return taken.completion, taken.place

    def action_earlier_filter(self) -> None:
        """Show the previous query."""
        text = self._history.earlier(self._line.value)
        if text is not None:
            self._write(text, len(text))

    def action_later_filter(self) -> None:
        """Show the next query; after the newest, return to the table."""
        text = self._history.later(self._line.value)
        if text is None:
            self.action_accept_filter()
        else:
            self._write(text, len(text))

    def _write(self, text: str, cursor: int) -> None:
        self._line.value = text
        self._line.cursor_position = cursor


def _kept(_is_kept: bool) -> None:
    """Ignore that a query could not be saved for later sessions."""


@dataclass(frozen=True, slots=True)
class _InsertedCompletion:
    """An inserted completion: the text before, the candidate's place, and the text with it."""

    base: str
    completion: Completion
    place: int
    text: str


class _History:
    """The earlier queries, and the one that the line shows."""

    def __init__(self) -> None:
        self.path: str | None = None
        self._entries: list[str] = []
        self._place: int | None = None
        self._draft = ""

    def begin_with(self, entries: list[str]) -> None:
        """Put the queries of earlier sessions before those of this one."""
        self._entries = with_newest([*entries, *self._entries])

    def add(self, text: str) -> bool:
        """Make a query the newest one; return whether it was another one before."""
        self._place = None
        if self._entries[-1:] == [text]:
            return False
        self._entries = with_newest([*self._entries, text])
        return True

    def earlier(self, text: str) -> str | None:
        """Return the query before the one that the line shows, or None if there is none."""
        place = self._place_of(text)
        if place is None:
            self._draft, place = text, len(self._entries)
        while place > 0:
            place -= 1
            if self._entries[place] != text:
                self._place = place
                return self._entries[place]
        return None

    def later(self, text: str) -> str | None:
        """Return the query after the one that the line shows, or None if it shows none of them."""
        place = self._place_of(text)
        if place is None:
            return None
        if place + 1 < len(self._entries):
            self._place = place + 1
            return self._entries[place + 1]
        self._place = None
        return self._draft

    def _place_of(self, text: str) -> int | None:
        place = self._place
        if place is not None and place < len(self._entries) and self._entries[place] == text:
            return place
        return None


class _FaultMarker(Highlighter):
    """Marks an error in the line."""

    def __init__(self, bar: FilterBar) -> None:
        self._bar = bar

    def highlight(self, text: Text) -> None:
        error = self._bar.reading(text.plain)
        if isinstance(error, QueryError):
            begin, end = error.position, error.position + error.length
            if begin == end:  # something is missing here: mark the word that it belongs to
                begin = text.plain.rfind(" ", 0, begin) + 1
            text.stylize(self._bar.get_component_rich_style(_FAULT, partial=True), begin, end)


class _Continuation(Suggester):
    """Shows the completion that Tab would add behind the cursor."""

    def __init__(self, bar: FilterBar) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._bar = bar

    async def get_suggestion(self, value: str) -> str | None:
        return self._bar.suggestion(value)
