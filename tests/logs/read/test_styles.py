from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.styles import PLAIN, Style, Styled, styled_line
from runtui.logs.read.text import bare_line

RED = Style(foreground=1)
BOLD_RED = Style(foreground=1, bold=True)


@pytest.mark.parametrize(
    ("raw", "pieces"),
    [
        ("plain", [("plain", PLAIN)]),
        ("", []),
        ("\x1b[31mred\x1b[0m not", [("red", RED), (" not", PLAIN)]),
        ("\x1b[1;31;mreset", [("reset", PLAIN)]),
        ("\x1b[4;;31mred", [("red", RED)]),
        ("\x1b[01;031mred", [("red", BOLD_RED)]),
        ("\x1b[1m\x1b[31mboth\x1b[mnone", [("both", BOLD_RED), ("none", PLAIN)]),
        ("\x1b[38;5;196mx", [("x", Style(foreground=196))]),
        ("\x1b[48;5;7;1mx", [("x", Style(background=7, bold=True))]),
        ("\x1b[38;2;1;2;3mx", [("x", Style(foreground=(1, 2, 3)))]),
        ("\x1b[38:2::1:2:3mx", [("x", Style(foreground=(1, 2, 3)))]),
        ("\x1b[38:2:1:2:3mx", [("x", Style(foreground=(1, 2, 3)))]),
        ("\x1b[38:5:196;4:3mx", [("x", Style(foreground=196, underline=True))]),
        ("\x1b[4m\x1b[4:0mx", [("x", PLAIN)]),
        ("\x1b[91;104mx", [("x", Style(foreground=9, background=12))]),
        ("\x1b[31;41mx\x1b[39;49my", [("x", Style(foreground=1, background=1)), ("y", PLAIN)]),
        ("\x1b[2;3;7;9mx\x1b[22;23;27;29my", [("x", Style(dim=True, italic=True, reverse=True, strike=True)),
                                              ("y", PLAIN)]),
        ("\x1b[38;2;1mx", [("x", PLAIN)]),
        ("\x1b[38;5;999mx", [("x", PLAIN)]),
        ("\x1b[31m\x1b[Kred\x1b[2Jred", [("redred", RED)]),
        ("\x1b[?25l\x1b[31mx\x1b[?25h", [("x", RED)]),
        ("\x1b[31m 10%\r 20%", [(" 20%", RED)]),
        ("\x1b[31m\ta\x1b[0mb\tc", [("        a", RED), ("b      c", PLAIN)]),
        ("N\bNA\bAM\bM _\bx", [("NAM", Style(bold=True)), (" ", PLAIN), ("x", Style(underline=True))]),
        ("-\b\\\b|\b/", [("/", PLAIN)]),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", [("link", PLAIN)]),
        ("\x1b[31mbell\x07", [("bell␇", RED)]),
        ("\x1b[" + "1;" * 5000 + "31mx", [("x", Style(bold=True))]),
    ],
)  # fmt: skip
def test_styles_match_a_terminal(raw: str, pieces: list[tuple[str, Style]]) -> None:
    assert styled_line(raw) == tuple(Styled(text, style) for text, style in pieces)
    assert styled_line(raw.encode()) == styled_line(raw)


@given(st.text(st.sampled_from("\x1b\x9b[]0123456789;:mKH\x07\\\r\b\t_ab漢\x00\u202e"), max_size=60))
def test_no_terminal_control_character_remains(raw: str) -> None:
    shown = "".join(piece.text for piece in styled_line(raw))
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)
    assert "\u202e" not in shown


@given(st.binary(max_size=200))
def test_any_bytes_can_be_shown(raw: bytes) -> None:
    pieces = styled_line(raw)
    assert all(piece.text for piece in pieces)
    assert all(one.style != other.style for one, other in pairwise(pieces))


@pytest.mark.parametrize(
    ("raw", "bare"),
    [("a\tb", "a\tb"), (" 10%\r 20%\r", " 20%"), ("\x1b[1mer\x1b[0mror", "error"), ("e\bex\bx", "ex")],
)
def test_bare_line_is_the_visible_text(raw: str, bare: str) -> None:
    assert bare_line(raw) == bare
