from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.store.actions import edit_tags
from tests.run_dirs import bad_runs, write_run


@pytest.fixture
def healthy(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A runs directory as RunManager leaves it, with a parent whose checkpoint its child lists."""
    manager = RunManager(runs_dir)
    manager.create_run(run_id="parent")
    (runs_dir / "parent" / "checkpoints" / "one").write_text("state")
    manager.add_checkpoint("one", "checkpoints/one")
    manager.update_status("completed")
    manager.create_child_run("parent", run_id="child")
    manager.update_status("completed")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def doctor(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, str]]:
    """Run the doctor and return its exit code and the problems by where they are."""
    capsys.readouterr()
    code = main(["doctor", "--json", *arguments])
    found = json.loads(capsys.readouterr().out)
    problems: dict[str, str] = {}
    for item in found:
        if item["level"] == "problem":
            problems[item["where"]] = "; ".join(filter(None, (problems.get(item["where"]), item["what"])))
    return code, problems


def test_in_a_healthy_directory_it_finds_nothing_and_changes_nothing(healthy: Path, capsys) -> None:
    before = {path: path.lstat().st_mtime_ns for path in healthy.rglob("*")}
    assert doctor(capsys) == (0, {})
    assert main(["doctor"]) == 0
    assert "nothing is wrong" in capsys.readouterr().out
    assert {path: path.lstat().st_mtime_ns for path in healthy.rglob("*")} == before


@pytest.mark.parametrize(
    ("spoil", "where", "words"),
    [
        (lambda base: (base / ".run_index.json").unlink(), ".run_index.json", "the index is missing"),
        (lambda base: (base / ".run_index.json").write_text("{"), ".run_index.json", "cannot be read"),
        (lambda base: write_run(base, "new"), ".run_index.json", "1 runs missing"),
        (lambda base: write_run(base, "child", status="failed"), ".run_index.json", "1 entries out of date"),
        (
            lambda base: ((base / "current").unlink(), (base / "current").symlink_to("gone")),
            "current",
            "points to gone, which is not there",
        ),
        (
            lambda base: (
                (base / "child" / ".metadata.json.0123.runtui-tmp").write_text(""),
                os.utime(base / "child" / ".metadata.json.0123.runtui-tmp", (1, 1)),
            ),
            "child",
            "a temporary file was left",
        ),
        (
            lambda base: subprocess.run(
                [
                    sys.executable,
                    "-c",
                    "import sys; from runtui.store.lock import *; FileLock(sys.argv[1]).__enter__()",
                    str(base / "child" / ".runtui" / "lock"),
                ],
                check=True,
            ),
            "child",
            "a lock was left: lock",
        ),
        (
            lambda base: (
                edit_tags(str(base), ["child"], ["new"], []),
                os.utime(base / "child" / "metadata.json", (time.time() - 3600,) * 2),
            ),
            "child",
            "an edit is not in its metadata yet",
        ),
    ],
)
def test_what_can_be_mended_is_mended_and_then_nothing_is_left(
    healthy: Path, capsys, spoil, where, words
) -> None:
    spoil(healthy)
    code, found = doctor(capsys)
    assert code == 1
    assert words in found[where]
    assert main(["doctor", "--fix"]) in (0, 1)
    capsys.readouterr()
    assert main(["doctor", "--fix"]) == 0
    assert doctor(capsys) == (0, {})
    (record, *_others) = sorted((healthy / ".runtui" / "doctor").iterdir())
    assert words.split(" (")[0] in record.read_text()


@pytest.mark.parametrize(
    ("spoil", "where", "words"),
    [
        (lambda base: (base / "child" / "metadata.json").write_text("[]"), "child", "holds a list"),
        (lambda base: os.rename(base / "child", base / "other"), "other", "run_id differs"),
        (
            lambda base: (base / "parent" / "checkpoints" / "one").unlink(),
            "child",
            "1 of its checkpoints are missing",
        ),
        (
            lambda base: os.rename(base / "parent", base.parent / "parent"),
            "child",
            "its parent parent is not",
        ),
    ],
)
def test_what_takes_a_person_is_told_and_left_alone(healthy: Path, capsys, spoil, where, words) -> None:
    spoil(healthy)
    main(["doctor", "--fix"])
    before = {path.name: path.read_bytes() for path in healthy.glob("*/metadata.json")}
    code, found = doctor(capsys, "--fix")
    assert code == 1
    assert words in found[where]
    assert {path.name: path.read_bytes() for path in healthy.glob("*/metadata.json")} == before


def test_a_run_that_claims_to_be_running_and_is_not_is_told_with_what_to_do(healthy: Path, capsys) -> None:
    run = write_run(healthy, "dead", status="running")
    long_ago = (time.time() - 7200,) * 2
    os.utime(run / "metadata.json", long_ago)
    main(["doctor", "--fix"])
    code, found = doctor(capsys)
    assert code == 1
    assert found["dead"] == (
        "claims to be running, but no output for 2h00m; mark it: runtui mark dead failed"
    )


def test_it_survives_everything_that_can_lie_there(runs_dir: Path, capsys) -> None:
    paths = bad_runs(runs_dir)
    assert main(["-C", str(runs_dir), "doctor", "--fix"]) == 1
    printed = capsys.readouterr().out
    assert "no metadata.json" in printed
    assert not any(ord(char) < 0x20 and char != "\n" for char in printed)
    for name, path in paths.items():
        assert os.path.lexists(path), name
