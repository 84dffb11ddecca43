"""``runtui wait`` in real processes: it ends when the runs have, and says how."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_log, write_run
from tests.terminal import runtui
from tests.waiting import wait_until


@contextmanager
def waiting(runs_dir: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run ``runtui wait`` in a process of its own."""
    process = subprocess.Popen(
        runtui("wait", "-C", str(runs_dir), *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints; waits for it."""
    assert process.stdout is not None
    return process.stdout.readline()


def test_each_run_is_printed_when_it_ends_and_the_code_tells_of_failures(runs_dir: Path) -> None:
    write_run(runs_dir, "early", tags=["sweep"])
    for name in ("ant", "bee", "other"):
        write_run(runs_dir, name, status="running", tags=["sweep"] if name != "other" else [])
    with waiting(runs_dir, "tag:sweep") as process:
        assert "early" in line(process)
        write_run(runs_dir, "bee", status="completed", tags=["sweep"])
        assert line(process).startswith("✓ completed  bee")
        assert process.poll() is None
        write_log(runs_dir / "ant", "ValueError: bad mesh\n")
        write_run(runs_dir, "ant", status="failed", tags=["sweep"])
        assert line(process).startswith("✗ failed  ant")
        assert process.wait() == 1


def test_any_ends_with_the_first(runs_dir: Path) -> None:
    for name in ("ant", "bee"):
        write_run(runs_dir, name, status="running")
    with waiting(runs_dir, "--any", "--json", "is:live") as process:
        # Only runs that match when it begins count, so it must have begun.
        wait_until(lambda: _has_read(process.pid, runs_dir), "it watches")
        write_run(runs_dir, "bee", status="completed")
        assert json.loads(line(process)) == {"run_id": "bee", "status": "completed", "reason": None}
        assert process.wait() == 0


def test_all_completed_runs_end_it_at_once(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs_dir, "ant")
    assert main(["wait", "-C", str(runs_dir)]) == 0
    assert "completed  ant" in capsys.readouterr().out


def test_time_out_is_told_by_its_own_code(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_run(runs_dir, "ant", status="running")
    assert main(["wait", "-C", str(runs_dir), "--timeout", "1s"]) == 124
    assert capsys.readouterr().err == "runtui: gave up waiting: 1 run still running\n"


def test_removed_run_is_no_success(runs_dir: Path) -> None:
    run = write_run(runs_dir, "ant", status="running")
    write_run(runs_dir, "bee")
    with waiting(runs_dir) as process:
        assert "bee" in line(process)
        run.rename(runs_dir.parent / "elsewhere")
        assert process.wait() == 1
        assert process.stderr is not None
        assert process.stderr.read() == "runtui: ant is gone\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["tag:nothing"], 1, "no run matches tag:nothing"),
        (["beta>>3"], 2, "invalid query"),
        (["--timeout", "soon"], 2, "--timeout"),
    ],
    ids=["no-match", "bad-query", "bad-time"],
)
def test_bad_input_is_refused_in_one_line(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    write_run(runs_dir, "ant", status="running")
    assert main(["wait", "-C", str(runs_dir), *arguments]) == code
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


def _has_read(pid: int, runs_dir: Path) -> bool:
    """Return whether a process watches a directory by events."""
    inode = f"ino:{(runs_dir).stat().st_ino:x} "
    for info in Path(f"/proc/{pid}/fdinfo").iterdir():
        try:
            if any(line.startswith("inotify") and inode in line for line in info.read_text().splitlines()):
                return True
        except FileNotFoundError:
            continue
    return False
