"""Emptying deletes what the trash holds, says what stays, and can be interrupted."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.store.cleanup.disk_usage import usage
from runtui.store.cleanup.emptying import EmptyingProgress, empty_trash, has_half_emptied
from runtui.store.cleanup.trash import list_trash, move_to_trash
from tests.run_dirs import write_run
from tests.store.children import PATIENCE, ROOT, output_as_nobody
from tests.store.cleanup.large_runs import ON_A_TERMINAL, MakeLarge


def test_emptying_the_trash_ignores_vanished_files(runs_dir: Path, make_large: MakeLarge) -> None:
    make_large(runs_dir, "run", 1200)
    folder = move_to_trash(str(runs_dir), "run", "old", {})

    def remove_the_rest(progress: EmptyingProgress) -> None:
        if progress.removed == 600:
            shutil.rmtree(f"{folder}.emptying")

    done = empty_trash(str(runs_dir), progress=remove_the_rest)
    assert (done.failed, done.reason) == (0, "")
    assert os.listdir(runs_dir / ".trash") == []


def test_tree_deeper_than_path_max_is_measured_and_deleted(runs_dir: Path) -> None:
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


def test_emptying_the_trash_reports_an_undeletable_file_and_deletes_the_rest(
    runs_dir: Path, make_large: MakeLarge
) -> None:
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


def test_emptying_the_trash_reports_a_read_only_folder_and_deletes_the_rest(public_dir: Path) -> None:
    os.chmod(public_dir, 0o777)
    answer = output_as_nobody(
        """
        import json, os, sys
        from runtui.store.cleanup.emptying import empty_trash
        from runtui.store.cleanup.trash import move_to_trash
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


def test_emptying_the_trash_shows_progress_and_resumes_after_an_interrupt(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], make_large: MakeLarge
) -> None:
    make_large(runs_dir, "run", 5000)
    move_to_trash(str(runs_dir), "run", "old", {})
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, str(runs_dir), "trash empty --yes"],
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


def test_emptying_interrupted_in_an_earlier_version_is_finished(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    left = runs_dir / ".trash" / "0123456789ab.emptying"
    left.mkdir(parents=True)
    (left / "file").touch()
    assert has_half_emptied(str(runs_dir))
    empty_trash(str(runs_dir))
    assert list((runs_dir / ".trash").iterdir()) == []


def test_interrupted_emptying_keeps_the_trash_record(runs_dir: Path) -> None:
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
