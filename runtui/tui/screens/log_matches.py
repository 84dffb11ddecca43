"""The screen of a search in the logs of all runs: matches below their runs, as they come."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from runtui import logs
from runtui.catalog.columns import status_text
from runtui.catalog.reasons import reason_cell
from runtui.logs.search.run_matches import MatchedLine
from runtui.operations.found_matches import FoundMatches, FoundRun
from runtui.operations.runs_search import match_count
from runtui.render.styled import StyledLine, StyledText, status_style
from runtui.store.errors import explain
from runtui.store.record import RunRecord
from runtui.text.format import run_count, short_id, size_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place, key_of
from runtui.tui.dialogs.list_dialog import LazyRows
from runtui.tui.screens.results import ResultsScreen, results_bindings
from runtui.tui.widgets.row_list import RowList

_UPDATE_SECONDS = 0.1
_MOST_LINES_AT_ONCE = 1000  # lines taken in one update, which takes a few milliseconds
_LONG_SILENCE_SECONDS = 3.0
_ADVICE = "Words or a regular expression; capitals make it case-sensitive."
_LOG_CELLS = 28
_STATUS_CELLS = 14
_MARGIN_CELLS = 6  # of the list and its cursor
_CLOCK_CHARACTERS = 40  # of a line in which its time is looked for


ShowRuns = Callable[[Sequence[RunRecord]], object]
"""Shows only these runs in the table, soon."""


@dataclass
class MatchesState:
    """State that outlives the screen, so that the user finds it as it was left.

    Attributes:
        found: The last search; None before the first.
        is_folded: Whether only runs are listed.
        cursor: The row under the cursor: a run's place, and a line or -1 for the run itself.
    """

    found: FoundMatches | None = None
    is_folded: bool = False
    cursor: tuple[int, int] = (0, -1)


@dataclass
class _Rows:
    """Rows of the list: the runs and, for each, the row of its heading."""

    found: list[FoundRun] = field(default_factory=list)
    headings: list[int] = field(default_factory=list)
    count: int = 0


class LogMatchesScreen(ResultsScreen):
    """Searches in the logs of runs.

    Args:
        state: What was found before, kept by the caller.
        scope: The runs to be searched, in words.
        search: Begins a search for a pattern; called in the background. Raises `PatternError` or `OSError`.
        open_line: Opens the log of a run at a line.
        show_runs: Shows only these runs in the table.
        keys: The keys that the user remapped.
        is_return: Whether the user comes back from a log, and so types nothing.
    """

    PLACE = Place.MATCHES
    BINDINGS: ClassVar[list[BindingType]] = results_bindings(Place.MATCHES)

    def __init__(
        self,
        state: MatchesState,
        scope: str,
        search: Callable[[str], FoundMatches],
        open_line: Callable[[str, MatchedLine], None],
        show_runs: ShowRuns,
        keys: Keys,
        *,
        is_return: bool = False,
    ) -> None:
        super().__init__(keys)
        self._state = state
        self._scope = scope
        self._search = search
        self._open_line = open_line
        self._show_runs = show_runs
        self._is_return = is_return
        self._is_starting = False
        self._list = RowList(_ADVICE, id="matches")
        self._note = Static("", id="matches-note", markup=False)
        self._rows = _Rows()
        self._cells: dict[int, tuple[int, int]] = {}  # of a run's lines, how many they are and their width
        self._told = ("", "")

    def body(self) -> RowList:
        return self._list

    def compose(self) -> ComposeResult:
        title, *rest = super().compose()
        yield title
        yield self._note
        yield from rest

    def read(self) -> None:
        """Show what was found before, and let the user type what to look for."""
        if self._state.found is not None:
            self.call_after_refresh(self._list_matches)  # as high as the list is, so that it scrolls right
        self.show_state()
        if not self._is_return:
            self.action_new_search()

    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(_UPDATE_SECONDS, self._update)

    # Searching

    def action_new_search(self) -> None:
        """Let the user type what to look for."""
        self._ask("")

    def _ask(self, text: str) -> None:
        self.ask(f"search the logs of {self._scope}:", text, self._begin)

    def action_read_again(self) -> None:
        """Do the last search again."""
        if self._state.found is not None:
            self._begin(self._state.found.pattern)

    def _go_back_to_body(self) -> None:
        super()._go_back_to_body()
        self.call_later(self._leave_if_idle)

    def _leave_if_idle(self) -> None:
        if self._state.found is None and not self._is_starting and not self._prompt.display:
            self.dismiss()

    def _begin(self, text: str) -> None:
        try:
            logs.compile_pattern(text)
        except logs.PatternError as error:
            self._ask(text)
            self.say(safe_text(str(error)))
            return
        if self._state.found is not None:
            self._state.found.cancel()
        self._is_starting = True
        self.background.submit("search", partial(_tried, self._search, text), self._take)

    def _take(self, found: FoundMatches | str) -> None:
        self._is_starting = False
        if isinstance(found, str):
            self.say(found)
            return
        self._state.found = found
        self._state.cursor = (0, -1)
        self._rows = _Rows()
        self._cells.clear()
        self._list_matches()
        self.show_state()

    def _update(self) -> None:
        found = self._state.found
        if found is None or not found.is_searching:
            return
        if found.update(_MOST_LINES_AT_ONCE) or not found.is_searching:
            self._list_matches()
        self.show_state()

    def action_leave(self) -> None:
        """Cancel the search, or else close the screen."""
        found = self._state.found
        if found is not None and found.is_searching:
            found.cancel()
            self._list_matches()
            self.show_state()
        else:
            self._note_cursor()
            super().action_leave()

    def show_state(self) -> None:
        """Show how far the search has come, and what was not read."""
        found = self._state.found
        if found is None:
            title, note = "Search all logs", ""
        else:
            title = _title(found)
            note = found.problems()
            silence = found.silence()
            if silence > _LONG_SILENCE_SECONDS:
                note = f"no answer from the file system for {silence:.0f} s"
        if (title, note) != self._told:
            self._told = title, note
            self.show_title(title)
            self._note.display = bool(note)
            self._note.update(Content(f" {note}"))

    # The list

    def _list_matches(self) -> None:
        """List what was found; the cursor stays on its row while others come before it."""
        found = self._state.found
        assert found is not None
        is_at_top = self._rows.count > 0 and self._list.cursor == 0
        if self._rows.count:
            self._note_cursor()
        place, line = self._state.cursor
        rows = _Rows(list(found.found))
        for run in rows.found:
            rows.headings.append(rows.count)
            rows.count += 1 if self._state.is_folded else 1 + len(run.lines)
        self._rows = rows
        self._list.show(LazyRows(rows.count, self._row_at), self._empty_text())
        here = bisect_left(rows.found, place, key=lambda run: run.place)
        if here < len(rows.found) and not is_at_top:
            self._list.move_to(rows.headings[here] + (0 if self._state.is_folded else line + 1))

    def _empty_text(self) -> str:
        found = self._state.found
        if found is None or found.is_searching:
            return "searching…"
        return "no match found so far" if found.is_cancelled else "no match"

    def _note_cursor(self) -> None:
        at = self._at(self._list.cursor)
        if at is not None:
            self._state.cursor = (at[0].place, at[1])

    def _at(self, row: int) -> tuple[FoundRun, int] | None:
        """Return the run at a row, and the line, or -1 for its heading."""
        if row >= self._rows.count:
            return None
        number = bisect_left(self._rows.headings, row + 1) - 1
        return self._rows.found[number], row - self._rows.headings[number] - 1

    def _row_at(self, row: int) -> StyledLine:
        at = self._at(row)
        if at is None:
            return ()
        run, line = at
        if line < 0:
            return _heading(run)
        return _line_row(run.lines[line], self._place_cells(run), self._list.size.width - _MARGIN_CELLS)

    def _place_cells(self, run: FoundRun) -> int:
        """Return the width of the longest place of a run's lines."""
        known = self._cells.get(run.place)
        if known is None or known[0] != len(run.lines):
            known = len(run.lines), max(len(_place_text(line)) for line in run.lines)
            self._cells[run.place] = known
        return known[1]

    def action_fold_matches(self) -> None:
        """List only runs, or their lines, too."""
        self._state.is_folded = not self._state.is_folded
        if self._state.found is not None:
            self._list_matches()

    def action_next_found(self) -> None:
        """Go to the next run."""
        after = [row for row in self._rows.headings if row > self._list.cursor]
        if after:
            self._list.move_to(after[0])

    def action_previous_found(self) -> None:
        """Go to the run before."""
        before = [row for row in self._rows.headings if row < self._list.cursor]
        if before:
            self._list.move_to(before[-1])

    # Leaving with a result

    def action_open_match(self) -> None:
        """Open the log at the line under the cursor, or at the first match of the run."""
        self._note_cursor()
        at = self._at(self._list.cursor)
        if at is None:
            return
        run, line = at
        if not run.lines:
            self.say(f"no line of this run is listed; {key_of('new_search', self.keys)} a narrower search")
            return
        self.dismiss()
        self._open_line(run.run.name, run.lines[max(0, line)])

    def action_show_found_runs(self) -> None:
        """Show only the runs with matches in the table."""
        if self._rows.found:
            self._note_cursor()
            self.dismiss()
            self._show_runs([found.run for found in self._rows.found])


