from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.store.process import hostname, this_process
from tests.run_dirs import write_log, write_run

NOW = datetime.now(UTC)


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


@pytest.fixture
def lost(runs_dir: Path) -> Path:
    """A run that runtui ran, and whose process is gone."""
    run = write_run(runs_dir, "gas", status="running", description="a gas", hostname=hostname())
    log = write_log(run, "step 1\nstep 2\n")
    (run / ".runtui").mkdir()
    gone = this_process()._replace(pid=2**22 - 1, start_time=1)
    (run / ".runtui" / "writer.json").write_text(json.dumps(gone.as_json()))
    (run / ".runtui" / "reserve").touch()
    for path in (log, run / "metadata.json"):
        os.utime(path, (time.time() - 60,) * 2)
    return runs_dir


def test_lost_run_shows_its_reason_once_with_the_mark_command(lost: Path, capsys) -> None:
    text = shown(capsys, "-C", str(lost), "show", "gas")
    assert text.count("lost: ") == 1
    (line,) = [line for line in text.splitlines() if line.startswith("lost: ")]
    assert line.endswith("(`runtui mark` sets it to failed)")
    reason = line.removeprefix("lost: ").partition(" (`runtui mark`")[0]
    assert text.count(reason) == 1
    found = json.loads(shown(capsys, "-C", str(lost), "show", "gas", "--json"))
    assert found["reason"]["kind"] == "lost"


def test_failure_is_shown_right_below_the_status(runs_dir: Path, capsys) -> None:
    run = write_run(runs_dir, "gas", status="failed", description="a gas")
    write_log(run, "step 1\nTraceback (most recent call last):\nValueError: no beta\n")
    lines = shown(capsys, "-C", str(runs_dir), "show", "gas").splitlines()
    assert lines[0] == "✗ failed  a gas"
    assert "ValueError: no beta" in lines[1]
    assert lines[2] == "  in logs/simulation.log"
    assert lines[3].startswith("id ")


def test_recorded_reason_of_failure_is_shown_once(runs_dir: Path, capsys) -> None:
    run = write_run(runs_dir, "gas", status="failed", error="beds: 0")
    write_log(run, "step 1\n")
    text = shown(capsys, "-C", str(runs_dir), "show", "gas")
    assert text.partition("\nid ")[0].count("beds: 0") == 1


def test_relatives_are_shown_as_a_tree(runs_dir: Path, capsys) -> None:
    write_run(runs_dir, "first", description="the first")
    write_run(runs_dir, "second", parent_run_id="first", description="the second")
    write_run(runs_dir, "third", parent_run_id="second", description="the third")
    text = shown(capsys, "-C", str(runs_dir), "show", "second")
    tree = text.partition("lineage")[2].strip().splitlines()[:3]
    assert tree[0].startswith("first  ")
    assert tree[1].startswith("└─ second  ")
    assert tree[1].endswith("this run")
    assert tree[2].startswith("   └─ third  ")
    found = json.loads(shown(capsys, "-C", str(runs_dir), "show", "second", "--json"))
    assert (found["ancestors"], found["children"]) == (["first"], ["third"])


def test_show_json_has_changes_with_old_and_new_values(runs_dir: Path, capsys) -> None:
    write_run(runs_dir, "gas", status="failed", tags=["old"], created=NOW - timedelta(days=1))
    assert main(["-C", str(runs_dir), "mark", "gas", "completed", "--reason", "by hand"]) == 0
    assert main(["-C", str(runs_dir), "tag", "gas", "+new", "-old"]) == 0
    capsys.readouterr()
    marked, tagged = json.loads(shown(capsys, "-C", str(runs_dir), "show", "gas", "--json"))["history"]
    assert marked["reason"] == "by hand"
    (change,) = (change for change in marked["changes"] if change["key"] == "status")
    assert (change["old"], change["new"]) == ("failed", "completed")
    (change,) = tagged["changes"]
    assert (change["added"], change["removed"]) == (["new"], ["old"])


def test_path_is_written_to_a_pipe_unchanged(runs_dir: Path, capfdbinary) -> None:
    name = os.fsdecode(b"caf\xe9\x1b[2J")
    write_run(runs_dir, name)
    assert main(["-C", str(runs_dir), "path", "caf"]) == 0
    assert capfdbinary.readouterr().out == os.fsencode(runs_dir) + b"/caf\xe9\x1b[2J\n"
