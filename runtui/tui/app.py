"""The application: shows the screen, and restores the terminal when it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.console import Console
from textual import events, on
from textual.binding import Binding, BindingType
from textual.filter import LineFilter, Monochrome, NoColor
from textual.notifications import Notify
from textual.types import CSSPathType
from textual.widgets import Input

from runtui.settings import ALL, DEFAULTS, SavedView, Settings
from runtui.text.sanitize import safe_text
from runtui.tui.actions import NO_KEYS, Keys, Place, bindings_of
from runtui.tui.background import raise_error
from runtui.tui.contrast import ON_DARK, ON_LIGHT
from runtui.tui.dialogs.too_small import TooSmallScreen, is_too_small
from runtui.tui.keymap import keys_of
from runtui.tui.notices import Notice, ShownNotices
from runtui.tui.screens.browser import BrowserScreen
from runtui.tui.terminal import gc_policy
from runtui.tui.terminal.alerts import ShowAlert, sequence
from runtui.tui.terminal.clipboard import Clipboard, CopyText, Told
from runtui.tui.terminal.driver import TerminalDriver, has_colours, stop_until_continued
from runtui.tui.terminal.renderer import DiffRenderer
from runtui.tui.terminal.textual_private import FencedApp
from runtui.tui.themes import FOR_FEW_COLOURS, OWN_THEMES, SHORT_NAMES

if TYPE_CHECKING:
    from textual.command import Provider
    from textual.geometry import Offset
    from textual.screen import Screen
    from textual.theme import Theme
    from textual.timer import Timer

    from runtui.catalog.sync.sources import RunSources
    from runtui.settings.screen_state import ScreenState
    from runtui.tui.terminal.textual_private import CompositorUpdate

_PROBLEM_SECONDS = 20.0
_GC_INTERVAL_SECONDS = 5.0
_BUSY_TERMINAL_SECONDS = 0.02
_LOW_BANDWIDTH_FRAME_SECONDS = 0.25
_HERE = Path(__file__).parent


def _actions_provider() -> type[Provider]:
    from runtui.tui.commands import ActionsProvider  # the palette is no part of the first paint

    return ActionsProvider


class RuntuiApp(FencedApp):
    """The browser for runs directories.

    Args:
        bases: The runs directories.
        settings: The user's settings.
        view: The view to begin with.
        settings_path: The settings file, or None to save no settings.
        live: The runs of those directories, if they are being read already.
        state: Where the user was in them; None for not to continue there, and not to save it.
    """

    TITLE = "runtui"
    # Textual does not read the CSS_PATH of the default screen.
    CSS_PATH: ClassVar[CSSPathType | None] = [_HERE / "app.tcss", _HERE / "screens" / "browser.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (180, "-widest")]  # noqa: RUF012
    # Without Textual's own, whose panel of keys Esc does not close, and whose picture nobody finds.
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {_actions_provider}
    ENABLE_COMMAND_PALETTE = True
    BINDINGS: ClassVar[list[BindingType]] = [
        binding
        for binding in bindings_of(Place.EVERYWHERE)
        if isinstance(binding, Binding) and binding.id in ("suspend_process", "command_palette")
    ]

    def __init__(
        self,
        *bases: str,
        settings: Settings = DEFAULTS,
        view: SavedView = ALL,
        settings_path: str | None = None,
        live: RunSources | None = None,
        state: ScreenState | None = None,
    ) -> None:
        super().__init__(own_driver=TerminalDriver)
        self._state = state
        self._has_colours = has_colours()
        if not self._has_colours:
            self._do_without_colours()
        for theme in OWN_THEMES:
            self.register_theme(theme)
        # Each step of an animation is one more frame to send, and delays the final one.
        self.animation_level = "none"
        self._bases = bases
        self._live = live
        self._settings = settings
        self.set_class(settings.low_bandwidth, "-low-bandwidth")
        self._settings_path = settings_path
        self._view = view
        self._problems = [settings.problem] if settings.problem else []
        self.keys = self._take_keys()
        self._shown = DiffRenderer()
        self._touched_at = 0.0
        self._drawing: Timer | None = None
        self._drawn_at = 0.0
        self._cursor_at: Offset | None = None
        self.sub_title = safe_text(" ".join(bases))
        self._notices = ShownNotices()
        self._copied_text = ""
        self._clipboard_thread: Clipboard | None = None

    def _do_without_colours(self) -> None:
        """Draw in reverse video what would stand out by its background colour."""
        self.console = Console(
            color_system=None,
            file=self.console.file,
            highlight=False,
            emoji=False,
            force_terminal=True,
            safe_box=False,
        )
        self.no_color = True

    def get_line_filters(self) -> Sequence[LineFilter]:
        filters = super().get_line_filters()
        if self._has_colours:
            return [*filters, ON_DARK if self.current_theme.dark else ON_LIGHT]
        # The default filters would put shades of grey behind everything.
        return [one for one in filters if not isinstance(one, Monochrome | NoColor)]

    def get_default_screen(self) -> BrowserScreen:
        return BrowserScreen(
            self._bases,
            self._settings,
            self._view,
            self._settings_path,
            self.keys,
            self._live,
            self._state,
        )

    def _take_keys(self) -> Keys:
        if not self._settings.keys and not self._settings.key_set:
            return NO_KEYS

        keys, problems = keys_of(self._settings.key_set, self._settings.keys)
        self.set_keymap({name: ",".join(of_action) for name, of_action in keys.items()})
        if problems and not self._problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            self._problems.append(f"in the settings, {problems[0]}; left out{more}")
        return keys

    def _take_theme(self) -> None:
        theme = SHORT_NAMES.get(self._settings.theme, self._settings.theme)
        if self.console.color_system is None and not self.is_headless:
            self.theme = FOR_FEW_COLOURS
        elif theme in self.available_themes:
            self.theme = theme
        elif theme and not self._problems:
            names = ", ".join(sorted(self.available_themes))
            self._problems.append(f"in the settings, theme {theme} is none of {names}; left out")
        elif self.console.color_system == "standard" and not self.no_color and not self.is_headless:
            self.theme = FOR_FEW_COLOURS
        # Subscribe only now: the theme set above suits this terminal and must not be saved.
        self.call_next(self.theme_changed_signal.subscribe, self, self._keep_theme)

    def _keep_theme(self, theme: Theme) -> None:
        screen = self.screen_stack[0]
        if isinstance(screen, BrowserScreen):
            screen.keep_theme(theme.name)

    def on_mount(self) -> None:
        self._take_theme()
        # Programs that had the terminal meanwhile have written over the screen.
        self.app_resume_signal.subscribe(self, lambda _app: self.repaint_all())
        if self.missing_names:
            self._do_without_own_driver(str(self.missing_names[0]))
        for problem in self._problems:
            self.notify(problem, severity="warning", timeout=_PROBLEM_SECONDS, markup=False)
        self.set_interval(_GC_INTERVAL_SECONDS, self._collect_garbage)

    def _do_without_own_driver(self, name: str) -> None:
        """Report why drawing is slower, and end on signals as the browser's own driver would."""
        from importlib.metadata import version  # hardly ever

        release = version("textual")
        self._problems.append(f"Textual {release} has no {name}: drawing is slower over a slow line")
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, partial(self.exit, return_code=128 + number))

    @on(Notify)
    def _limit_notice(self, event: Notify) -> None:
        notice = event.notification = Notice(**vars(event.notification))
        self._notices.add(notice)

    @on(BrowserScreen.PaintedOver)
    def repaint_all(self) -> None:
        """Send the whole screen again, whatever the terminal shows."""
        self._shown.forget()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        # A terminal rearranges its content, and may be back at its old size before the next frame.
        self._shown.forget()
        if is_too_small(event.size):
            self.call_later(self._say_too_small)

    def _say_too_small(self) -> None:
        if is_too_small(self.size) and not any(isinstance(one, TooSmallScreen) for one in self.screen_stack):
            self.push_screen(TooSmallScreen())

    def draw_update(self, screen: Screen[object], update: CompositorUpdate) -> bool:
        driver = self.current_driver
        if (
            not isinstance(driver, TerminalDriver)
            or getattr(screen, "PAINTS_ALL", False)
            or not self._shown.take(update)
        ):
            return False
        if self._drawing is None:
            self._draw(driver)
        return True

    def leave_drawing(self) -> None:
        self._shown.leave_to_others()

    def _draw(self, driver: TerminalDriver) -> None:
        """Send the screen; while the terminal is still busy, wait and send the screen as it is by then."""
        self._drawing = None
        pause = 0.0 if driver.is_ready else _BUSY_TERMINAL_SECONDS
        if self._settings.low_bandwidth:
            pause = max(pause, self._drawn_at + _LOW_BANDWIDTH_FRAME_SECONDS - time.monotonic())
        if pause > 0:
            self._drawing = self.set_timer(pause, lambda: self._draw(driver))
            return
        self._drawn_at = time.monotonic()
        text = self._shown.sequences(self.console)
        if text:
            driver.draw_at_once(text)
        self._place_cursor(driver, is_moved=bool(text))

    def _place_cursor(self, driver: TerminalDriver, *, is_moved: bool) -> None:
        """Put the hidden cursor where the user types: terminals show the input method's window there."""
        place = self.screen.outer_size.clamp_offset(self.cursor_position)
        if place != (self._cursor_at or (0, 0)) or (is_moved and self._cursor_at is not None):
            driver.draw(f"\x1b[{place.y + 1};{place.x + 1}H")
        self._cursor_at = place if place != (0, 0) else None

    async def on_event(self, event: events.Event) -> None:
        """Handle a key typed into an input line before the next key is dispatched.

        Textual handles letters at once but requeues other keys behind everything that arrived in the same
        packet: over a slow line, a backspace would delete a letter that was typed after it.
        """
        if isinstance(event, events.InputEvent):
            self._touched_at = time.monotonic()
        if isinstance(event, events.Key) and not event.is_forwarded:
            line = self.focused
            if isinstance(line, Input) and await self.type_key(line, event):
                return
        await super().on_event(event)

    def _collect_garbage(self) -> None:
        gc_policy.collect_if_due(time.monotonic() - self._touched_at)

    @property
    def clipboard(self) -> str:
        return self._copied_text

    def copy_to_clipboard(self, text: str) -> None:
        self._copy(text, lambda _copied: None)

    @on(CopyText)
    def _copy_as_asked(self, message: CopyText) -> None:
        self._copy(message.text, message.told)

    def _copy(self, text: str, told: Told) -> None:
        self._copied_text = text
        if self._clipboard_thread is None:
            self._clipboard_thread = Clipboard(self, self._write_to_terminal)
        self._clipboard_thread.copy(text, told)

    @on(Clipboard.Finished)
    def _finish_copying(self, message: Clipboard.Finished) -> None:
        message.action()

    @on(ShowAlert)
    def _show_alert(self, message: ShowAlert) -> None:
        self._write_to_terminal(sequence(message.alert))

    def _write_to_terminal(self, text: str) -> None:
        if text and self.current_driver is not None:
            self.current_driver.write(text)

    def action_suspend_process(self) -> None:
        """Leave the terminal to the shell until it resumes the program."""
        driver = self.current_driver
        if not isinstance(driver, TerminalDriver):
            super().action_suspend_process()
        elif driver.can_suspend:
            with self.suspend():
                stop_until_continued()

    def action_command_palette(self) -> None:
        from runtui.tui.commands import Palette  # no part of the first paint

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    # Unexpected errors

    def note_crash(self) -> None:
        if isinstance(driver := self.current_driver, TerminalDriver):
            driver.end_soon(1)

    def fail_in_thread(self, arguments: threading.ExceptHookArgs) -> None:
        """End the program by an error that ended a thread: without the thread, the screen would be stale."""
        error = arguments.exc_value
        if isinstance(error, Exception) and self.is_running and self.return_code is None:
            self.crash = self.crash or error
            self.note_crash()
            self.call_later(raise_error, error)


def browse(
    bases: Sequence[str],
    settings: Settings = DEFAULTS,
    view: SavedView = ALL,
    settings_path: str | None = None,
    live: RunSources | None = None,
    state: ScreenState | None = None,
) -> int:
    """Show the browser until the user quits; return the exit code."""
    app = RuntuiApp(*bases, settings=settings, view=view, settings_path=settings_path, live=live, state=state)
    threading.excepthook = app.fail_in_thread
    crash: Exception | None = None
    try:
        # While a program asks for the mouse, GNU screen holds back an Escape until the next key.
        app.run(mouse="STY" not in os.environ)
    except Exception as error:
        crash = error
    finally:
        if isinstance(driver := app.current_driver, TerminalDriver):
            driver.restore_now()
    crash = app.crash or crash
    if crash is None:
        return app.return_code or 0
    from runtui.tui.crash import crash_line

    print(f"runtui: {crash_line(crash)}", file=sys.__stderr__)
    return 1
