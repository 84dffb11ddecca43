"""The files of edits: written by several at once, killed, damaged, shared."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.store.edits.edit_files import read_edits, write_edit
from runtui.store.edits.model import TagsChange, new_edit
from runtui.store.edits.run_edits import edit_tags
from runtui.store.rows import read_record
from tests.run_dirs import write_run
from tests.store.children import finish, start_together
from tests.store.edits.editing import on_disk, shown

UNREADABLE = {
    "it is damaged": b'{"id": "01795970000000000001-bbbbbbbbbbbb", "chan',
    "it is of a newer version of runtui": b'{"format": 2, "id": "01795970000000000001-bbbbbbbbbbbb"}',
    "it would change what is run, which no edit may": json.dumps(
        {"id": "01795970000000000001-bbbbbbbbbbbb", "at": "", "user": "", "host": "", "action": "mark"}
        | {"changes": [{"key": "command", "new": ["touch", "pwned"]}]}
    ).encode(),
}


@pytest.mark.parametrize("why", UNREADABLE)
def test_unreadable_edit_is_reported(runs_dir: Path, why: str, capsys: pytest.CaptureFixture[str]) -> None:
    run = write_run(runs_dir, "r", tags=["a"])
    RunManager(runs_dir).rebuild_index()
    edits = run / ".runtui" / "edits"
    edits.mkdir(parents=True)
    (edits / "01795970000000000001-bbbbbbbbbbbb.json").write_bytes(UNREADABLE[why])
    assert main(["-C", str(runs_dir), "doctor"]) == 1
    assert (
        f".runtui/edits/01795970000000000001-bbbbbbbbbbbb.json, so it has no effect: {why}"
        in capsys.readouterr().out
    )
    assert main(["-C", str(runs_dir), "show", "r"]) == 0
    assert why in capsys.readouterr().out
    assert main(["-C", str(runs_dir), "show", "r", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["unreadable_edits"]
    assert found["why"] == why
    assert (edits / "01795970000000000001-bbbbbbbbbbbb.json").exists()


def test_concurrent_editors_and_a_writer_lose_no_edit(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    name = manager.create_run(run_id="r")
    manager.update_status("running")
    code = """
    import sys
    from runtui.store.edits.run_edits import edit_tags
    ready()
    for number in range(25):
        (outcome,) = edit_tags(sys.argv[1], ["r"], [f"{sys.argv[2]}-{number}"], [])
        assert outcome.done, outcome
    """
    editors = start_together(code, [[runs_dir, editor] for editor in range(6)])
    for number in range(20):
        manager.add_checkpoint(f"step-{number}")
    finish(editors)
    manager.update_status("completed")
    assert set(on_disk(runs_dir / name)["tags"]) == {
        f"{editor}-{number}" for editor in range(6) for number in range(25)
    }
    assert len(on_disk(runs_dir / name)["checkpoints"]) == 20
    assert all(edit.is_folded for edit in read_edits(str(runs_dir / name)))


def test_killed_editor_leaves_the_old_or_the_new_state(runs_dir: Path, rounds: Callable[[int], int]) -> None:
    run = write_run(runs_dir, "r", tags=["a"])
    code = (
        "import sys, os, time\n"
        "from runtui.store.edits.run_edits import edit_tags\nprint('ready', flush=True)\n"
        "n = 0\nwhile True:\n    os.utime(sys.argv[1] + '/r/metadata.json', (1, 1))\n"
        "    edit_tags(sys.argv[1], ['r'], [str(n)], [])\n    n += 1\n"
    )
    choice = random.Random(3)
    for _round in range(rounds(12)):
        with subprocess.Popen([sys.executable, "-c", code, str(runs_dir)], stdout=subprocess.PIPE) as editor:
            assert editor.stdout is not None
            editor.stdout.readline()
            time.sleep(choice.uniform(0.0, 0.05))  # the moment of the kill is what is varied here
            editor.kill()
        assert on_disk(run)["tags"][0] == "a"
        tags = shown(runs_dir, "r")["tags"]
        assert tags == ["a", *sorted(tags[1:], key=tags.index)]
        assert len(set(tags)) == len(tags)
        made = {tag for edit in read_edits(str(run)) for change in edit.changes for tag in change.added}
        assert set(tags[1:]) == made


def test_damaged_edit_does_not_affect_other_edits(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    edit_tags(str(runs_dir), ["r"], ["good"], [])
    folder = run / ".runtui" / "edits"
    for number, text in enumerate(["", "[]", "{", '{"id": 3}', '{"changes": [[]]}', "[" * 100_000]):
        (folder / f"bad{number}.json").write_text(text)
    (folder / "fifo.json").mkdir()
    assert read_record(str(runs_dir), "r", is_edited=True).tags == ("good",)


def test_only_edits_of_a_shared_run_are_group_writable(runs_dir: Path) -> None:
    before = os.umask(0o077)
    try:
        modes = []
        for name, mode in (("shared", 0o2770), ("own", 0o755)):
            run = write_run(runs_dir, name)
            run.chmod(mode)
            write_edit(str(runs_dir), name, new_edit("tag", [TagsChange(("new",), ())]))
            (edit,) = (run / ".runtui" / "edits").iterdir()
            modes.append(edit.stat().st_mode & 0o777)
    finally:
        os.umask(before)
    assert modes == [0o660, 0o600]
