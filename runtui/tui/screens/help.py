"""The help: all keys, generated from the table of actions."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from runtui.catalog.columns import STATUS_SIGNS
from runtui.render.styled import StyledLine, StyledText
from runtui.tui.actions import (
    NO_KEYS,
    Keys,
    Place,
    actions_of,
    bindings_of,
    key_of,
    shown_keys,
    with_keys,
)
from runtui.tui.widgets.lines_view import LinesView, line_width

_KEYS_CELLS = 22


class HelpText(LinesView):
    """All keys, by place."""

    def __init__(self, keys: Keys, freshness: str) -> None:
        super().__init__(id="help")
        self._keys = keys
        self._lines = help_lines(keys, freshness)

    def on_mount(self) -> None:
        self.border_title = Content("Keys")
        self.border_subtitle = Content(f"{key_of('close_help', self._keys)} close")
        self.set_extent(max(map(line_width, self._lines)))

    def line_count(self) -> int:
        return len(self._lines)

    def line_at(self, place: int) -> StyledLine:
        return self._lines[place]


class HelpScreen(ModalScreen[None]):
    """Shows all keys.

    Args:
        keys: The keys that the user remapped.
        freshness: How changes of runs are noticed, in a few words.
    """

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.HELP)

    def __init__(self, keys: Keys = NO_KEYS, freshness: str = "") -> None:
        super().__init__()
        self._keys = keys
        self._freshness = freshness

    def compose(self) -> ComposeResult:
        yield HelpText(self._keys, self._freshness)

    def action_close_help(self) -> None:
        self.dismiss(None)


def help_lines(keys: Keys, freshness: str = "") -> list[StyledLine]:
    """Return the help as lines.

    Args:
        keys: The keys that the user remapped.
        freshness: How changes of runs are noticed, in a few words; ``""`` omits it.
    """
    lines: list[StyledLine] = []
    for place in Place:
        lines += [(StyledText(place.value, "heading"),)]
        for action in actions_of(place):
            lines.append(
                (
                    StyledText(f"  {shown_keys(action, keys):<{_KEYS_CELLS}}", "label"),
                    StyledText(action.title),
                )
            )
            if action.help:
                lines.append(
                    (StyledText(" " * (_KEYS_CELLS + 2)), StyledText(with_keys(action.help, keys), "dim"))
                )
        lines.append(())
    lines.append((StyledText("Signs", "heading"),))
    lines += [
        (StyledText(f"  {sign:<{_KEYS_CELLS}}", "label"), StyledText(status))
        for status, sign in STATUS_SIGNS.items()
    ]
    lines += [
        (StyledText(f"  {'?':<{_KEYS_CELLS}}", "label"), StyledText("says it is running, but looks dead")),
        (StyledText(f"  {'!':<{_KEYS_CELLS}}", "label"), StyledText("its metadata.json cannot be read")),
        (
            StyledText(f"  {'~':<{_KEYS_CELLS}}", "label"),
            StyledText("date of the file; the run has none"),
        ),
    ]
    if freshness:
        lines += [(), (StyledText("Updates", "heading"),), (StyledText(f"  {freshness}"),)]
    return lines
