from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.store.edits.run_edits import edit_tags
from tests.layouts.test_slurm import make
from tests.run_dirs import bad_runs, write_run
from tests.trees import everything_below


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


def test_doctor_finds_and_changes_nothing_in_a_healthy_directory(healthy: Path, capsys) -> None:
    before = {path: path.lstat().st_mtime_ns for path in healthy.rglob("*")}
    assert doctor(capsys) == (0, {})
    assert main(["doctor"]) == 0
    assert "no problems found" in capsys.readouterr().out
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
            "points to gone, which does not exist",
        ),
        (
            lambda base: (
                (base / "child" / ".metadata.json.0123.runtui-tmp").write_text(""),
                os.utime(base / "child" / ".metadata.json.0123.runtui-tmp", (1, 1)),
            ),
            "child",
            "left-over temporary file",
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
            "left-over lock: lock",
        ),
        (
            lambda base: (
                edit_tags(str(base), ["child"], ["new"], []),
                os.utime(base / "child" / "metadata.json", (time.time() - 3600,) * 2),
            ),
            "child",
            "an edit is not yet in metadata.json",
        ),
    ],
)
def test_fix_makes_safe_repairs_and_records_them(healthy: Path, capsys, spoil, where, words) -> None:
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
            "1 checkpoint file is missing",
        ),
        (
            lambda base: os.rename(base / "parent", base.parent / "parent"),
            "child",
            "its parent parent is not",
        ),
    ],
)
def test_problems_without_a_safe_repair_are_reported_and_unchanged(
    healthy: Path, capsys, spoil, where, words
) -> None:
    spoil(healthy)
    main(["doctor", "--fix"])
    before = {path.name: path.read_bytes() for path in healthy.glob("*/metadata.json")}
    code, found = doctor(capsys, "--fix")
    assert code == 1
    assert words in found[where]
    assert {path.name: path.read_bytes() for path in healthy.glob("*/metadata.json")} == before


def test_dead_run_is_reported_with_advice(healthy: Path, capsys) -> None:
    run = write_run(healthy, "dead", status="running")
    long_ago = (time.time() - 7200,) * 2
    os.utime(run / "metadata.json", long_ago)
    main(["doctor", "--fix"])
    code, found = doctor(capsys)
    assert code == 1
    assert found["dead"] == ("status running, but no output for 2h00m; mark it: runtui mark dead failed")


def test_doctor_survives_any_bad_run(runs_dir: Path, capsys) -> None:
    paths = bad_runs(runs_dir)
    assert main(["-C", str(runs_dir), "doctor", "--fix"]) == 1
    printed = capsys.readouterr().out
    assert "no metadata.json" in printed
    assert not any(ord(char) < 0x20 and char != "\n" for char in printed)
    for name, path in paths.items():
        assert os.path.lexists(path), name


# Modes and owners


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


@pytest.mark.parametrize(
    ("part", "bad", "good", "words"),
    [
        ("child/metadata.json", 0o666, 0o664, "metadata.json is writable by every user (mode 666)"),
        ("child/metadata.json", 0o000, 0o400, "metadata.json is not readable by its owner (mode 0)"),
        ("child", 0o757, 0o755, "its directory is writable by every user (mode 757)"),
        ("child", 0o300, 0o700, "its directory is not readable by its owner (mode 300)"),
        ("child", 0o600, 0o700, "its directory is not readable by its owner (mode 600)"),
    ],
)
def test_fix_repairs_a_wrong_mode_and_records_the_old_one(
    healthy: Path, capsys, part: str, bad: int, good: int, words: str
) -> None:
    (healthy / part).chmod(bad)
    code, found = doctor(capsys)
    assert (code, found) == (1, {"child": words})
    assert doctor(capsys, "--fix")[0] == 0
    assert mode(healthy / part) == good
    assert doctor(capsys) == (0, {})
    (record,) = (healthy / ".runtui" / "doctor").iterdir()
    assert json.loads(record.read_text())["repaired"] == [{"where": "child", "what": words}]


@pytest.mark.parametrize(("part", "bad"), [("child/metadata.json", 0o444), ("child", 0o555)])
def test_read_only_run_is_noted_and_left_unchanged(healthy: Path, capsys, part: str, bad: int) -> None:
    (healthy / part).chmod(bad)
    assert doctor(capsys, "--fix") == (0, {})
    assert mode(healthy / part) == bad
    assert f"is read-only (mode {bad:o})" in notes(capsys)
    (healthy / part).chmod(0o755)


