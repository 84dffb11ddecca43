"""What other programs and people keep in a trash is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui import RunNotFoundError
from runtui.store.cleanup.emptying import empty_trash, has_half_emptied
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import list_trash, move_to_trash
from runtui.store.cleanup.trash_folder import TrashedRun
from tests.run_dirs import write_run
from tests.trees import everything_below


@pytest.mark.parametrize("name", ["2", "123456789012", "0123456789ab", "2.emptying", "0123456789ab.emptying"])
@pytest.mark.parametrize("record", [None, b"", b"[]", b"{}", b'{"entry": {}}'])
def test_trash_of_another_program_is_left_alone(runs_dir: Path, name: str, record: bytes | None) -> None:
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


def test_foreign_file_beside_a_trashed_run_is_not_listed_or_deleted(runs_dir: Path) -> None:
    write_run(runs_dir, "run")
    folder = Path(move_to_trash(str(runs_dir), "run", "old", {"run_id": "run"}))
    (folder / "data").mkdir()
    (folder / "data" / "precious").write_text("1")
    assert [run.name for run in list_trash(str(runs_dir))] == ["run"]
    done = empty_trash(str(runs_dir))
    assert (done.removed, "something else lies in it" in done.reason) == (0, True)
    assert (folder / "data" / "precious").read_text() == "1"
