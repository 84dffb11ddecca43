"""Which standard input can be kept for a command in the background."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.store.children import ROOT

CODE = """
import sys
from runtui.runtime.process import standard_input
from runtui.store.safe_directory import SafeDirectory
try:
    standard_input.check_can_be_kept()
except ValueError as error:
    sys.exit(str(error))
print(standard_input.is_file())
if standard_input.is_file():
    standard_input.copy_to(SafeDirectory(sys.argv[1]), "input")
"""


def looked_at(run: Path, **more: object) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", CODE, str(run)]
    return subprocess.run(words, capture_output=True, text=True, cwd=ROOT, check=False, **more)  # type: ignore[call-overload]


def test_unread_rest_of_an_input_file_is_copied(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "r")
    (tmp_path / "si.in").write_text("first\nsecond\n")
    with open(tmp_path / "si.in", "rb", buffering=0) as file:
        file.seek(6)
        assert looked_at(run, stdin=file).stdout == "True\n"
    assert (run / "input").read_text() == "second\n"
    assert (run / "input").stat().st_mode & 0o077 == 0


def test_nonempty_pipe_is_refused(runs_dir: Path) -> None:
    assert "cannot read a pipe" in looked_at(runs_dir, input="text").stderr


@pytest.mark.parametrize("kind", ["nothing", "an empty pipe"])
def test_empty_standard_input_is_accepted_but_not_kept(runs_dir: Path, kind: str) -> None:
    more = {"stdin": subprocess.DEVNULL} if kind == "nothing" else {"input": ""}
    assert looked_at(runs_dir, **more).stdout == "False\n"
