"""What is removed is put aside whole, with a note, and never leaves its runs directory."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui import InvalidRunIdError, RunManager, RunNotFoundError
from runtui.cli import main
from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
from runtui.store.cleanup.trash import (
    EmptyingProgress,
    TrashedRun,
    empty_trash,
    find_trashed,
    has_half_emptied,
    list_trash,
    move_to_trash,
    restore,
    usage,
)
from tests.run_dirs import write_log, write_run
from tests.store.children import PATIENCE, ROOT, output_as_nobody, output_of
from tests.store.commands import require_strace
from tests.trees import everything_below


def test_a_run_is_moved_whole_with_a_note_of_when_and_why(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run 7")
    write_log(run_dir, "text")
    inode = run_dir.stat().st_ino
    folder = Path(move_to_trash(str(runs_dir), "run 7", "not among the 3 newest", {"run_id": "run 7"}))
    assert not run_dir.exists()
    assert folder.parent == runs_dir / ".trash"
    assert (folder / "run 7").stat().st_ino == inode
    assert (folder / "run 7" / "logs" / "simulation.log").read_text() == "text"
    note = json.loads((folder / "trashed.json").read_text())
    assert note["reason"] == "not among the 3 newest"
    assert note["entry"] == {"run_id": "run 7"}
    assert note["trashed_at"].endswith("Z")
    assert set(os.listdir(folder)) == {"run 7", "trashed.json"}


def test_two_runs_of_one_name_lie_in_the_trash_beside_each_other(runs_dir: Path) -> None:
    for _ in range(2):
        write_run(runs_dir, "run")
        move_to_trash(str(runs_dir), "run", "old", {})
    assert len(list((runs_dir / ".trash").glob("*/run/metadata.json"))) == 2


def test_a_linked_run_is_moved_as_a_link_and_its_target_stays(runs_dir: Path) -> None:
    target = write_run(runs_dir.parent / "other", "run")
    (runs_dir / "run").symlink_to(target)
    folder = Path(move_to_trash(str(runs_dir), "run", "old", {}))
    assert (folder / "run").is_symlink()
    assert (target / "metadata.json").exists()


@pytest.mark.parametrize("name", ["..", "../other", "/etc", ".runtui", "", "a/b", "current"])
def test_what_is_no_run_id_is_refused(runs_dir: Path, name: str) -> None:
    with pytest.raises(InvalidRunIdError):
        move_to_trash(str(runs_dir), name, "old", {})
    assert os.listdir(runs_dir) == []


def test_a_missing_run_is_an_error_that_leaves_no_folder(runs_dir: Path) -> None:
    with pytest.raises(FileNotFoundError):
        move_to_trash(str(runs_dir), "gone", "old", {})
    assert os.listdir(runs_dir / ".trash") == []


def test_a_trash_that_leads_elsewhere_is_refused(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    (runs_dir / ".trash").symlink_to(runs_dir.parent)
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        move_to_trash(str(runs_dir), "run", "old", {})
    assert (runs_dir / "run").is_dir()


def test_a_run_that_may_not_be_moved_stays_where_it_is(public_dir: Path) -> None:
    write_run(public_dir, "run")
    os.mkdir(public_dir / ".trash")
    os.chmod(public_dir / ".trash", 0o777)
    answer = output_as_nobody(
        """
        import sys
        from runtui.store.cleanup.trash import move_to_trash
        try:
            move_to_trash(sys.argv[1], "run", "old", {})
        except PermissionError:
            print("refused")
        """,
        public_dir,
    )
    assert answer == "refused"
    assert (public_dir / "run" / "metadata.json").exists()
    assert os.listdir(public_dir / ".trash") == []


# There and back


def make_large(base: Path, name: str, count: int) -> Path:
    """Write an old run with `count` files in several folders.

    In each folder they are names of one and the same: to make thousands of inodes takes long.
    """
    run_dir = write_run(base, name, created="2026-01-01T00:00:00Z")
    for number in range(count):
        if number % 1000 == 0:
            folder = run_dir / "results" / str(number)
            folder.mkdir()
            (folder / f"{number}.dat").touch()
            first = f"{folder}/{number}.dat"
        else:
            os.link(first, f"{folder}/{number}.dat")
    return run_dir


@pytest.fixture(autouse=True)
def _leave_no_large_runs(runs_dir: Path) -> Iterator[None]:
    """What is kept of a test for a look at it later need not be thousands of files."""
    yield
    shutil.rmtree(runs_dir)


@pytest.fixture
def many(request: pytest.FixtureRequest) -> int:
    """How many files a large run has."""
    return 100_000 if request.config.getoption("--long") else 20_000


def test_a_run_goes_and_comes_back_by_as_few_system_calls_however_many_files_it_has(
    tmp_path: Path, many: int
) -> None:
    require_strace()
    code = """
        import os, sys
        from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
        from runtui.store.cleanup.trash import list_trash, restore
        base = sys.argv[1]
        plan = plan_on_disk(base, lambda _runs: [Decision("run", "old")])
        os.path.exists("/marker")
        assert carry_out(base, plan).moved
        os.path.exists("/marker")
        (run,) = list_trash(base)
        os.path.exists("/marker")
        assert restore(base, run) == ""
        os.path.exists("/marker")
    """
    counts = []
    for number in (10, many):
        base = tmp_path / str(number)
        base.mkdir()
        inode = make_large(base, "run", number).stat().st_ino
        log = tmp_path / f"{number}.log"
        output_of(code, base, before=["strace", "-qq", "-o", str(log), "-e", "trace=%file,%desc"])
        assert (base / "run").stat().st_ino == inode
        assert sum(len(files) for _folder, _folders, files in os.walk(base / "run" / "results")) == number
        shutil.rmtree(base)
        phases = log.read_text(errors="replace").split("/marker")[1:-1]
        counts.append([sum("mmap" not in line for line in phase.splitlines()) for phase in phases])
    assert counts[0] == counts[1]


@pytest.mark.parametrize("order", [["b", "d"], ["d", "b"]])
def test_index_and_current_are_byte_for_byte_as_they_were_when_runs_come_back(
    runs_dir: Path, order: list[str]
) -> None:
    for name in "abcde":
        write_run(runs_dir, name, created="2026-01-01T00:00:00Z")
    (runs_dir / "current").symlink_to("c")
    RunManager(runs_dir).rebuild_index()
    index = json.loads((runs_dir / ".run_index.json").read_text())
    # A variant of the classic class keeps more in its entries.
    index["runs"][1]["host"] = "node17"
    index["latest"] = "d"
    before = json.dumps(index, indent=2).encode()
    (runs_dir / ".run_index.json").write_bytes(before)
    plan = plan_on_disk(str(runs_dir), lambda _runs: [Decision(name, "old") for name in "bd"])
    assert len(carry_out(str(runs_dir), plan).moved) == 2
    assert b'"d"' not in (runs_dir / ".run_index.json").read_bytes()
    for name in order:
        assert restore(str(runs_dir), find_trashed(str(runs_dir), name)) == ""
    assert (runs_dir / ".run_index.json").read_bytes() == before
    assert os.readlink(runs_dir / "current") == "c"
    assert os.listdir(runs_dir / ".trash") == []


def test_a_run_that_comes_back_is_not_the_latest_when_another_was_created_meanwhile(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    for name in ("one", "two"):
        manager.create_run(run_id=name)
        manager.update_status("completed")
    (runs_dir / "current").unlink()
    assert manager.cleanup_old_runs(keep_count=0) == ["two", "one"]
    manager.create_run(run_id="three")
    restore(str(runs_dir), find_trashed(str(runs_dir), "two"))
    assert json.loads((runs_dir / ".run_index.json").read_text())["latest"] == "three"
    assert os.readlink(runs_dir / "current") == "three"


def test_what_the_run_says_by_now_counts_more_than_what_the_index_said(runs_dir: Path) -> None:
    write_run(runs_dir, "run", status="completed")
    RunManager(runs_dir).rebuild_index()
    carry_out(str(runs_dir), plan_on_disk(str(runs_dir), lambda _runs: [Decision("run", "old")]))
    run = find_trashed(str(runs_dir), "run")
    write_run(run.folder, "run", status="failed")
    restore(str(runs_dir), run)
    (entry,) = json.loads((runs_dir / ".run_index.json").read_text())["runs"]
    assert entry["status"] == "failed"


# Emptying


def test_what_vanishes_while_the_trash_is_emptied_is_no_failure(runs_dir: Path) -> None:
    make_large(runs_dir, "run", 1200)
    folder = move_to_trash(str(runs_dir), "run", "old", {})

    def remove_the_rest(progress: EmptyingProgress) -> None:
        if progress.removed == 600:
            shutil.rmtree(f"{folder}.emptying")

    done = empty_trash(str(runs_dir), progress=remove_the_rest)
    assert (done.failed, done.reason) == (0, "")
    assert os.listdir(runs_dir / ".trash") == []


def test_a_tree_too_deep_for_any_path_is_measured_and_deleted(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run")
    before = os.open(".", os.O_RDONLY)
    try:
        os.chdir(run_dir / "results")
        for _ in range(1500):
            os.mkdir("folder")
            os.chdir("folder")
        Path("file").write_text("x")
    finally:
        os.fchdir(before)
        os.close(before)
    assert usage(str(run_dir))[1] >= 1
    move_to_trash(str(runs_dir), "run", "old", {})
    done = empty_trash(str(runs_dir))
    assert (done.failed, done.reason) == (0, "")
    assert os.listdir(runs_dir / ".trash") == []


def test_a_file_that_cannot_be_removed_is_told_stays_alone_and_goes_later(runs_dir: Path) -> None:
    stubborn = make_large(runs_dir, "run", 2500) / "results" / "1000" / "stubborn"
    stubborn.touch()
    if shutil.which("chattr") is None or subprocess.run(["chattr", "+i", stubborn], check=False).returncode:
        pytest.skip("files cannot be made immutable here")
    try:
        move_to_trash(str(runs_dir), "run", "old", {})
        done = empty_trash(str(runs_dir))
        left = [path for path in (runs_dir / ".trash").rglob("*") if path.is_file()]
        assert {path.name for path in left} == {"stubborn", "trashed.json"}
        assert done.failed == 1
        assert done.removed == 2500 + 1
        assert "stubborn: Operation not permitted" in done.reason
    finally:
        for path in runs_dir.rglob("stubborn"):
            subprocess.run(["chattr", "-i", path], check=True)
    assert empty_trash(str(runs_dir)).failed == 0
    assert os.listdir(runs_dir / ".trash") == []


def test_a_folder_that_its_owner_may_not_write_is_told_and_the_rest_goes(public_dir: Path) -> None:
    os.chmod(public_dir, 0o777)
    answer = output_as_nobody(
        """
        import json, os, sys
        from runtui.store.cleanup.trash import empty_trash, move_to_trash
        from tests.run_dirs import write_run
        run = write_run(sys.argv[1], "run")
        for folder in ("logs", "results"):
            (run / folder / "file").touch()
        os.chmod(run / "logs", 0o555)
        move_to_trash(sys.argv[1], "run", "old", {})
        done = empty_trash(sys.argv[1])
        left = [name for _folder, _folders, files in os.walk(sys.argv[1] + "/.trash") for name in files]
        print(json.dumps([done.failed, "Permission denied" in done.reason, left]))
        """,
        public_dir,
    )
    assert json.loads(answer) == [1, True, ["trashed.json", "file"]]


EMPTY_ON_A_TERMINAL = """
import sys
import runtui.cli.cleaning
# Every file is told, so that the emptying stands still while nobody reads what it says.
runtui.cli.cleaning._REPORT_EVERY = 0.0
sys.exit(runtui.cli.main(["-C", sys.argv[1], *sys.argv[2].split()]))
"""


def test_an_emptying_shows_progress_can_be_interrupted_and_is_gone_on_with(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make_large(runs_dir, "run", 5000)
    move_to_trash(str(runs_dir), "run", "old", {})
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", EMPTY_ON_A_TERMINAL, str(runs_dir), "trash empty --yes"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        os.close(theirs)
        said = b""
        while b" files deleted" not in said:
            said += os.read(ours, 100)
        process.send_signal(signal.SIGINT)
        try:
            while os.read(ours, 4096):
                pass
        except OSError:
            pass  # the other end of a terminal that was closed
        os.close(ours)
        assert process.wait(PATIENCE) == 130
    left = sum(len(files) for _folder, _folders, files in os.walk(runs_dir / ".trash"))
    assert 0 < left < 5002
    assert list_trash(str(runs_dir)) == []
    assert main(["-C", str(runs_dir), "trash", "restore", "run"]) == 1
    main(["-C", str(runs_dir), "doctor"])
    assert (
        ".trash: emptying the trash was interrupted: `runtui trash empty` finishes it"
        in capsys.readouterr().out
    )
    assert main(["-C", str(runs_dir), "trash", "empty", "--yes"]) == 0
    assert f", {left} files" in capsys.readouterr().out
    assert os.listdir(runs_dir / ".trash") == []


def test_the_plan_for_a_large_run_tells_on_a_terminal_how_far_it_has_counted(runs_dir: Path) -> None:
    make_large(runs_dir, "run", 4000)
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", EMPTY_ON_A_TERMINAL, str(runs_dir), "clean --keep 0 --dry-run"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        os.close(theirs)
        printed, _ = process.communicate(timeout=PATIENCE)
        said = os.read(ours, 65536).decode()
        os.close(ours)
    assert "in 4001 files" in printed
    assert "2000 files counted" in said
    assert said.endswith("\r")


def test_the_size_of_a_run_is_of_its_files_and_of_no_links(runs_dir: Path, tmp_path: Path) -> None:
    run_dir = make_large(runs_dir, "run", 2500)
    size = (run_dir / "metadata.json").stat().st_size
    (tmp_path / "large").write_bytes(bytes(10_000))
    (run_dir / "results" / "folder").symlink_to(tmp_path)
    told: list[int] = []
    link = run_dir / "results" / "file"
    link.symlink_to(tmp_path / "large")
    bytes_of_links = len(os.readlink(link)) + len(os.readlink(run_dir / "results" / "folder"))
    assert usage(str(run_dir), told.append) == (size + bytes_of_links, 2503)
    assert told == [1000, 2000]
    assert usage(str(runs_dir / "nowhere")) == (0, 0)
    (runs_dir / "link").symlink_to(tmp_path)
    assert usage(str(runs_dir / "link")) == (0, 0)


# What is not ours


@pytest.mark.parametrize("name", ["2", "123456789012", "0123456789ab", "2.emptying", "0123456789ab.emptying"])
@pytest.mark.parametrize("record", [None, b"", b"[]", b"{}", b'{"entry": {}}'])
def test_what_another_program_keeps_in_its_trash_is_left_alone(
    runs_dir: Path, name: str, record: bytes | None
) -> None:
    kept = runs_dir / ".trash" / name
    (kept / "run").mkdir(parents=True)
    (kept / "meta.yaml").write_text("x")
    if record is not None:
        (kept / "trashed.json").write_bytes(record)
    before = everything_below(runs_dir)
    assert list_trash(str(runs_dir)) == []
    empty_trash(str(runs_dir))
    assert everything_below(runs_dir) == before
    assert not has_half_emptied(str(runs_dir))
    run = TrashedRun("run", str(kept), "run", "", None, "", "")
    with pytest.raises((RunNotFoundError, OSError)):
        restore(str(runs_dir), run)
    assert (kept / "run").is_dir()


def test_an_emptying_that_an_earlier_version_left_goes_on(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    left = runs_dir / ".trash" / "0123456789ab.emptying"
    left.mkdir(parents=True)
    (left / "file").touch()
    assert has_half_emptied(str(runs_dir))
    empty_trash(str(runs_dir))
    assert list((runs_dir / ".trash").iterdir()) == []


def test_an_interrupted_emptying_keeps_the_record_to_the_end(runs_dir: Path) -> None:
    run = write_run(runs_dir, "run")
    (run / "results" / "file").touch()
    move_to_trash(str(runs_dir), "run", "old", {})

    def interrupt(_progress: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        empty_trash(str(runs_dir), progress=interrupt)
    [left] = (runs_dir / ".trash").iterdir()
    assert (left / "trashed.json").is_file()
    assert has_half_emptied(str(runs_dir))
    empty_trash(str(runs_dir))
    assert list((runs_dir / ".trash").iterdir()) == []


def test_what_somebody_laid_beside_a_trashed_run_is_neither_listed_nor_deleted(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    folder = Path(move_to_trash(str(runs_dir), "run", "old", {"run_id": "run"}))
    (folder / "data").mkdir()
    (folder / "data" / "precious").write_text("1")
    assert [run.name for run in list_trash(str(runs_dir))] == ["run"]
    done = empty_trash(str(runs_dir))
    assert (done.removed, "something else lies in it" in done.reason) == (0, True)
    assert (folder / "data" / "precious").read_text() == "1"
