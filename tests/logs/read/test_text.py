import gzip
import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.styles import styled_line
from runtui.logs.read.text import LONGEST_LINE, is_binary, shown_line


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1b]52;c;aGk=\x07", ""),
        ("\x1bP1$r\x1b\\x", "x"),
        ("\x9b31mred", "red"),
        ("\x1b[2J\x1b[Hhome", "home"),
        ("windows\r", "windows"),
        (" 10%|#\r 50%|##\r100%|####", "100%|####"),
        ("done\r", "done"),
        ("a\tb", "a       b"),
        ("nul\x00bell\x07", "nul␀bell␇"),
        ("[red]not markup[/]", "[red]not markup[/]"),
        ("unfinished \x1b", "unfinished ␛"),
        ("wide 漢字 🚀", "wide 漢字 🚀"),
    ],
)
def test_line_is_shown_as_a_terminal_would_render_it(raw: str, shown: str) -> None:
    assert shown_line(raw) == shown


@given(st.text())
def test_no_control_character_is_ever_shown(raw: str) -> None:
    shown = shown_line(raw)
    assert len(shown) <= LONGEST_LINE
    assert not any(ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0 for char in shown)


def test_a_line_of_100_mb_is_cut() -> None:
    assert len(shown_line("x" * 100_000_000)) == LONGEST_LINE


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"step 1\tloss 0.5\r\n\x1b[31mred\x1b[0m\x07\x08\n",
        "Fehler: Größe überschritten\n".encode("latin-1"),
        "错误：内存不足\n".encode("gbk"),
        "step 1\n".encode("utf-16"),
        b"step 1\n" + bytes(4096) + b"step 2\n",
    ],
)
def test_text_of_any_encoding_is_not_binary(data: bytes) -> None:
    assert not is_binary(data)


@pytest.mark.parametrize(
    "data",
    [
        random.Random(1).randbytes(200),
        gzip.compress(b"".join(b"%d\n" % number for number in range(1000))),
        struct.pack("100d", *(number / 7 for number in range(100))),
        struct.pack("100i", *range(100)),
    ],
)
def test_other_data_is_binary(data: bytes) -> None:
    assert is_binary(data)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("\0" * 4000 + "step 77 ok", "␀×4,000 step 77 ok"),
        ("a\0b", "a␀b"),
        ("\0" * 40_000, "␀×40,000 "),
        ("\0\0\tx", "␀×2     x"),
    ],
    ids=["before-text", "single", "alone", "before-a-tab"],
)
def test_hole_of_zeros_is_one_mark(raw: str, shown: str) -> None:
    assert shown_line(raw) == shown
    assert "".join(piece.text for piece in styled_line(raw)) == shown
