"""The help: all keys, generated from the table of actions."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen

from runtui.catalog.columns import STATUS_SIGNS
from runtui.render.styled import StyledLine, StyledText
from runtui.text.sanitize import safe_text
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
from runtui.tui.widgets.line_prompt import LinePrompt
from runtui.tui.widgets.lines_view import LinesView, line_width, wrapped

_KEYS_CELLS = 22
_LONGEST_SAID = 40  # characters
_HELP_ACTIONS = frozenset(action.name for action in actions_of(Place.HELP))


_TEN_KEYS = (
    ("help", "this help; in it, {key:find_in_help} searches"),
    ("next_failed", "the next open failure; in its log, {key:next_error} goes on to its next error"),
    ("inbox", "the inbox: failures by reason, and what to do about them"),
    ("filter", "filter the runs: status:failed age<12h beta>=0.3 reason:oom"),
    ("show_log", "the log of the run at full height; {key:back} goes back"),
    ("search_logs", "search the logs of all runs that the filter shows"),
    ("tag", "tag the selected runs; {key:select_run} selects one, {key:select_all} all"),
    ("resume", "resume from a checkpoint; {key:rerun} runs again from the start"),
    ("plot", "plot metrics; {key:compare} compares the selected runs"),
    ("undo", "take back the last change; {key:quit} closes what is open, then quits"),
)
"""The actions of the first page, with what they are for."""


class HelpText(LinesView):
    """All keys, by place, folded to the width.

    Args:
        keys: The keys that the user remapped.
        freshness: How changes of runs are noticed, in a few words.
        place: Where the user is: it is shown first, unless that is the table.
    """

    def __init__(self, keys: Keys, freshness: str, place: Place) -> None:
        super().__init__(id="help")
        self._keys = keys
        self._all = self._lines = help_lines(keys, freshness)
        self._place = place
        self._pattern = ""
        self._found = -1

    def on_mount(self) -> None:
        self.border_title = Content("Keys")
        self._say("")
        # Before its width is known: the next key may go to the end already.
        self.set_extent(max(map(line_width, self._lines)))

    def on_resize(self) -> None:
        """Fold the lines to the width, and begin where the user is."""
        is_first, is_at_end = self._lines is self._all, self.scroll_offset.y > 0
        self._lines = [line for whole in self._all for line in wrapped(whole, max(1, self.size.width))]
        self.set_extent(max(map(line_width, self._lines)))
        if is_first and is_at_end:
            self.scroll_end(animate=False, force=True)
        elif is_first and self._place not in (Place.BROWSER, Place.TABLE):
            heading = (StyledText(self._place.value, "heading"),)
            self.scroll_to(y=self._lines.index(heading), animate=False, force=True)

    def line_count(self) -> int:
        return len(self._lines)

    def line_at(self, place: int) -> StyledLine:
        line = self._lines[place]
        if place != self._found:
            return line
        return tuple(StyledText(span.text, "warning") for span in line)

    def find(self, pattern: str, *, forward: bool = True) -> None:
        """Go to the next line with a text, or, without one, with the one that was looked for last."""
        is_new = bool(pattern)
        self._pattern = pattern.casefold() or self._pattern
        if not self._pattern:
            return
        count = len(self._lines)
        step = 1 if forward else -1
        first = self.scroll_offset.y if is_new else self._found + step
        for place in ((first + step * number) % count for number in range(count)):
            if self._pattern in "".join(span.text for span in self._lines[place]).casefold():
                self._found = place
                self.scroll_to(y=max(0, place - 2), animate=False, force=True)
                self._say("")
                self.refresh()
                return
        self._found = -1
        self.refresh()
        self._say(f"no key for {pattern or self._pattern}  ")

    def _say(self, text: str) -> None:
        keys = f"{key_of('find_in_help', self._keys)} search  {key_of('close_help', self._keys)} close"
        self.border_subtitle = Content(safe_text(text, _LONGEST_SAID) + keys)


class HelpScreen(ModalScreen[None]):
    """Shows all keys.

    Args:
        keys: The keys that the user remapped.
        freshness: How changes of runs are noticed, in a few words.
        place: Where the user is.
    """

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.HELP)

    def __init__(self, keys: Keys = NO_KEYS, freshness: str = "", place: Place = Place.BROWSER) -> None:
        super().__init__()
        self._keys = keys
        self._text = HelpText(keys, freshness, place)
        self._prompt = LinePrompt(self._go_back)

    def compose(self) -> ComposeResult:
        # Not within another widget: the text is to have the focus when the next key arrives.
        yield self._text
        yield self._prompt

    def _go_back(self) -> None:
        self.set_focus(self._text)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        # While one types, letters are text.
        return not (self._prompt.display and action in _HELP_ACTIONS)

    def action_close_help(self) -> None:
        self.dismiss(None)

    def action_find_in_help(self) -> None:
        """Ask for a text, and go to the first line with it."""
        self._prompt.ask("search", "", self._text.find)

    def action_find_next_in_help(self) -> None:
        self._text.find("")

    def action_find_previous_in_help(self) -> None:
        self._text.find("", forward=False)


def help_lines(keys: Keys, freshness: str = "") -> list[StyledLine]:
    """Return the help as lines.

    Args:
        keys: The keys that the user remapped.
        freshness: How changes of runs are noticed, in a few words; ``""`` omits it.
    """
    lines: list[StyledLine] = [(StyledText("The ten keys you need", "heading"),)]
    lines += [
        (
            StyledText(f"  {key_of(name, keys):<{_KEYS_CELLS}}", "label"),
            StyledText(with_keys(text, keys)),
        )
        for name, text in _TEN_KEYS
    ]
    lines.append(())
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