def notes(capsys: pytest.CaptureFixture[str]) -> str:
    main(["doctor", "--json"])
    found = json.loads(capsys.readouterr().out)
    return "\n".join(f"{item['where']}: {item['what']}" for item in found if item["level"] == "note")


def test_directory_writable_by_all_without_sticky_bit_is_reported_once(healthy: Path, capsys) -> None:
    healthy.chmod(0o777)
    (healthy / "child").chmod(0o757)
    for folder in (".runtui", ".runtui/doctor", ".runtui/edited"):
        (healthy / folder).mkdir(exist_ok=True)
        (healthy / folder).chmod(0o777)
    assert doctor(capsys) == (
        1,
        {".": "every user can remove the runs of others here: chmod +t it, or chmod o-w"},
    )
    healthy.chmod(0o1777)
    (healthy / "child").chmod(0o755)
    assert doctor(capsys) == (0, {})


def test_folder_that_group_members_cannot_write_is_repaired(healthy: Path, capsys) -> None:
    healthy.chmod(0o2775)
    code, found = doctor(capsys)
    assert code == 1
    assert found[".runtui"].startswith("is not writable by all users who can write around it")
    assert doctor(capsys, "--fix")[0] == 0
    assert mode(healthy / ".runtui") & 0o070 == 0o070
    assert doctor(capsys) == (0, {})


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_problems_of_other_users_are_reported_and_not_repaired(healthy: Path, capsys) -> None:
    os.chown(healthy / "parent", 65534, 65534)
    os.chown(healthy / "child" / "metadata.json", 65534, 65534)
    (healthy / "parent" / "metadata.json").chmod(0o666)
    os.chown(healthy / "parent" / "metadata.json", 65534, 65534)
    (healthy / "parent" / ".x.runtui-tmp").touch()
    os.utime(healthy / "parent" / ".x.runtui-tmp", (1, 1))
    os.chown(healthy / "parent" / ".x.runtui-tmp", 65534, 65534)
    healthy.chmod(0o775)
    (healthy / ".runtui").chmod(0o775)
    before = everything_below(healthy / "parent")
    code, found = doctor(capsys, "--fix")
    assert code == 1
    assert "is writable by every user (mode 666): ask its owner for chmod o-w" in found["parent"]
    assert ".runtui belongs to another user, so the owner of the run cannot write there" in found["parent"]
    assert "left-over temporary file: .x.runtui-tmp" in found["parent"]
    assert everything_below(healthy / "parent") == before
    noted = notes(capsys)
    assert ".: shared by several users, but new runs do not get its group: chmod g+s it" in noted
    assert "child: metadata.json and its directory have different owners: edits are kept beside it" in noted


# What else lies there


@pytest.mark.parametrize(
    ("spoil", "where", "words", "is_repaired"),
    [
        (lambda base, out: point(base, out), "current", "which is not a run here", True),
        (lambda base, out: point(base, "../outside/child"), "current", "which is not a run here", True),
        (
            lambda base, out: ((base / "current").unlink(), (base / "current").mkdir()),
            "current",
            "not a symbolic link: move it away",
            False,
        ),
        (
            lambda base, out: (
                (base / ".current.0.runtui-tmp").symlink_to("child"),
                os.utime(base / ".current.0.runtui-tmp", (1, 1), follow_symlinks=False),
            ),
            ".current.0.runtui-tmp",
            "left-over temporary file",
            True,
        ),
        (
            lambda base, out: os.mkfifo(base / "child" / ".runtui" / "lock"),
            "child",
            "lock is in the place of a lock but is not one: remove it",
            False,
        ),
        (
            lambda base, out: (base / ".trash").symlink_to(out),
            ".trash",
            "is a symbolic link, so runtui writes nothing there: move it away",
            False,
        ),
        (
            lambda base, out: (
                os.rename(base / "child" / ".runtui", base / "child" / "was"),
                (base / "child" / ".runtui").symlink_to(out),
            ),
            "child",
            ".runtui is a symbolic link, so runtui writes nothing there: move it away",
            False,
        ),
        (
            lambda base, out: os.rename(base / "child" / "metadata.json", base / "child" / ".x.runtui-tmp"),
            "child",
            "no metadata.json",
            False,
        ),
        (
            lambda base, out: ((base / ".run_index.json").unlink(), (base / ".run_index.json").mkdir()),
            ".run_index.json",
            "empty or cannot be read",
            False,
        ),
    ],
)
def test_fix_repairs_misplaced_entries_only_if_safe(
    healthy: Path, tmp_path: Path, capsys, spoil, where: str, words: str, is_repaired: bool
) -> None:
    outside = tmp_path / "outside"
    write_run(outside, "child")
    (outside / "lock.0").touch()
    os.utime(outside / "lock.0", (1, 1))
    before = everything_below(outside)
    spoil(healthy, outside)
    code, found = doctor(capsys)
    assert code == 1
    assert words in found[where]
    assert doctor(capsys, "--fix")[0] == (0 if is_repaired else 1)
    code, found = doctor(capsys)
    assert (where in found) is not is_repaired
    assert everything_below(outside) == before


