"""The filter line: narrows the runs down while it is being typed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from runtui.catalog.query import EVERYTHING, Query, QueryError, parse_query


class FilterBar(Horizontal):
    """A line to type a query in, with what is wrong with it beside it.

    Args:
        home: What gets the focus when the user is done.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cancel", "clear the filter", show=False, priority=True),
        Binding("enter,down", "accept", "to the table", show=False, priority=True),
    ]

    @dataclass
    class Changed(Message):
        """The query was changed to one that can be understood."""

        query: Query

    def __init__(self, home: Widget) -> None:
        super().__init__(id="filter")
        self._home = home
        self._query = EVERYTHING
        self._line = Input(
            placeholder="words  -word  status:failed  tag:prod  user:me", id="filter-line", compact=True
        )
        self._line.cursor_blink = False
        self._problem = Static("", id="filter-problem", markup=False)

    def compose(self) -> ComposeResult:
        yield Static("/", id="filter-sign")
        yield self._line
        yield self._problem

    def open(self) -> None:
        """Show the line and let the user type."""
        self.display = True
        # At once, not with the next refresh as focus() does: the next key may have been typed already.
        self.screen.set_focus(self._line)

    def clear(self) -> None:
        """Empty the line, so that everything is shown, and put it away."""
        self._line.value = ""
        self.display = False

    @on(Input.Changed)
    def _narrow_down(self, event: Input.Changed) -> None:
        event.stop()
        try:
            query = parse_query(event.value)
        except QueryError as error:
            self._problem.update(Content(f"at {error.position + 1}: {error}"))
            return
        self._problem.update(Content(""))
        if query.text != self._query.text:
            self._query = query
            self.post_message(self.Changed(query))

    def action_accept(self) -> None:
        """Keep the filter and go back to the table."""
        if not self._line.value:
            self.display = False
        self.screen.set_focus(self._home)

    def action_cancel(self) -> None:
        """Clear the filter and go back to the table."""
        self.clear()
        self.screen.set_focus(self._home)