def _tried(search: Callable[[str], FoundMatches], text: str) -> FoundMatches | str:
    try:
        return search(text)
    except logs.PatternError as error:
        return safe_text(str(error))
    except OSError as error:
        return safe_text(f"not searched: {explain(error)}")


def _title(found: FoundMatches) -> str:
    said = [safe_text(found.pattern, 30), f"{match_count(found.total)} in {run_count(len(found.found))}"]
    if found.is_searching:
        said.append(f"searching… {found.searched:,} of {run_count(found.of)}")
    elif found.is_cancelled:
        said.append(f"cancelled after {found.searched:,} of {run_count(found.of)}")
    else:
        said.append(f"{run_count(found.of)} searched")
    said.append(size_text(found.size))
    return " · ".join(said)


def _heading(found: FoundRun) -> StyledLine:
    run = found.run
    why = (reason_cell(run) if run.is_failed else "") or run.description
    return (
        StyledText(f"{safe_text(short_id(run.run_id))}  ", "heading"),
        StyledText(f"{status_text(run):<{_STATUS_CELLS}}  ", status_style(run)),
        StyledText(f"{match_count(found.total, is_cut=found.is_cut):<12}  ", "label"),
        StyledText(safe_text(why), "dim"),
    )


def _line_row(line: MatchedLine, place_cells: int, width: int) -> StyledLine:
    """Return the row of a line, from shortly before its match where the beginning leaves no room for that."""
    before = f"  {_place_text(line):<{place_cells}}  {_clock_text(line)}"
    text, spans = line.text, line.spans
    room = width - len(before)
    if spans and spans[0][1] > room:
        cut = max(0, spans[0][0] - room // 4)
        text = f"…{text[cut:]}"
        spans = tuple((begin - cut + 1, end - cut + 1) for begin, end in spans)
    pieces, place = [StyledText(before, "dim")], 0
    for begin, end in spans:
        pieces += [StyledText(text[place:begin]), StyledText(text[begin:end], "warning")]
        place = end
    return (*pieces, StyledText(text[place:]))


def _place_text(line: MatchedLine) -> str:
    """Return a line's log and number, with the end of a long path."""
    name = safe_text(line.log.removeprefix("logs/"), 200)
    shown = name if len(name) <= _LOG_CELLS else f"…{name[1 - _LOG_CELLS :]}"
    return f"{shown}:{line.number}"


def _clock_text(line: MatchedLine) -> str:
    """Return the time of a line whose text does not begin with it as people write it."""
    if line.time is None:
        return ""
    clock = time.strftime("%H:%M:%S", time.localtime(line.time))
    minutes = clock[2:]
    return "" if minutes in line.text[:_CLOCK_CHARACTERS] else f"{clock}  "
