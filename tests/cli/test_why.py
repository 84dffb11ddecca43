"""Why a program failed, by any log."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.cli import main

TRACEBACK = 'step 1\nTraceback (most recent call last):\n  File "a.py", line 1\nValueError: bad value\n'


def why(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["why", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_reason_is_printed_with_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "sim.log"
    log.write_text(TRACEBACK)
    assert why(capsys, str(log)) == (0, f"{log}:4: exception: ValueError: bad value\n", "")


def test_log_without_a_reason_ends_with_its_last_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "sim.log"
    log.write_text("step 1\nstep 2\n")
    assert why(capsys, str(log)) == (1, f"{log}:2: no reason found; it ends with: step 2\n", "")
    log.write_text("")
    assert why(capsys, str(log)) == (1, f"{log}: no reason found\n", "")


def test_compressed_log_has_numbers_of_its_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "sim.log.gz"
    log.write_bytes(gzip.compress(TRACEBACK.encode()))
    assert why(capsys, str(log))[1] == f"{log}:4: exception: ValueError: bad value\n"


def test_several_logs_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a.log", TRACEBACK), ("b.log", "fine\n")):
        (tmp_path / name).write_text(text)
    code, out, _err = why(capsys, str(tmp_path / "a.log"), str(tmp_path / "b.log"), "--json")
    first, second = json.loads(out)
    assert code == 0
    assert first == {
        "kind": "exception",
        "line": "ValueError: bad value",
        "log": str(tmp_path / "a.log"),
        "offset": TRACEBACK.index("ValueError"),
        "partly_read": None,
        "line_number": 4,
    }
    assert (second["kind"], second["line"]) == ("unknown", "fine")


@pytest.mark.parametrize(("lines", "share"), [(3, ""), (1_000_000, " (read 64.0 KiB of 11.3 MiB)")])
def test_standard_input_of_any_length_is_read(lines: int, share: str) -> None:
    text = "".join(f"step {number}\n" for number in range(lines)) + TRACEBACK
    done = subprocess.run(
        [sys.executable, "-m", "runtui", "why", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (
        0,
        f"standard input:{lines + 4}: exception: ValueError: bad value{share}\n",
    )


@pytest.mark.parametrize(
    ("name", "problem"), [("none.log", "no such file"), ("", "no logs found in"), ("b.log", "is binary")]
)
def test_what_cannot_be_read_is_reported(
    name: str, problem: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name == "b.log":
        (tmp_path / name).write_bytes(bytes(range(256)) * 20)
    code, out, err = why(capsys, str(tmp_path / name))
    assert (code, out) == (2, "")
    assert problem in err
    assert err.count("\n") == 1


def test_other_logs_are_read_though_one_cannot_be(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "sim.log"
    log.write_text(TRACEBACK)
    code, out, err = why(capsys, str(tmp_path / "none.log"), str(log))
    assert (code, out) == (0, f"{log}:4: exception: ValueError: bad value\n")
    assert "none.log: no such file" in err


def test_directory_is_read_by_the_logs_in_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "run.log").write_text("step 1\n")
    (logs / "run.err").write_text(TRACEBACK)
    assert why(capsys, str(tmp_path))[:2] == (0, f"{logs / 'run.err'}:4: exception: ValueError: bad value\n")


def test_log_in_utf_16_is_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "sim.log"
    log.write_bytes(TRACEBACK.encode("utf-16"))
    assert why(capsys, str(log))[1] == f"{log}:4: exception: ValueError: bad value\n"


@pytest.mark.parametrize("compress", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_pipe_is_read_as_a_log(compress: Callable[[bytes], bytes], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtui", "why", "/dev/stdin"],
        input=compress(TRACEBACK.encode()),
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, b"/dev/stdin:4: exception: ValueError: bad value\n")


def test_binary_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "core").write_bytes(bytes(range(256)) * 9)
    code, _out, err = why(capsys, str(tmp_path / "core"))
    assert code == 2
    assert "core is binary" in err


def test_standard_input_is_read_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(TRACEBACK.encode())))
    code, printed, said = why(capsys, "-", "-")
    assert (code, printed) == (0, "standard input:4: exception: ValueError: bad value\n")
    assert said == "runtui: standard input can be read only once\n"