def point(base: Path, target: object) -> None:
    (base / "current").unlink()
    (base / "current").symlink_to(str(target))


def test_doctor_repairs_nothing_if_repairs_cannot_be_recorded(healthy: Path, capsys) -> None:
    (healthy / ".run_index.json").unlink()
    point(healthy, "gone")
    (healthy / ".runtui" / "doctor").write_text("in the way")
    before = {path: path.lstat().st_mtime_ns for path in healthy.rglob("*")}
    assert main(["doctor", "--fix", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    failures = {item["where"]: item["failure"] for item in told if item["repairable"]}
    assert set(failures) == {".run_index.json", "current"}
    assert all("cannot keep a record of it" in failure for failure in failures.values())
    assert {path: path.lstat().st_mtime_ns for path in healthy.rglob("*")} == before


def test_pending_edit_is_not_a_problem(healthy: Path, capsys) -> None:
    edit_tags(str(healthy), ["child"], ["new"], [])
    assert doctor(capsys, "--fix") == (0, {})
    assert main(["doctor"]) == 0
    assert (
        "child: an edit is not yet in metadata.json: the run was written to a moment ago"
        in capsys.readouterr().out
    )


def test_circle_of_parents_is_reported_even_without_checkpoints(healthy: Path, capsys) -> None:
    write_run(healthy, "egg", parent_run_id="hen")
    write_run(healthy, "hen", parent_run_id="egg")
    main(["doctor", "--fix"])
    code, found = doctor(capsys)
    assert code == 1
    assert found == dict.fromkeys(("egg", "hen"), "its parents form a circle")


def test_run_initialising_for_hours_is_reported(healthy: Path, capsys) -> None:
    run = write_run(healthy, "stuck", status="initialising")
    os.utime(run / "metadata.json", (time.time() - 8 * 3600,) * 2)
    main(["doctor", "--fix"])
    assert doctor(capsys)[1] == {
        "stuck": "status initialising, but no output for 8h00m; mark it: runtui mark stuck failed"
    }


def test_the_last_line_counts_problems_repairs_and_notes(healthy: Path, capsys) -> None:
    (healthy / "child" / "metadata.json").chmod(0o444)
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "no problems found; 1 note"
    (healthy / ".run_index.json").unlink()
    (healthy / "parent" / "checkpoints" / "one").unlink()
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "3 problems found; `--fix` can repair 1"
    assert main(["doctor", "--fix"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "1 problem repaired; 2 left"


def test_problems_in_folders_are_told_by_path_and_repaired_there(runs_dir: Path, capsys) -> None:
    sweep = runs_dir / "sweep"
    write_run(sweep, "r", created="2026-11-01T12:00:00Z")
    write_run(sweep, "lost", parent_run_id="gone")
    (sweep / ".run_index.json").write_text("{}")
    make(runs_dir, "case", SLURM_990001__out="ERROR: no input\n")
    assert main(["-C", str(runs_dir), "tag", "case", "+x"]) == 0
    capsys.readouterr()
    assert main(["-C", str(runs_dir), "doctor", "--fix"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "sweep/lost: its parent gone is not in this directory" in lines
    assert any(line.startswith("sweep/.run_index.json: ") and line.endswith("(repaired)") for line in lines)
    assert not any(line.startswith("case: an edit") for line in lines)
    assert not (runs_dir / ".runtui" / "doctor").exists()
    assert (sweep / ".runtui" / "doctor").is_dir()
    assert len(json.loads((sweep / ".run_index.json").read_text())["runs"]) == 2
