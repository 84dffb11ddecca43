"""Several users of one runs directory: none can harm, or is stopped by, what another one left there."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.cli import main
from runtui.store.cleanup.plan import Decision, carry_out, plan_on_disk
from runtui.store.cleanup.trash import list_trash
from runtui.store.edits.edit_files import read_edits
from runtui.store.edits.run_edits import edit_tags
from tests.run_dirs import write_run
from tests.store.children import NOBODY, finish, output_of, start_together
from tests.trees import everything_below

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")

AS_NOBODY = f"""
import contextlib, io, json, os, sys, tempfile
from runtui import RunManager
from runtui.cli import main
from tests.run_dirs import write_run
# What is loaded late may lie where only root can read: let it be loaded now.
with tempfile.TemporaryDirectory() as base, contextlib.redirect_stdout(io.StringIO()):
    with contextlib.redirect_stderr(io.StringIO()):
        RunManager(base).create_run(run_id="warm")
        RunManager(base).cleanup_old_runs(keep_count=0)
        for words in ("tag warm +a", "undo warm", "mark warm failed", "resume warm", "clean warm --yes",
                      "trash ls", "trash restore warm", "trash empty --yes", "doctor --fix", "ls"):
            main(["-C", base, *words.split()])
os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})

def say(words):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["-C", sys.argv[1], *words.split()])
    return [code, out.getvalue(), err.getvalue()]
"""


def nobody(code: str, *arguments: object) -> object:
    """Run `code` as a user without rights, in which ``say(words)`` runs a command; return what it prints."""
    return json.loads(output_of(f"{AS_NOBODY}\n{code}", *arguments).splitlines()[-1])


def nobody_says(base: Path, *commands: str) -> list[list[object]]:
    """Return the exit codes, outputs and errors of commands that a user without rights gives."""
    answers = nobody(
        "print(json.dumps([say(words) for words in json.loads(sys.argv[2])]))", base, json.dumps(commands)
    )
    assert isinstance(answers, list)
    return answers


@pytest.fixture(params=[0o1777, 0o2777], ids=["sticky", "setgid"])
def shared(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A runs directory in which everybody may write, with an ended run of ours and one in the trash."""
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        base = Path(directory, "runs")
        base.mkdir()
        os.chmod(base, request.param)
        for name in ("gone", "ours"):
            run = write_run(
                base, name, tags=["old"], created="2026-01-01T00:00:00Z", checkpoints=[{"name": "c"}]
            )
            (run / "checkpoints" / "c").write_text("state")
            os.utime(run / "metadata.json", (1, 1))
        RunManager(base).rebuild_index()
        edit_tags(str(base), ["ours"], ["edited"], [])
        carry_out(str(base), plan_on_disk(str(base), lambda _runs: [Decision("gone", "old")]))
        yield base


def test_commands_on_runs_of_another_user_fail_and_change_nothing(shared: Path) -> None:
    (trashed,) = (shared / ".trash").iterdir()
    before = everything_below(shared / "ours", trashed)
    answers = nobody_says(
        shared,
        "tag ours +x",
        "mark ours failed",
        "undo ours",
        "trash restore gone",
        "clean --keep 0 --yes",
        "trash empty --yes",
        "doctor --fix",
    )
    for code, _out, err in answers[:4]:
        assert (code, str(err).count("\n")) == (1, 1)
        assert "belongs to another user" in str(err)
    assert re.match(r"keep  ours  .* in \d+ files  it belongs to another user\n", str(answers[4][1]))
    assert str(answers[5][1]).startswith("kept 1 run of other users")
    assert everything_below(shared / "ours", trashed) == before


def test_users_can_tag_clean_restore_and_empty_their_own_runs(shared: Path) -> None:
    answers = nobody(
        """
run = write_run(sys.argv[1], "theirs", tags=["a"], created="2026-02-01T00:00:00Z")
os.utime(run / "metadata.json", (1, 1))
first = ["tag theirs +b", "clean id:theirs --yes", "trash restore theirs", "undo theirs"]
first = [say(words) for words in first]
tags = json.loads((run / "metadata.json").read_text())["tags"]
last = [say(words) for words in ("clean id:theirs --yes", "trash empty --yes")]
print(json.dumps([[code for code, _out, _err in first + last], tags, run.exists(), first + last]))
""",
        shared,
    )
    assert isinstance(answers, list)
    codes, tags, is_there, said = answers
    assert is_there is False, said
    assert [run.name for run in list_trash(str(shared))] == ["gone"]
    assert main(["-C", str(shared), "trash", "restore", "gone"]) == 0
    assert (shared / "gone").is_dir()
    # Where the sticky bit protects the index, what is done is done, and said to be missing there.
    for place, (code, _out, err) in enumerate(said):
        assert code == 0 or "the index was not brought up to date" in err or place == 3, said
    assert tags in (["a"], ["a", "b"]), codes


