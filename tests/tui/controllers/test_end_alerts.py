from __future__ import annotations

from pathlib import Path

import pytest

from runtui.tui.controllers.end_alerts import alert_of
from runtui.tui.terminal.alerts import Alert
from tests.run_dirs import write_log, write_run
from tests.tui.controllers.fakes import run_of
from tests.tui.screen import browsing
from tests.waiting import until


def test_alert_names_one_run_and_counts_several() -> None:
    failed = run_of("ant", "failed", description="a gas", reason="no memory", is_reason_typed=True)
    assert alert_of([failed]) == Alert("failed: a gas", "no memory")
    assert alert_of([run_of("bee")]) == Alert("completed: bee")
    assert alert_of([failed, run_of("bee"), failed]) == Alert("3 runs ended", "2 failed, 1 completed")


def settings(tmp_path: Path, text: str) -> Path:
    """Write a settings file."""
    path = tmp_path / "settings.toml"
    path.write_text(text)
    return path


async def test_command_gets_the_reason_from_the_log_once_for_each_run(runs_dir: Path, tmp_path: Path) -> None:
    for name in ("ant", "bee", "cat"):
        write_run(runs_dir, name, status="running")
    told = tmp_path / "told"
    command = f'echo "$RUNTUI_RUN_ID $RUNTUI_STATUS: $RUNTUI_REASON" >> {told}'
    config = settings(tmp_path, f"notify = 'failed'\nnotify_command = '''{command}'''\n")
    async with browsing(runs_dir, config=config) as user:
        write_log(runs_dir / "ant", "ValueError: bad mesh\n")
        write_run(runs_dir, "ant", status="failed")
        await until(user.pilot, told.exists, "the command was run")
        write_run(runs_dir, "cat", status="completed")
        write_run(runs_dir, "bee", status="failed")
        await until(user.pilot, lambda: "bee" in told.read_text(), "the command was run again")
    lines = told.read_text().splitlines()
    assert lines[0] == "ant failed: exception: ValueError: bad mesh"
    assert [line.split(":")[0] for line in lines] == ["ant failed", "bee failed"]


async def test_failing_command_is_reported(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "ant", status="running")
    config = settings(tmp_path, "notify = 'all'\nnotify_command = 'echo no such address >&2; exit 1'\n")
    async with browsing(runs_dir, config=config, notices=True) as user:
        write_run(runs_dir, "ant", status="completed")
        await user.sees("notify_command: no such address")


@pytest.mark.parametrize(("bell", "count"), [("", 1), ("bell = false\n", 0)], ids=["usual", "off"])
async def test_bell_rings_unless_it_is_off(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bell: str, count: int
) -> None:
    write_run(runs_dir, "ant", status="running")
    config = settings(tmp_path, f"notify = 'all'\n{bell}")
    rung: list[bool] = []
    async with browsing(runs_dir, config=config, notices=True) as user:
        monkeypatch.setattr(user.app, "bell", lambda: rung.append(True))
        write_run(runs_dir, "ant", status="completed", description="done")
        await user.sees("completed  done")
    assert len(rung) == count
