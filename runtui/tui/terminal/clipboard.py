"""Copying text out of the browser: to tmux's own buffer, or to the terminal's clipboard.

A terminal does not answer whether it took what OSC 52 sent it, and tmux by default ignores that sequence from
programs. So only what tmux itself confirms is called copied.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from textual.message import Message
from textual.message_pump import MessagePump

from runtui.text.sanitize import safe_text
from runtui.tui.background import Background

_TMUX_PATIENCE = 3.0  # seconds
_SCREEN_CHUNK = 200  # characters in a control string: old releases of GNU screen cut off what is beyond 256
_LONGEST_REASON = 60  # characters

_MULTIPLEXERS = ("tmux", "screen")
"""Beginnings of the names of terminals that another program draws."""


class Copied(NamedTuple):
    """The place that a text was copied or sent to.

    Attributes:
        place: Where, in words.
        is_known: Whether it is known to be there; otherwise it was only sent there.
    """

    place: str
    is_known: bool = False

    def text(self, what: str) -> str:
        """Return what was done with `what`, in one line."""
        return f"{'copied' if self.is_known else 'sent'} {what} to {self.place}"


Told = Callable[[Copied], None]
"""Callback with where a text went."""


@dataclass
class CopyText(Message):
    """A text is to be copied; `told` is called with where it went."""

    text: str
    told: Told


class Clipboard(Background):
    """Copies texts, one after the other; tmux is asked in a thread.

    Args:
        owner: Gets a `Finished` message for each text; it must call the message's `action`.
        write: Sends text to the terminal.
        environ: The environment, which tells what the terminal is.
    """

    @dataclass
    class Finished(Background.Finished):
        """The answer of tmux is there."""

    def __init__(
        self, owner: MessagePump, write: Callable[[str], None], environ: Mapping[str, str] = os.environ
    ) -> None:
        self._write = write
        self._environ = environ
        super().__init__(owner)

    def copy(self, text: str, told: Told) -> None:
        """Copy a text, and call `told` on the event loop with where it went."""
        if self._environ.get("TMUX"):
            self.submit("copy", partial(load_tmux_buffer, text), partial(self._take_answer, text, told))
        else:
            told(self._send(text))

    def _take_answer(self, text: str, told: Told, trouble: str) -> None:
        if trouble:
            sent = self._send(text)
            told(Copied(f"{sent.place}, because tmux did not take it: {trouble}"))
        else:
            told(Copied("the tmux buffer", is_known=True))

    def _send(self, text: str) -> Copied:
        self._write(sequence(text, is_in_screen=bool(self._environ.get("STY"))))
        return Copied(_place(self._environ))


def sequence(text: str, *, is_in_screen: bool = False) -> str:
    """Return what a terminal has to be sent to put a text on its clipboard (OSC 52).

    Args:
        text: The text.
        is_in_screen: Whether GNU screen is in between, which passes on only what is in control strings (DCS).
    """
    osc = f"\x1b]52;c;{base64.b64encode(text.encode('utf-8', 'replace')).decode('ascii')}\x07"
    if not is_in_screen:
        return osc
    chunks = [osc[start : start + _SCREEN_CHUNK] for start in range(0, len(osc), _SCREEN_CHUNK)]
    return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)


def _place(environ: Mapping[str, str]) -> str:
    if environ.get("STY"):
        return "the terminal's clipboard, through screen"
    name = next((name for name in _MULTIPLEXERS if environ.get("TERM", "").startswith(name)), "")
    if name and not environ.get("TMUX"):
        # The multiplexer runs on another machine, where its buffer is out of reach.
        return f"{name}, which passes it on to the terminal only with `set -g set-clipboard on` (tmux)"
    return "the terminal's clipboard (OSC 52)"


def load_tmux_buffer(text: str) -> str:
    """Put a text into tmux's buffer, and on the clipboard of its terminal; return why not, or ``""``."""
    reason = ""
    for options in (["-w"], []):  # releases before 3.2 do not know the clipboard
        try:
            done = subprocess.run(
                ["tmux", "load-buffer", *options, "-"],
                input=text.encode("utf-8", "replace"),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                timeout=_TMUX_PATIENCE,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "no answer"
        except OSError as error:
            return error.strerror or str(error)
        if done.returncode == 0:
            return ""
        lines = done.stderr.decode("utf-8", "replace").split("\n")
        reason = safe_text(lines[0], _LONGEST_REASON) or f"exit code {done.returncode}"
    return reason