def test_files_of_root_do_not_block_the_user() -> None:
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        base = Path(directory, "runs")
        base.mkdir()
        os.chown(base, NOBODY, NOBODY)
        nobody(
            """
manager = RunManager(sys.argv[1])
manager.create_run(run_id="theirs")
manager.update_status("running")
print(0)
""",
            base,
        )
        assert main(["-C", str(base), "tag", "theirs", "+root"]) == 1
        assert read_edits(str(base / "theirs")) == []
        assert main(["-C", str(base), "clean", "--keep", "0", "--yes"]) == 0
        (base / ".run_index.json").unlink()
        assert main(["-C", str(base), "doctor", "--fix"]) == 0
        RunManager(base).create_run(run_id="ours")
        answer = nobody(
            """
manager = RunManager(sys.argv[1])
assert manager.load_run("theirs")
manager.update_status("completed")
os.utime(sys.argv[1] + "/theirs/metadata.json", (1, 1))
manager.create_run(run_id="more")
manager.update_status("completed")
commands = ["tag theirs +x", "clean id:theirs --yes", "trash empty --yes", "doctor"]
print(json.dumps([say(words) for words in commands]))
""",
            base,
        )
        assert isinstance(answer, list)
        assert [(code, err) for code, _out, err in answer[:3]] == [(0, "")] * 3, answer
        index = json.loads((base / ".run_index.json").read_text())
        assert [entry["run_id"] for entry in index["runs"]] == ["ours", "more"]


def test_edit_of_a_shared_run_by_a_colleague_is_folded_by_its_writer() -> None:
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o777)
        base = Path(directory)
        manager = RunManager(base)
        manager.create_run(run_id="shared", tags=["a"])
        manager.update_status("running")
        for path in (base / "shared", base / "shared" / ".runtui"):
            path.chmod(0o777)
        ((code, out, err),) = nobody_says(base, "tag shared +b")
        assert (code, err) == (0, "")
        assert "not yet in metadata.json" in str(out)
        manager.add_checkpoint("c")
        assert json.loads((base / "shared" / "metadata.json").read_text())["tags"] == ["a", "b"]
        assert [edit.is_folded for edit in read_edits(str(base / "shared"))] == [True]
        assert os.stat(base / "shared" / "metadata.json").st_uid == 0


def test_folder_created_by_two_users_at_once_is_writable_by_both() -> None:
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        for number in range(300):
            base = Path(directory, str(number))
            base.mkdir()
            os.chown(base, 0, NOBODY)
            base.chmod(0o2775)
        code = f"""
            import os, sys
            from runtui.store.dot_dir import private_folder
            os.setgroups([])
            os.setgid({NOBODY})
            os.setuid(int(sys.argv[2]))
            os.umask(0o077)
            ready()
            for number in range(300):
                folder = private_folder(os.path.join(sys.argv[1], str(number)), "edited")
                open(os.path.join(folder, sys.argv[2]), "x").close()
        """
        finish(start_together(code, [(directory, NOBODY - 1), (directory, NOBODY - 2)]))
        for number in range(300):
            base = Path(directory, str(number))
            assert [path.name for path in base.iterdir()] == [".runtui"]
            found = {path.name for path in (base / ".runtui" / "edited").iterdir()}
            assert found == {str(NOBODY - 1), str(NOBODY - 2)}


def test_file_replaced_by_root_keeps_its_owner() -> None:
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        manager = RunManager(directory)
        manager.create_run(run_id="r")
        path = Path(directory, "r", "metadata.json")
        os.chown(path, NOBODY, NOBODY)
        manager.update_status("completed")
        assert (path.stat().st_uid, path.stat().st_gid) == (NOBODY, NOBODY)
