"""Hostile texts wherever text can come from, and every subcommand over them: to a terminal, and to pipes."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.hostile import TEXTS, make_hostile_runs, write_hostile_programs, write_hostile_settings
from tests.stream import COLOURS, findings

_SEPARATOR = "\n=== {} ===\n"

# All in one process, for the sake of time. Each is told from the next by a line of its own.
_DRIVER = """
import json, os, sys, traceback
from runtui.cli import main
commands, separator = json.load(open(sys.argv[1])), sys.argv[2]
for number, words in enumerate(commands):
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.write(stream.fileno(), separator.format(number).encode())
    sys.argv = ["runtui", *words]
    try:
        main()
    except BaseException as error:
        frame = traceback.extract_tb(error.__traceback__)[-1]
        os.write(1, f"\\a{ascii(error)[:300]} {frame.filename[-40:]}:{frame.lineno}".encode())
"""


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[Path, list[str]]:
    base = tmp_path / "runs"
    return base, [run.name for run in make_hostile_runs(base)]


def commands(base: Path, names: Sequence[str], every: int = 1) -> Iterator[list[str]]:
    """Yield command lines: each subcommand, those that change runs last.

    Args:
        base: The runs directory.
        names: Its runs.
        every: Of how many runs and texts one is taken where a subcommand takes one.
    """
    here = ["-C", str(base)]
    pairs = [pair for pair in zip(names, TEXTS.values(), strict=True) if "\0" not in pair[1]]
    yield [*here, "ls"]
    yield [*here, "ls", "--json"]
    yield [*here, "ls", "--columns", "id,status,tags,reason,description,user,host,beta"]
    yield [*here, "trash", "ls"]
    yield [*here, "trash", "ls", "--json"]
    yield [*here, "clean", "--keep", "3", "--dry-run"]
    yield [*here, "doctor"]
    for name, text in pairs[::every]:
        yield [*here, "show", name]
        yield [*here, "logs", name]
        yield [*here, "show", text]
    for name, text in pairs[:: 3 * every]:
        yield [*here, "show", "--json", name]
        yield [*here, "logs", name, "--errors"]
        yield [*here, "compare", names[0], name, "--all"]
        yield [*here, "compare", names[0], name, "--json"]
        yield [*here, "path", name]
        yield [*here, "ls", text]
        yield [*here, "ls", f"{text}:{text}"]
        yield [*here, "ls", "--limit", "2", f"--sort={text}", "--columns", f"{text},metric:{text}"]
        yield [*here, "ls", f"--view={text}"]
        yield [*here, "path", "x", text]
        yield [*here, "clean", "--older-than", text]
        yield [*here, "exec", text]
        if text != TEXTS["dots"]:  # a directory there is, and the browser would open
            yield [*here, text]
        yield ["-C", text, "ls"]
    for name, text in pairs[:: 4 * every]:
        yield [*here, "tag", name, f"+{text}"]
        yield [*here, "mark", name, text]
        yield [*here, "mark", name, "failed", "--reason", text]
        yield [*here, "undo", name]
        yield [*here, "resume", name, "--set", f"{text}=1", "--checkpoint", text]
        yield [*here, "resume", name]
        yield [*here, "cancel", name]
        yield [*here, "trash", "restore", text]
    name, text = pairs[0]
    yield [*here, "resume", name, "--launch"]
    yield [*here, "launch", "--on", "slurm", "--tag", text, "--description", text, "--", "echo", text]
    yield [*here, "clean", "--keep", "20", "--yes"]
    yield [*here, "trash", "empty", "--yes"]
    yield [*here, "doctor", "--fix"]


def environment(tmp_path: Path) -> dict[str, str]:
    programs = tmp_path / "programs"
    write_hostile_programs(programs)
    write_hostile_settings(tmp_path / "config" / "runtui" / "settings.toml")
    return os.environ | {
        "PATH": f"{programs}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "USER": TEXTS["title"],
        "LOGNAME": TEXTS["bidi"],
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLUMNS": "100",
    }


def driver(tmp_path: Path, words: Sequence[Sequence[str]]) -> list[str]:
    path = tmp_path / "commands.json"
    path.write_text(json.dumps(words))
    return [sys.executable, "-c", _DRIVER, str(path), _SEPARATOR]


def parts(data: bytes, words: Sequence[Sequence[str]]) -> Iterator[tuple[Sequence[str], bytes]]:
    """Yield each command with what it printed."""
    for number, command in enumerate(words):
        _before, separator, data = data.partition(_SEPARATOR.format(number).encode())
        assert separator, f"nothing of {command}: {data[:200]!r}"
        yield command, data.partition(_SEPARATOR.format(number + 1).encode())[0]


def test_no_subcommand_prints_control_sequences(hostile: tuple[Path, list[str]], tmp_path: Path) -> None:
    words = list(commands(*hostile))
    arguments, env = driver(tmp_path, words), environment(tmp_path)
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(tmp_path)
        os.execve(sys.executable, arguments, env)
    seen = bytearray()
    try:
        while True:
            seen += os.read(terminal, 1 << 16)
    except OSError:  # that is how the end of a terminal is told
        pass
    finally:
        os.close(terminal)
        _pid, status = os.waitpid(process, 0)
    assert os.waitstatus_to_exitcode(status) == 0, bytes(seen[-2000:])
    data = bytes(seen).replace(b"\r\n", b"\n")
    found = [(command, findings(out, COLOURS, "\n")) for command, out in parts(data, words)]
    assert [(command, first[:3]) for command, first in found if first] == []
    assert not (tmp_path / "pwned").exists()


def test_pipes_get_plain_text_and_json_in_ascii(hostile: tuple[Path, list[str]], tmp_path: Path) -> None:
    words = list(commands(*hostile, every=2))
    ended = subprocess.run(
        driver(tmp_path, words), env=environment(tmp_path), cwd=tmp_path, capture_output=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    bad = []
    for stream in (ended.stdout, ended.stderr):
        for command, out in parts(stream, words):
            if "path" in command and stream is ended.stdout:
                continue  # a script wants it as the file system spells it
            if "--json" in command and stream is ended.stdout and out.strip():
                assert out.isascii(), command
                json.loads(out)
            bad += [(command, found) for found in findings(out, (), "\n\t")]
    assert bad == []
    assert not (tmp_path / "pwned").exists()
