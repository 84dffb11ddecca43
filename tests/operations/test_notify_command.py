from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.operations import notify_command
from runtui.operations.notify_command import run_notify_command
from runtui.store.record import RunRecord

HOSTILE = "a $(touch touched) `touch touched`; 'gas' \"x\""


def test_command_knows_the_run_and_no_shell_reads_it(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = RunRecord("ant", "ant", "failed", HOSTILE, reason="no: 'memory'", is_reason_typed=True)
    command = 'printf "%s\\n" "$RUNTUI_RUN" "$RUNTUI_RUN_ID" "$RUNTUI_STATUS" "$RUNTUI_REASON" \
        "$RUNTUI_DESCRIPTION" > told'
    assert run_notify_command(command, "runs/ant", run) == ""
    assert Path("told").read_text().splitlines() == [
        os.path.join(os.getcwd(), "runs/ant"),
        "ant",
        "failed",
        "no: 'memory'",
        HOSTILE,
    ]
    assert not Path("touched").exists()


@pytest.mark.parametrize(
    ("command", "trouble"),
    [
        ("exit 3", "notify_command: exit code 3"),
        (
            "echo first >&2; echo 'no \x1b[31msuch address' >&2; exit 1",
            "notify_command: no ␛[31msuch address",
        ),
        ("echo only words >&2", ""),
    ],
    ids=["code", "words", "good"],
)
def test_what_went_wrong_is_said_in_one_line(command: str, trouble: str) -> None:
    assert run_notify_command(command, "ant", RunRecord("ant", "ant")) == trouble


def test_command_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(notify_command, "_PATIENCE", 0.2)
    pid = tmp_path / "pid"
    trouble = run_notify_command(f"sleep 300 & echo $! > {pid}; wait", "ant", RunRecord("ant", "ant"))
    assert trouble.startswith("notify_command took more than")
    assert "sleep" not in _command_of(int(pid.read_text()))


def _command_of(pid: int) -> str:
    """Return the command of a process that still runs, or ``""``."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except FileNotFoundError:
        return ""
