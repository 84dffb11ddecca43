"""Which checkpoint is taken, by a program, the command line and the browser, and what is said of others."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.store.checkpoint_choice import skipped_text
from runtui.store.checkpoints import Checkpoint, Checkpoints
from tests.run_dirs import write_run
from tests.store.children import output_as_nobody
from tests.store.test_checkpoints import NOW, chosen, entry, half_of_a_zip, refusal, save


def test_a_checkpoint_is_chosen_by_name_or_path(
    runs_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("first", "checkpoints/c1.npz", age=200)])
    first = str(save(run, "c1.npz", age=200))
    save(run, "c2.npz")
    (run / "results").mkdir(exist_ok=True)
    (run / "results" / "restart.bin").write_text("state")
    elsewhere = tmp_path / "elsewhere.npz"
    elsewhere.write_text("state")
    monkeypatch.chdir(tmp_path)
    for wanted in ("first", "c1.npz", "c1", first, "checkpoints/c1.npz", os.path.relpath(first, tmp_path)):
        assert chosen(runs_dir, wanted) == first, wanted
    assert chosen(runs_dir, "results/restart.bin") == str(run / "results" / "restart.bin")
    assert chosen(runs_dir, "elsewhere.npz") == chosen(runs_dir, str(elsewhere)) == str(elsewhere)
    elsewhere.write_text("")
    assert refusal(runs_dir, "elsewhere.npz").endswith("from elsewhere.npz: empty (0 bytes)")


def test_a_name_with_characters_that_are_not_shown_is_found(runs_dir: Path) -> None:
    name = "step\t1\x1b"
    run = write_run(runs_dir, "a1", checkpoints=[entry(name, "checkpoints/c1")])
    state = save(run, "c1")
    assert chosen(runs_dir, name) == str(state)


def test_skipped_unusable_checkpoints_are_named() -> None:
    own = Checkpoint("step-1", NOW, "/runs/a/checkpoints/1", "a", 2048)
    torn = [own._replace(name=f"step-{number}", problem="empty (0 bytes)") for number in range(2, 7)]
    assert skipped_text(Checkpoints((own,), own)) == ""
    assert skipped_text(Checkpoints((own, torn[0]), own)) == "skipped step-2 (empty (0 bytes))"
    assert skipped_text(Checkpoints((own, *torn), own)).endswith("step-4 (empty (0 bytes)), 2 more")


# A program's `find_checkpoint` and `runtui resume`


def empty_newest(run: Path) -> None:
    save(run, "s1.pt", age=200)
    save(run, "s2.pt", "")


def torn_newest(run: Path) -> None:
    save(run, "s1.npz", age=200)
    save(run, "s2.npz", half_of_a_zip())


def unlisted(run: Path) -> None:
    save(run, "melt.1000.restart")


def half_the_size(run: Path) -> None:
    save(run, "s1.bin", "x" * 1000, age=200)
    save(run, "s2.bin", "x" * 10)


@pytest.mark.parametrize("arrange", [empty_newest, torn_newest, unlisted, half_the_size])
@pytest.mark.parametrize("is_listed", [True, False])
def test_a_program_finds_the_checkpoint_that_the_command_line_takes(
    runs_dir: Path,
    arrange: Callable[[Path], None],
    is_listed: bool,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    run = write_run(runs_dir, "a1")
    arrange(run)
    files = sorted((run / "checkpoints").iterdir())
    if is_listed:
        ages = [NOW - file.stat().st_mtime for file in files]
        listed = [entry(file.name, age=age) for file, age in zip(files, ages, strict=True)]
        write_run(runs_dir, "a1", checkpoints=listed)
    manager = RunManager(runs_dir)
    assert manager.load_run("a1")
    found = manager.find_checkpoint()
    assert found == files[0]
    assert main(["-C", str(runs_dir), "resume", "a1", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    child = json.loads((runs_dir / printed["run_id"] / "metadata.json").read_bytes())
    assert child["resume_checkpoint"]["path"] == str(found)
    warnings = [record.message for record in caplog.records if record.levelno >= logging.WARNING]
    assert [text.partition(" (")[0] for text in warnings] == [
        f"checkpoints of run a1: skipped {file.name}" for file in files[1:]
    ]


def test_a_name_or_path_is_found_as_on_the_command_line(
    runs_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = write_run(runs_dir, "a1", checkpoints=[entry("first", "checkpoints/c1.npz")])
    first = save(run, "c1.npz")
    torn = save(run, "c2.npz", half_of_a_zip())
    manager = RunManager(runs_dir)
    assert manager.load_run("a1")
    for wanted in ("first", "c1.npz", "c1", "checkpoints/c1.npz", first):
        assert manager.find_checkpoint(wanted) == first, wanted
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    for wanted in ("third", torn):
        assert manager.find_checkpoint(wanted) is None
        assert caplog.records[-1].message == refusal(runs_dir, str(wanted))


def test_a_path_that_is_not_saved_yet_is_found(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="a1")
    path = save(runs_dir / "a1", "c1")
    manager.metadata["checkpoints"] = [{"name": "first", "created_at": None, "path": path}]
    assert manager.find_checkpoint("first") == path


def test_none_is_found_without_a_word_only_where_there_is_none(
    runs_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = write_run(runs_dir, "a1")
    manager = RunManager(runs_dir)
    assert manager.load_run("a1")
    caplog.clear()
    assert manager.find_checkpoint() is None
    assert not caplog.records
    save(run, "s1", "")
    assert manager.find_checkpoint() is None
    assert [record.message for record in caplog.records] == ["a1 cannot be resumed: s1 (empty (0 bytes))"]


def test_checkpoints_that_may_not_be_read_are_said(public_dir: Path) -> None:
    parent = write_run(public_dir, "a1")
    save(parent, "s1")
    child = write_run(public_dir, "kid", parent_run_id="a1")
    save(child, "s2")
    (child / "checkpoints").chmod(0)
    code = """
        import logging, sys
        from runtui import RunManager
        logging.basicConfig(stream=sys.stdout, format="%(message)s")
        manager = RunManager(sys.argv[1])
        manager.load_run("kid")
        print(manager.find_checkpoint())
        print(manager.get_checkpoints_dir())
    """
    why = "checkpoints/ cannot be read: Permission denied (ask its owner for access)"
    assert output_as_nobody(code, public_dir).splitlines() == [
        f"checkpoints of run kid: {why}",
        str(parent / "checkpoints" / "s1"),
        str(child / "checkpoints"),
    ]
    (parent / "checkpoints" / "s1").unlink()
    assert output_as_nobody(code, public_dir).splitlines() == [
        f"kid cannot be resumed: {why}",
        "None",
        str(child / "checkpoints"),
    ]


def test_parent_that_is_gone_is_named_where_there_is_no_checkpoint(runs_dir: Path) -> None:
    write_run(runs_dir, "child", parent_run_id="elsewhere")
    why = "elsewhere is not in this directory, so its checkpoints were not looked at"
    assert why in refusal(runs_dir, name="child")
