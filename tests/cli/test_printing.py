from __future__ import annotations

import io

import pytest

from runtui.cli.printing import LinePrinter
from runtui.logs.read.lines import Line

RED = b"\x1b[31mred\x1b[0m\x1b]0;owned\x07 plain"


class Screen(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def line(raw: bytes, *, ended: bool = True) -> Line:
    return Line(0, len(raw), raw, ended=ended)


def printed(stream: io.StringIO, *lines: Line | str) -> str:
    LinePrinter(stream).show(lines)
    return stream.getvalue()


def test_a_terminal_gets_styles_and_no_other_control_sequence() -> None:
    text = printed(Screen(), line(RED))
    assert text.startswith("\x1b[31mred\x1b[0m")
    assert text.endswith(" plain\n")
    assert "owned\x07" not in text
    assert "\x1b]" not in text


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_environment_can_disable_colours(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    assert "\x1b" not in printed(Screen(), line(RED))


def test_pipe_gets_plain_text_with_tabs() -> None:
    assert printed(io.StringIO(), line(b"a\t\x1b[1mb\x1b[0m\tcaf\xe9")) == "a\tb\tcaf\ufffd\n"


def test_last_line_without_line_break_is_printed_without_one() -> None:
    assert printed(io.StringIO(), line(b"one"), line(b"two", ended=False)) == "one\ntwo"


def test_notices_are_not_written_to_a_pipe(capsys) -> None:
    assert printed(io.StringIO(), "the log was \x1b[2Jreplaced", line(b"one")) == "one\n"
    error = capsys.readouterr().err
    assert error.startswith("runtui: the log was ")
    assert "\x1b" not in error


def test_unfinished_line_is_overwritten_on_a_terminal_and_held_for_a_pipe() -> None:
    screen, pipe = Screen(), io.StringIO()
    for stream in (screen, pipe):
        printer = LinePrinter(stream)
        printer.show_unfinished(b"50 %")
        printer.show_unfinished(b"100 %")
        printer.show([line(b"100 %, done")])
    assert pipe.getvalue() == "100 %, done\n"
    shown = screen.getvalue()
    assert shown.count("\r\x1b[K") == 2
    assert shown.endswith("\r\x1b[K100 %, done\n")
    # A long one must not wrap: only its last row could be cleared.
    assert shown.startswith("\x1b[?7l50 %\x1b[?7h")


@pytest.mark.parametrize(
    ("raw", "codes"),
    [
        (b"\x1b[1;4mx", "1;4"),
        (b"\x1b[91mx", "91"),
        (b"\x1b[44mx", "44"),
        (b"\x1b[38;5;200mx", "38;5;200"),
        (b"\x1b[48;2;1;2;3mx", "48;2;1;2;3"),
    ],
)
def test_style_is_printed_with_its_original_codes(raw: bytes, codes: str) -> None:
    assert printed(Screen(), line(raw)) == f"\x1b[{codes}mx\x1b[0m\n"


def test_blinking_and_concealed_text_is_plain() -> None:
    assert printed(Screen(), line(b"\x1b[5;8mx")) == "x\n"
