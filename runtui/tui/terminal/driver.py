"""The driver: output to the terminal, keys from it, and restoring it at the end.

Unlike Textual's own driver, this one draws on standard output, never waits for a terminal that does not
read, ends when the terminal is gone, and restores it whatever ends the program.
"""

from __future__ import annotations

import asyncio
import codecs
import errno
import os
import select
import signal
import sys
import termios
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual import constants, events
from textual.driver import Driver
from textual.geometry import Size
from textual.message import Message
from textual.messages import TerminalSupportsSynchronizedOutput

from runtui.text.glyphs import Repertoire, shown_text, terminal_repertoire
from runtui.tui.background import raise_error
from runtui.tui.terminal.textual_private import XTermParser

if TYPE_CHECKING:
    from textual.app import App

_GRACE = 5.0
"""Seconds that the program has to end in an orderly way before it is forced to."""

_DRAIN = 2.0
"""Seconds without progress after which waiting for a terminal ends."""

_MOST_WAITING = 2048
"""Characters not yet written to the terminal above which nothing is drawn."""

_MOST_UNSEEN = 4096
"""Characters sent since an unanswered query for the cursor position, above which nothing is drawn."""

_ASKED_AFTER = 1024  # characters sent, after which the cursor position is queried
_ANSWER_SECONDS = 3.0
_LAST_ANSWER_SECONDS = 1.0
_ASK = "\x1b[6n"

_KEY_PAUSE_SECONDS = 0.02
_MOST_READ_BYTES = 4096

_ENTER = "\x1b[?1049h\x1b[?25l\x1b[?1004h\x1b[?2004h\x1b[?7l"
"""Alternate screen, cursor hidden, focus events, bracketed paste, no wrapping of long lines."""

_MOUSE = "\x1b[?1000h\x1b[?1003h\x1b[?1015h\x1b[?1006h"
_KITTY_KEYS = "\x1b[>25u"  # unambiguous, all keys, with their text
_ASK_FOR_SYNC = "\x1b[?2026$p"
_BEGIN_SYNC, _END_SYNC = "\x1b[?2026h", "\x1b[?2026l"

_LEAVE = (
    _END_SYNC + "\x1b[?1006l\x1b[?1015l\x1b[?1003l\x1b[?1000l\x1b[?2004l\x1b[?1004l"
    # Without an alternate screen, leave an empty screen rather than half a frame.
    "\x1b[r\x1b[?7h\x1b[m\x1b[H\x1b[2J\x1b[?1049l\x1b[?25h"
)
_LEAVE_KITTY_KEYS = "\x1b[<u"

_OLD_TERMINALS = ("linux", "vt", "ansi", "screen", "cons")
"""Prefixes of the names of terminals that may print unknown sequences."""

_WITHOUT_COLOURS = ("vt1", "vt2", "vt3")


def has_colours() -> bool:
    """Return whether the terminal has colours, judging by its name."""
    return not os.environ.get("TERM", "").startswith(_WITHOUT_COLOURS)


