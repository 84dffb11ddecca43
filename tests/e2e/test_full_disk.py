"""A full disk is when people clean up: that works there, with the user's home on the same disk."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.run_listing import run_names
from tests.full_disks import fill, on_full_disks
from tests.run_dirs import write_run
from tests.store.children import PATIENCE, ROOT
from tests.terminal import Terminal, ended_cleanly, runtui

PAYLOAD = bytes(range(256)) * 64


def environment(disk: Path) -> dict[str, str]:
    """Make a home directory on the disk, and return the variables that lead there."""
    home = disk / "home"
    home.mkdir()
    names = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME")
    return os.environ | dict.fromkeys(names, str(home))


@pytest.fixture
def base(small_disk: Callable[[str], Path], options: str) -> Path:
    """A runs directory of a classic writer, with three runs, on a disk that is not full yet."""
    base = small_disk(options) / "runs"
    base.mkdir()
    for name in ("ant", "bee", "cow"):
        run = write_run(base, name, status="failed", description=f"a {name}", created="2026-01-01")
        (run / "results" / "data.bin").write_bytes(PAYLOAD)
    entries = [{"run_id": name, "created_at": "2026-01-01"} for name in ("ant", "bee", "cow")]
    (base / ".run_index.json").write_text(json.dumps({"runs": entries, "latest": "cow"}, indent=2))
    return base


def indexed(base: Path) -> set[str]:
    return {entry["run_id"] for entry in json.loads((base / ".run_index.json").read_bytes())["runs"]}


@on_full_disks
@pytest.mark.parametrize("has_trash", [True, False])
def test_commands_clean_up_on_a_full_disk(base: Path, options: str, has_trash: bool) -> None:
    env = environment(base.parent)

    def command(*words: str) -> str:
        done = subprocess.run(
            runtui("-C", str(base), *words),
            env=env,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert (done.returncode, done.stderr) == (0, ""), done
        return done.stdout

    if has_trash:
        command("clean", "--run", "cow", "--yes")
    fill(base.parent / "filling", options)
    assert "moved 2 runs to the trash" in command("clean", "--run", "ant", "bee", "--yes")
    assert not indexed(base) & {"ant", "bee"}
    assert "a ant" in command("trash", "ls")
    assert command("trash", "restore", "ant") == "restored ant\n"
    assert (base / "ant" / "results" / "data.bin").read_bytes() == PAYLOAD
    assert "a ant" in command("ls")
    assert "ant" in indexed(base)
    count = 1 + has_trash
    assert f"deleted {count} run" in command("trash", "empty", "--yes")
    assert command("trash", "ls") == ""
    assert not list(base.rglob("bee"))
    assert (base / "ant" / "results" / "data.bin").read_bytes() == PAYLOAD
    command("tag", "ant", "+roomy")  # there is room again


@on_full_disks
def test_browser_cleans_up_on_a_full_disk(base: Path, options: str) -> None:
    env = environment(base.parent)
    fill(base.parent / "filling", options)
    with Terminal(runtui(str(base)), 110, 30, env) as terminal:
        terminal.wait_for("a cow")
        terminal.press("*", "d")
        terminal.wait_for("3 runs to the trash, ")
        terminal.press("Enter")
        terminal.wait_for("moved 3 runs to the trash")
        assert run_names(str(base)) == []
        terminal.wait_for("No runs here yet")  # what was selected is so no longer
        terminal.press("u")
        terminal.wait_for(lambda _screen: len(run_names(str(base))) == 3)
        terminal.wait_for("a cow")
        terminal.press("d")
        terminal.wait_for("1 run to the trash, ")
        terminal.press("Enter")
        terminal.wait_for("moved 1 run to the trash")
        terminal.press("T")
        terminal.wait_for("moved while the disk was full")
        terminal.press("X")
        terminal.wait_for("Press X again")
        terminal.press("X")
        terminal.wait_for("deleted 1 run")
        terminal.press("q")
        ended_cleanly(terminal, 0)
    assert len(run_names(str(base))) == 2
    assert len(list(base.rglob("data.bin"))) == 2
