"""Alerts of the desktop, shown by the terminal, for a user who looks at another window.

A terminal does not answer whether it shows them, and one that does not know a sequence may print it. So each
is sent only to terminals that say by their environment that they know it; tmux shows a message of its own.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from textual.message import Message

_TMUX_PATIENCE = 3.0  # seconds
_TMUX_DURATION = 5000  # milliseconds
_LONGEST_TEXT = 200  # characters


class Alert(NamedTuple):
    """An alert, safe to show.

    Attributes:
        title: What happened, in a few words.
        text: To which run, and why; may be ``""``.
    """

    title: str
    text: str = ""


@dataclass
class ShowAlert(Message):
    """The terminal is to show an alert."""

    alert: Alert


Format = Callable[[Alert], str]
"""Function that returns what a terminal has to be sent to show an alert."""


def _osc_9(alert: Alert) -> str:
    # A text that begins with a digit and a semicolon means something else, such as a progress bar.
    return f"\x1b]9;runtui: {_joined(alert)}\x07"


def _osc_99(alert: Alert) -> str:
    return f"\x1b]99;i=runtui:d=0;{alert.title}\x1b\\\x1b]99;i=runtui:d=1:p=body;{alert.text}\x1b\\"


def _osc_777(alert: Alert) -> str:
    # The title ends at its first semicolon.
    return f"\x1b]777;notify;{alert.title.replace(';', ',')};{alert.text}\x07"


class _Terminal(NamedTuple):
    """A kind of terminal, and the sequence that it knows.

    Attributes:
        variable: Variable of the environment that tells it.
        beginning: How the variable's value begins; ``""`` for anything.
        format: The sequence.
    """

    variable: str
    beginning: str
    format: Format


_TERMINALS = (
    _Terminal("TERM", "xterm-kitty", _osc_99),
    _Terminal("TERM", "foot", _osc_777),
    _Terminal("TERM", "rxvt-unicode", _osc_777),
    _Terminal("TERM", "xterm-ghostty", _osc_777),
    _Terminal("TERM", "wezterm", _osc_777),
    _Terminal("TERM_PROGRAM", "ghostty", _osc_777),
    _Terminal("TERM_PROGRAM", "WezTerm", _osc_777),
    _Terminal("TERM_PROGRAM", "iTerm", _osc_9),
    _Terminal("LC_TERMINAL", "iTerm", _osc_9),
    _Terminal("KITTY_WINDOW_ID", "", _osc_99),
    _Terminal("VTE_VERSION", "", _osc_777),
    _Terminal("ConEmuPID", "", _osc_9),
)
"""Terminals by the documentation of kitty (OSC 99), rxvt-unicode, foot, Ghostty, WezTerm (777), iTerm2 (9).

ssh passes on TERM, and LC_TERMINAL where the server admits it; the others tell of local terminals.
"""


def sequence(alert: Alert, environ: Mapping[str, str] = os.environ) -> str:
    """Return what the terminal has to be sent to show an alert, or ``""`` if it is not known to show any.

    Args:
        alert: The alert.
        environ: The environment, which tells what the terminal is.
    """
    if environ.get("TMUX") or environ.get("STY") or environ.get("TERM", "").startswith(("tmux", "screen")):
        return ""  # variables of the terminal behind a multiplexer can be those of an earlier one
    for variable, beginning, format_ in _TERMINALS:
        if environ.get(variable, "").startswith(beginning) and variable in environ:
            return format_(Alert(alert.title[:_LONGEST_TEXT], alert.text[:_LONGEST_TEXT]))
    return ""


def show_in_tmux(alert: Alert) -> None:
    """Show an alert in tmux's status line; does nothing where tmux does not answer."""
    # tmux expands formats (# …, which can run commands) and dates (% …) in what it shows.
    text = _joined(alert).replace("#", "##").replace("%", "%%")
    for command in _tmux_commands(text):
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_TMUX_PATIENCE,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return
        if done.returncode == 0:
            return


def _tmux_commands(text: str) -> Iterator[list[str]]:
    for options in (["-d", str(_TMUX_DURATION)], []):  # releases before 3.2 do not know how long
        yield ["tmux", "display-message", *options, f"runtui: {text}"]


def _joined(alert: Alert) -> str:
    return (f"{alert.title}: {alert.text}" if alert.text else alert.title)[:_LONGEST_TEXT]
