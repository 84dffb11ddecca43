"""What terminals that do not have all characters show instead."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import runtui
from runtui.text.glyphs import (
    ASCII,
    EVERYTHING,
    Repertoire,
    adapt_streams,
    shown_text,
    terminal_repertoire,
)
from runtui.text.sanitize import safe_text


@pytest.mark.parametrize(
    ("told", "repertoire"),
    [
        ({"LANG": "C.UTF-8"}, EVERYTHING),
        ({"LANG": "en_US.utf8", "TERM": "xterm"}, EVERYTHING),
        ({"LANG": "C", "LC_CTYPE": "UTF-8"}, EVERYTHING),
        ({"LANG": "de_DE.UTF-8@euro"}, EVERYTHING),
        ({}, ASCII),
        ({"LANG": "C"}, ASCII),
        ({"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, ASCII),
        ({"LANG": "ja_JP.eucJP"}, ASCII),
        ({"LANG": "xx_XX.nonsense"}, ASCII),
        ({"LANG": "de_DE.ISO-8859-1"}, Repertoire("iso8859-1", "iso8859-1")),
        ({"LANG": "C.UTF-8", "TERM": "linux"}, Repertoire("utf-8", "cp437")),
        ({"LANG": "C", "TERM": "linux"}, ASCII),
    ],
)
def test_repertoire_depends_on_locale_and_terminal(told: dict[str, str], repertoire: Repertoire) -> None:
    assert terminal_repertoire(told) == repertoire


@given(st.text(), st.sampled_from(["ascii", "iso8859-1", "cp437", "koi8-r"]))
def test_substitute_glyph_is_encodable_and_equally_wide(text: str, characters: str) -> None:
    text = safe_text(text)
    shown = shown_text(text, characters, cell_len)
    assert cell_len(shown) == cell_len(text)
    shown.encode(characters)


def test_every_drawn_character_has_an_ascii_substitute() -> None:
    drawn = set()
    for path in Path(runtui.__file__).parent.rglob("*.py"):
        if path.name == "translations.py":
            continue  # it looks for words of other languages, and draws none
        if path.name not in ("glyphs.py", "sanitize.py", "joiners.py", "character_classes.py"):
            drawn |= set(re.findall("[^\x00-\x7f]", path.read_text()))
    # Scroll bars, frames and curves are drawn by the library.
    for char in drawn | set("▁▂▃▄▅▆▇█╭╮╰╯│─━┃╸╺┌┐└┘⣿⠁⢀"):
        assert re.fullmatch("[!->@-~]", shown_text(char, "ascii", cell_len)), char


def test_terminal_sequences_are_kept() -> None:
    assert shown_text("\x1b[1m╭─ gás 漢字\x1b[0m⣿⠉⣀⠀…", "ascii", cell_len) == "\x1b[1m+- gas ????\x1b[0m:'. ~"
    assert shown_text("│ é ✓", "iso8859-1", cell_len) == "| é +"


def test_print_substitutes_unencodable_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.ISO-8859-1")
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding="iso-8859-1")
    adapt_streams(stream, None, io.StringIO())
    print("é … 漢 ● \ufffd", file=stream, flush=True)
    assert written.getvalue().decode("iso-8859-1") == "é ~ ?? * ?\n"