class Output(threading.Thread):
    """Sends text to the terminal in a thread of its own, so that the sender never waits.

    Args:
        descriptor: The terminal.
        repertoire: The characters that it can show.
    """

    def __init__(self, descriptor: int, repertoire: Repertoire) -> None:
        super().__init__(name="runtui-output", daemon=True)
        self._descriptor = descriptor
        self._repertoire = repertoire
        self._texts: deque[str] = deque()
        self._changed = threading.Condition()
        self._waiting = 0
        self._closing = False
        self._progress = time.monotonic()

    @property
    def waiting(self) -> int:
        """How many characters have not been sent yet."""
        return self._waiting

    def write(self, text: str) -> None:
        """Queue text to be sent."""
        with self._changed:
            self._texts.append(text)
            self._waiting += len(text)
            self._changed.notify_all()

    def finish(self) -> None:
        """Send the rest, until it is sent or the terminal makes no progress for `_DRAIN` seconds."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._progress = time.monotonic()
        while self.is_alive() and time.monotonic() - self._progress < _DRAIN:
            self.join(0.05)

    def run(self) -> None:
        while True:
            with self._changed:
                while not self._texts and not self._closing:
                    self._changed.wait()
                if not self._texts:
                    return
                texts = list(self._texts)
                self._texts.clear()
            text = "".join(texts)
            shown = shown_text(text, self._repertoire.characters, cell_len)
            self._send(shown.encode(self._repertoire.encoding, "replace"))
            with self._changed:
                self._waiting -= len(text)

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._descriptor, view) :]
            except BlockingIOError:
                # Another program has made the terminal non-blocking, which applies to all its users.
                select.select([], [self._descriptor], [], _DRAIN)
            except OSError:
                # The thread that reads the keys notices that the terminal is gone.
                return
            self._progress = time.monotonic()


class TerminalDriver(Driver):
    """Draws the screen on the terminal and reads keys from it."""

    _ENDING: ClassVar = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        stdin, stdout = sys.__stdin__, sys.__stdout__
        assert stdin is not None, "the browser is opened on terminals only"
        assert stdout is not None, "the browser is opened on terminals only"
        self._keys, self._screen = stdin.fileno(), stdout.fileno()
        self._sent_size = size or self._terminal_size()
        super().__init__(app, debug=debug, mouse=mouse, size=self._sent_size)
        self._owner = app
        self._event_loop = asyncio.get_running_loop()
        self._draws_at_once = False
        self._output: Output | None = None
        self._reader: threading.Thread | None = None
        self._stop_reading: tuple[int, int] | None = None
        self._repertoire = terminal_repertoire()
        self._before: list[Any] | None = None
        self._is_on = False
        self._answers = False
        self._asked_at: float | None = None
        self._unseen = 0
        name = os.environ.get("TERM", "")
        self._is_old = name.startswith(_OLD_TERMINALS)
        self._enter = _ENTER + (_MOUSE if mouse else "")
        self._leave = _LEAVE
        if not self._is_old:
            self._enter += "" if constants.DISABLE_KITTY_KEY else _KITTY_KEYS
            # Apple's terminal prints a letter of the query.
            self._enter += "" if os.environ.get("TERM_PROGRAM") == "Apple_Terminal" else _ASK_FOR_SYNC
            self._leave = _LEAVE if constants.DISABLE_KITTY_KEY else _LEAVE_KITTY_KEYS + _LEAVE
        handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]] = {
            **dict.fromkeys(self._ENDING, self._end_by_signal),
            signal.SIGWINCH: self._resized,
            signal.SIGTSTP: self._asked_to_stop,
            signal.SIGCONT: self._went_on,
        }
        self._handlers_before = {number: signal.signal(number, of) for number, of in handlers.items()}

    @property
    def can_suspend(self) -> bool:
        return True

    # Output

    @property
    def waiting(self) -> int:
        """How many characters have not been sent to the terminal yet."""
        return 0 if self._output is None else self._output.waiting

    def write(self, data: str) -> None:
        """Send text to the terminal, unless another program has it."""
        if self._output is not None:
            self._output.write(data)

    @property
    def is_ready(self) -> bool:
        """Whether the terminal has kept up well enough to be sent more.

        A slow line can hold back seconds of output between a program and its terminal. Every terminal answers
        a query for its cursor position once it has processed all output before it.
        """
        if self.waiting > _MOST_WAITING:
            return False
        if self._asked_at is None or not self._answers:
            return True
        if time.monotonic() - self._asked_at > _ANSWER_SECONDS:
            self._answers = False
            self._asked_at = None
            return True
        return self._unseen < _MOST_UNSEEN

    def draw(self, data: str) -> None:
        """Send a part of a frame."""
        self.write(data)
        self._unseen += len(data)
        if self._asked_at is None and self._unseen > _ASKED_AFTER:
            self._asked_at = time.monotonic()
            self._unseen = 0
            self.write(_ASK)

    def draw_at_once(self, data: str) -> None:
        """Send a part of a frame as a synchronised update, if the terminal supports that."""
        if self._draws_at_once:
            self.write(_BEGIN_SYNC)
        self.draw(data)
        if self._draws_at_once:
            self.write(_END_SYNC)

    def process_message(self, message: Message) -> None:
        if isinstance(message, events.CursorPosition):
            self._asked_at = None
            self._answers = True
            return
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self._draws_at_once = True
        super().process_message(message)

    # Entering and leaving

    def start_application_mode(self) -> None:
        """Take over the terminal. In the background, wait until the program is in the foreground again."""
        try:
            self._before = termios.tcgetattr(self._keys)
            self._set_modes(_raw(self._before))
        except termios.error:
            self._before = None
        self._is_on = True
        self._output = Output(self._screen, self._repertoire)
        self._output.start()
        self.write(self._enter)
        self._stop_reading = os.pipe()
        self._reader = threading.Thread(
            target=self._read_keys, args=(self._stop_reading[0],), name="runtui-keys", daemon=True
        )
        self._reader.start()
        if self._terminal_size() != self._sent_size:
            self._resized()

    def disable_input(self) -> None:
        """Stop reading keys, and discard those that were not read."""
        if self._stop_reading is None or self._reader is None:
            return
        reading, writing = self._stop_reading
        os.write(writing, b"x")
        if threading.current_thread() is not self._reader:
            self._reader.join()
        os.close(reading)
        os.close(writing)
        self._stop_reading = self._reader = None
        try:
            termios.tcflush(self._keys, termios.TCIFLUSH)
        except termios.error:
            pass

    def stop_application_mode(self) -> None:
        """Restore the terminal, after all output has been sent."""
        if not self._is_on:
            return
        self.write(self._leave)
        self._await_last_answer()
        self.disable_input()
        if self._output is not None:
            self._output.finish()
            self._output = None
        self._is_on = False
        self._restore_modes()

    def _await_last_answer(self) -> None:
        """Wait for the outstanding answer, which the shell would otherwise read as typed keys."""
        if self._asked_at is not None and self._reader is not None:
            until = self._asked_at + _LAST_ANSWER_SECONDS
            while self._asked_at is not None and self._reader.is_alive() and time.monotonic() < until:
                time.sleep(0.01)
            self._asked_at = None

    def restore_now(self) -> None:
        """Restore the terminal at once, whatever the rest of the program does."""
        if not self._is_on:
            return
        self._is_on = False
        try:
            _reading, writable, _errors = select.select([], [self._screen], [], 0.5)
            if writable:
                os.write(self._screen, self._leave.encode())
        except OSError:
            pass
        self._restore_modes()

    def _restore_modes(self) -> None:
        if self._before is not None:
            try:
                self._set_modes(self._before)
            except termios.error:
                pass  # the terminal is gone

    def _set_modes(self, modes: list[Any]) -> None:
        while True:
            try:
                termios.tcsetattr(self._keys, termios.TCSANOW, modes)
                return
            except termios.error as error:
                # In the background, the call stops the program and is interrupted when the program continues.
                if error.args[0] != errno.EINTR:
                    raise

    def suspend_application_mode(self) -> None:
        self.stop_application_mode()

    def close(self) -> None:
        """Restore the signal handlers that were there before."""
        for number, handler in self._handlers_before.items():
            signal.signal(number, handler)

    # Ending and suspending

    def end(self, code: int) -> None:
        """End the program as if the user had quit; force it if that takes too long."""
        self.end_soon(code)
        try:
            self._event_loop.call_soon_threadsafe(partial(self._owner.exit, return_code=code))
        except RuntimeError:
            pass  # it is ending already

    def end_soon(self, code: int) -> None:
        """Force the program to end unless it does so by itself within `_GRACE` seconds."""
        forced = threading.Timer(_GRACE, self._force, (code,))
        forced.daemon = True
        forced.start()

    def _force(self, code: int) -> None:
        # A program that the user opened keeps the terminal until it ends.
        if self._is_on:
            self.restore_now()
            os._exit(code)

    def _end_by_signal(self, number: int, _frame: FrameType | None) -> None:
        self.end(128 + number)

    def _resized(self, *_signal: object) -> None:
        if self._is_on:
            self._sent_size = self._terminal_size()
            size = Size(*self._sent_size)
            self.send_message(events.Resize(size, size))

    def _asked_to_stop(self, *_signal: object) -> None:
        if self._is_on:
            self._event_loop.call_soon_threadsafe(self._owner.action_suspend_process)
        else:
            stop_until_continued()

    def _went_on(self, *_signal: object) -> None:
        # The program was stopped without a chance to leave the terminal, and the shell has used it since.
        if self._is_on:
            self._event_loop.call_soon_threadsafe(self._retake_terminal)

    def _retake_terminal(self) -> None:
        with self._owner.suspend():
            pass

    def _terminal_size(self) -> tuple[int, int]:
        try:
            width, height = os.get_terminal_size(self._screen)
        except OSError:
            width = height = 0
        return width or 80, height or 24

    # Input

    def _read_keys(self, stop: int) -> None:
        try:
            self._pass_keys_on(stop)
        except Exception as error:
            self.end_soon(1)
            self._owner.call_later(raise_error, error)

    def _pass_keys_on(self, stop: int) -> None:
        parser = XTermParser()
        encoding = self._repertoire.encoding
        # In the C locale, keys may still arrive in UTF-8.
        encoding = "utf-8" if encoding == "ascii" else encoding
        decode = codecs.getincrementaldecoder(encoding)("replace").decode
        # An escape character that nothing follows for a moment is the Escape key; only that depends on time.
        patient_until = 0.0
        while True:
            pause = _KEY_PAUSE_SECONDS if patient_until else None
            ready, _writable, _errors = select.select([self._keys, stop], [], [], pause)
            if stop in ready:
                return
            if ready:
                try:
                    data = os.read(self._keys, _MOST_READ_BYTES)
                except InterruptedError:
                    continue
                except OSError:
                    data = b""
                if not data:
                    self.end(128 + signal.SIGHUP)
                    return
                for message in parser.feed(decode(data)):
                    self.process_message(message)
                patient_until = time.monotonic() + 2 * constants.ESCAPE_DELAY
            looked_at = time.monotonic()
            for message in parser.tick():
                self.process_message(message)
            if looked_at >= patient_until:
                patient_until = 0.0  # only after reading: on a busy machine, this thread may be late


def stop_until_continued() -> None:
    """Stop this program's process group until the shell continues it.

    The system does not stop an orphaned process group, which no shell would continue.
    """
    handler = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
    os.kill(0, signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, signal.SIG_DFL)
    # A signal sent to the thread itself stops it before the call returns.
    signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
    signal.signal(signal.SIGTSTP, handler)


def _raw(modes: list[Any]) -> list[Any]:
    """Return a terminal's modes changed to pass every key on unchanged, without echo."""
    inputs, outputs, control, local, speed_in, speed_out, characters = modes
    inputs &= ~(termios.IXON | termios.IXOFF | termios.ICRNL | termios.INLCR | termios.IGNCR)
    local &= ~(termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG)
    characters = list(characters)
    characters[termios.VMIN], characters[termios.VTIME] = 1, 0
    return [inputs, outputs, control, local, speed_in, speed_out, characters]
