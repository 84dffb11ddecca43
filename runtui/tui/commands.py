"""The command palette: what can be done now, from the table of actions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from textual.await_complete import AwaitComplete
from textual.command import CommandPalette, DiscoveryHit, Hit, Hits, Provider

from runtui.tui.actions import ACTIONS, Action, actions_of, keys_in, shown_keys, with_keys
from runtui.tui.screens.browser import BrowserScreen
from runtui.tui.screens.results import ResultsScreen

_THEME, _THEME_HELP = "choose the theme", "Colours; the choice is saved in the settings."


class Palette(CommandPalette):
    """A palette that closes no other screen when Enter and Esc arrive in one packet.

    Textual dismisses the palette a moment after Enter, when it may be closed already.
    """

    def dismiss(self, result: None = None) -> AwaitComplete:
        return super().dismiss(result) if self.is_active else AwaitComplete()


class ActionsProvider(Provider):
    """Offers the actions of the browser and of the results screens."""

    async def discover(self) -> Hits:
        """Offer everything until the user types."""
        for action in self._actions():
            yield DiscoveryHit(self._label(action), self._command(action), help=self._help(action))
        yield DiscoveryHit(_THEME, self.app.action_change_theme, help=_THEME_HELP)

    async def search(self, query: str) -> Hits:
        """Offer the actions that match `query`."""
        matcher = self.matcher(query)
        for action in self._actions():
            label = self._label(action)
            score = matcher.match(label)
            if score > 0:
                yield Hit(score, matcher.highlight(label), self._command(action), help=self._help(action))
        score = matcher.match(_THEME)
        if score > 0:
            yield Hit(score, matcher.highlight(_THEME), self.app.action_change_theme, help=_THEME_HELP)

    def _actions(self) -> Iterator[Action]:
        if isinstance(self.screen, BrowserScreen):
            yield from (action for action in ACTIONS if action.in_palette)
        elif isinstance(self.screen, ResultsScreen):
            yield from actions_of(self.screen.PLACE)

    def _command(self, action: Action) -> Any:
        return partial(self.screen.run_action, action.name)

    def _help(self, action: Action) -> str | None:
        return with_keys(action.help, keys_in(self.app)) or None

    def _label(self, action: Action) -> str:
        title = action.title
        if action.name == "undo" and isinstance(self.screen, BrowserScreen) and self.screen.undoable:
            title = self.screen.undoable
        return f"{title}  ({shown_keys(action, keys_in(self.app))})"
