"""A text pasted at a shell's prompt is one word, that text, whatever a run or a directory is called."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.text.sanitize import is_safe
from runtui.text.shell import (
    NoShellWordError,
    advised_command,
    directory_word,
    shell_word,
    shown_command,
)
from tests.hostile import TEXTS, file_name
from tests.pasting import SHELLS, Shell

OF_SHELLS = (
    *(
        "x;touch PWNED;",
        "a\\'\";touch PWNED;#",
        "a'b",
        "a\\b",
        "\\",
        "'",
        "\\'",
        "''",
        "a\\'b\\",
        "x'\\",
        '"',
    ),
    *("!!", "a!b", "x!$", "!touch", "'!'", "\\!", "^a^b^", "a^b", "$HOME", "${x}", "$(touch PWNED)", "a$"),
    *(
        "`touch PWNED`",
        "%self",
        "%1",
        "=ls",
        "a=b",
        "PATH=x",
        "~",
        "~root",
        "-rf",
        "--help",
        "-",
        "a b",
        " a ",
    ),
    *("*", "?", "[a-z]", "{a,b}", "<(touch PWNED)", ">x", "2>x", "a|b", "a&b", "&", "#a", "a#b", "@", "+x"),
    *("a\nb", "a\n5", "\n", "a\ttouch", "\x03touch PWNED\r", "a\x04", "\x16", "\x1b[201~;touch PWNED\r"),
    *(
        "%s%n",
        "%%",
        "%",
        "\\055",
        "\udcff5",
        "Gödel",
        "日本語",
        "🌊",
        "日" * 60,
        "é" * 30 + ";touch PWNED;" + "é" * 30,
        "a\u00a0b",
        "me\u0301",
        "&&",
        "||",
        "()",
    ),
    *("if", "a:", "a,b", "a;", "x'y\"z", "\\a\\b\\e\\x41\\u0041", "$'x'", "a\x7f\x7f", "lr=0.1,bs=32", "!"),
    *("a\r", "\\\n", "a\\", "x -o y", "(a)", "a)b", "\u2028", "\u202eb", "a\u200db", "''\\''", "\\\\'"),
)
NAMES = [*OF_SHELLS, *(file_name(text) for text in TEXTS.values())]
ANY_NAME = st.binary(min_size=1, max_size=30).filter(lambda name: not {0, 47}.intersection(name))


def environment(shell: str) -> dict[str, str]:
    return {"SHELL": f"/usr/bin/{shell.split()[0]}", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize("shell", SHELLS)
def test_a_pasted_name_is_one_word_in_every_shell(shell: str, tmp_path: Path) -> None:
    told = environment(shell)
    refused = []
    with Shell(shell, tmp_path) as at_prompt:
        for name in NAMES:
            try:
                word = shell_word(name, told)
            except NoShellWordError:
                refused.append(name)
                continue
            assert is_safe(word)
            assert at_prompt.words(word) == [os.fsencode(name)], name
    has_no_word = (lambda name: "\n" in name) if shell == "tcsh" else (lambda name: name.endswith("\n"))
    assert refused == [name for name in NAMES if has_no_word(name)]
    assert not [path for path in tmp_path.iterdir() if "PWNED" in path.name]


@pytest.mark.parametrize("shell", SHELLS)
def test_pasted_cd_command_reaches_its_directory_in_every_shell(shell: str, tmp_path: Path) -> None:
    told = environment(shell)
    home, runs = tmp_path / "home", tmp_path / "runs; it's \\' !!"
    home.mkdir()
    with Shell(shell, home) as at_prompt:
        for name in NAMES:
            path = os.path.join(runs, f"x{name}".replace("/", "\u2215"))
            os.makedirs(path, exist_ok=True)
            try:
                word = directory_word(path, told)
            except NoShellWordError:
                assert shell == "tcsh"
                assert "\n" in name
                continue
            assert at_prompt.directory_after(f"cd -- {word}") == os.fsencode(path), name
    assert not list(tmp_path.rglob("PWNED"))


@pytest.mark.parametrize("shell", SHELLS)
def test_word_quoted_for_another_shell_runs_no_command(shell: str, tmp_path: Path) -> None:
    with Shell(shell, tmp_path) as at_prompt:
        for other in ("bash", "tcsh"):
            for name in NAMES:
                if "\n" not in name:
                    at_prompt.directory_after(
                        f"cd -- {directory_word(f'/nowhere/{name}', environment(other))}"
                    )
    assert not [path for path in tmp_path.iterdir() if "PWNED" in path.name]


@settings(max_examples=40, deadline=None)
@given(
    ANY_NAME,
    st.sampled_from([b"", b"-", b"\n", b"'", b"!"]),
    st.sampled_from([b"", b"\n\n", b" ", b"\\", b"'"]),
)
def test_cd_to_any_path_reaches_it_without_output_or_errors(name: bytes, begin: bytes, end: bytes) -> None:
    with tempfile.TemporaryDirectory() as root:
        path = os.path.join(os.fsencode(os.path.realpath(root)), b"x" + begin + name + end)
        for part in (path, os.path.join(path, begin + name[:100])):
            if os.path.basename(part).strip(b"."):
                path = part
                os.mkdir(part)
        for shell in ("sh", "bash", "zsh", "ksh", "fish", "tcsh"):
            if shutil.which(shell) is None or (shell == "tcsh" and b"\n" in path):
                continue
            word = directory_word(os.fsdecode(path), environment(shell))
            assert is_safe(word)
            line = ["fish", "--no-config"] if shell == "fish" else [shell]
            done = subprocess.run(
                [*line, "-c", f"cd -- {word} && /bin/pwd -P"], cwd=root, capture_output=True, check=False
            )
            assert (done.stdout, done.stderr) == (path + b"\n", b""), shell


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("plain-1.2_x", "plain-1.2_x"),
        ("20261101T1200-9f3a", "20261101T1200-9f3a"),
        ("/runs/lr=0.1,bs=32", "/runs/lr=0.1,bs=32"),
        ("Gödel", "'Gödel'"),
        ("a b", "'a b'"),
        ("it's", "'it'\\''s'"),
        ("", "''"),
    ],
)
def test_ordinary_text_is_quoted_readably(text: str, word: str) -> None:
    assert shell_word(text, environment("bash")) == word
    assert shell_word(text, environment("tcsh")) == word


def test_letters_outside_the_locale_are_octal_escaped() -> None:
    assert shell_word("Gödel", {"LC_ALL": "C", "SHELL": "/bin/zsh"}) == "\"$(printf 'G\\303\\266del')\""
    assert shell_word("Gödel", {"LC_ALL": "C", "SHELL": "/bin/csh"}) == "\"`printf 'G\\303\\266del'`\""


def test_letters_that_confuse_the_line_editor_are_octal_escaped() -> None:
    assert shell_word("Gödel", environment("ksh")) == "\"$(printf 'G\\303\\266del')\""
    assert shell_word("ö;touch x", environment("bash")) == "\"$(printf '\\303\\266\\073touch\\040x')\""


def test_text_that_a_terminal_would_cut_is_refused() -> None:
    with pytest.raises(NoShellWordError, match="too long"):
        shell_word("\x01" * 1100)
    assert shell_word("x" * 3900) == "x" * 3900


def test_shown_command_is_quoted_and_cut() -> None:
    assert shown_command(["sim", "-x", "a b", "\x1b\n", "it's"], 80) == "sim -x 'a b' '␛␊' 'it'\\''s'"
    assert shown_command(["x" * 50, "y"], 10) == "xxxxxxxxx…"


@pytest.mark.parametrize(
    ("directory", "command"),
    [("runs", "runtui runs"), ("-x", "runtui ./-x"), ("x;touch y", "runtui 'x;touch y'")],
)
def test_advised_command_quotes_the_directory(directory: str, command: str) -> None:
    assert advised_command("runtui", directory=directory) == command


def test_advised_command_shows_control_characters_if_unquotable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    assert advised_command("runtui", directory="a\nb") == "runtui 'a␊b'"
