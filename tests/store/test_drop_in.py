"""The same calls to the classic class and to ours: the same answers, files and index."""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from runtui import OutsideRunError, RunManager, RunNotFoundError, RunStatus
from tests.classic_writer import RunManager as ClassicManager
from tests.run_dirs import write_run

TIMES = ("created_at", "started_at", "completed_at")


class Pair:
    """A classic manager and ours, each with a directory of its own, that are told the same things."""

    def __init__(self, folder: Path) -> None:
        self.bases = folder / "classic", folder / "ours"
        self.managers: tuple[Any, Any] = ClassicManager(self.bases[0]), RunManager(self.bases[1])

    def both(self, act: Callable[[Any], Any]) -> None:
        """Do something with both, and compare the answers."""
        answers = [self._answer(act, manager) for manager in self.managers]
        assert answers[0] == answers[1]

    def _answer(self, act: Callable[[Any], Any], manager: Any) -> object:
        try:
            answer = act(manager)
        except ValueError:
            return ValueError
        if isinstance(answer, Path):
            return str(answer.relative_to(manager.base_runs_dir))
        return undated(answer)

    def compare(self) -> None:
        """Compare the managers, and what is on disk."""
        classic, ours = self.managers
        assert ours.run_id == classic.run_id
        assert undated(ours.metadata) == undated(classic.metadata)
        files = [
            {
                str(path.relative_to(base)): (
                    undated(json.loads(path.read_bytes()))
                    if path.suffix == ".json"
                    else os.readlink(path)
                    if path.is_symlink()
                    else path.read_bytes()
                    if path.is_file()
                    else None
                )
                for path in sorted(base.rglob("*"))
                if ".runtui" not in path.relative_to(base).parts and path.name != ".run_index.json"
            }
            for base in self.bases
        ]
        assert files[1] == files[0]
        index = [
            json.loads((base / ".run_index.json").read_bytes()) for base in self.bases if any(base.iterdir())
        ]
        if index:
            listed = [{entry["run_id"]: undated(entry) for entry in one["runs"]} for one in index]
            assert listed[1] == listed[0]
            assert index[1]["latest"] == index[0]["latest"]


def undated(value: Any) -> Any:
    """Return a value with its dates replaced by whether they are there; the classic class has no starts."""
    if isinstance(value, dict):
        return {
            key: (item is not None if key != "started_at" else None) if key in TIMES else undated(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [undated(item) for item in value]
    return value


def any_value(choice: random.Random, depth: int = 0) -> Any:
    """Return some JSON value."""
    kind = choice.randrange(9 if depth < 2 else 6)
    if kind < 6:
        return choice.choice([None, True, 7, -0.5, 1e22, "text", 'β\n"', float("inf"), 2**70])
    size = choice.randrange(3)
    if kind == 6:
        return [any_value(choice, depth + 1) for _ in range(size)]
    return {f"k{number}": any_value(choice, depth + 1) for number in range(size)}


def steps(choice: random.Random) -> Iterator[Callable[[Any], Any]]:
    """Yield the calls of one sequence. Each makes all its choices before it is done to either manager."""
    made: list[str] = []
    for number in range(choice.randrange(3, 12)):
        kind = choice.randrange(16)
        value, text = any_value(choice), choice.choice(["", "a text", "β"])
        known = choice.choice([*made, "gone"])
        tags = choice.choice([None, [], ["a"], ["a", "b"]])
        if kind < 3:
            name = f"r{number}"
            made.append(name)
            yield lambda m, name=name, text=text, tags=tags, value=value: m.create_run(
                text, None if tags is None else list(tags), name, git_commit=None, extra=value
            )
        elif kind == 3:
            name, copies = f"r{number}", choice.random() < 0.5
            if known != "gone":
                made.append(name)
            yield lambda m, name=name, known=known, copies=copies, text=text: m.create_child_run(
                known, text, None, copies, run_id=name, git_commit=None
            )
        elif kind == 4:
            yield lambda m, known=known: m.load_run(known)
        elif kind < 7:
            status = choice.choice([*RunStatus, "running", "queued", "done"])
            yield lambda m, status=status, value=value: m.update_status(status, value=value)
        elif kind < 9:
            path = choice.choice([None, "", "checkpoints/c.npz", Path("checkpoints/c.npz")])
            yield lambda m, number=number, path=path: m.add_checkpoint(f"c{number}", path)
        elif kind == 9:
            config = choice.choice([text, {"k": value}, [value], 3, None, SimpleNamespace(a=1)])
            yield lambda m, config=config: m.save_config(config) and None
        elif kind == 10:
            yield lambda m, value=value: m.save_run_params({"k": value}) and None
        elif kind == 11:
            limit = choice.choice([None, 0, 1, 3, -1])
            wanted = choice.choice([None, "", "running", "initialising", "queued"])
            yield lambda m, limit=limit, wanted=wanted: m.list_runs(limit, wanted)
        elif kind == 12:
            yield lambda m: m.get_latest_run()
        elif kind == 13:
            folder = choice.choice(["get_results_dir", "get_logs_dir"])
            yield lambda m, folder=folder: getattr(m, folder)()
        elif kind == 14:
            yield lambda m, number=number: change(m, f"n{number}")
        else:
            yield lambda m, value=value: put(m, value)


def put(manager: Any, value: Any) -> None:
    """Put a value into a manager's memory, and save it."""
    if manager.run_id:
        manager.metadata["own"] = value
        manager._save_metadata()


def change(manager: Any, tag: str) -> None:
    """Change what is in a manager's memory, and save it."""
    if manager.run_id:
        manager.metadata["tags"].append(tag)
        for checkpoint in manager.metadata["checkpoints"][:1]:
            checkpoint["seen"] = tag
        manager.metadata["checkpoints"].reverse()
        manager._save_metadata()
        manager._update_run_index()


def test_random_call_sequences_match_the_classic_class(tmp_path: Path, rounds: Callable[[int], int]) -> None:
    logging.disable(logging.CRITICAL)
    try:
        for seed in range(rounds(100)):
            pair = Pair(tmp_path / str(seed))
            for step in steps(random.Random(seed)):
                pair.both(step)
                if any(pair.bases[0].iterdir()):
                    pair.compare()
    finally:
        logging.disable(logging.NOTSET)


def test_private_methods_can_be_overridden_and_patched(
    runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    class Told(RunManager):
        def _save_metadata(self) -> None:
            super()._save_metadata()
            told.append("save")

        def _get_git_commit(self) -> str | None:
            return "0123456789ab"

        def _update_run_index(self) -> None:
            super()._update_run_index()
            told.append("index")

        def _update_current_symlink(self) -> None:
            told.append("link")

    manager = Told(runs_dir)
    manager.create_run(run_id="r")
    assert sorted(told) == ["index", "link", "save"]
    assert manager.metadata["git_commit"] == "0123456789ab"
    assert not (runs_dir / "current").exists()
    told.clear()
    manager.update_status("running")
    manager.add_checkpoint("c1")
    assert told == ["save", "index", "save"]
    told.clear()
    monkeypatch.setattr(manager, "_save_metadata", lambda: told.append("patched"))
    manager.add_checkpoint("c2")
    assert told == ["patched"]


def test_load_run_logs_messages_like_the_classic_class(
    runs_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write_run(runs_dir, "r")
    manager = RunManager(runs_dir)
    with caplog.at_level(logging.INFO, "runtui"):
        assert manager.load_run("r")
        assert not manager.load_run("gone")
    levels = [(record.name, record.levelname) for record in caplog.records]
    assert levels == [("runtui", "INFO"), ("runtui", "ERROR")]
    assert "gone" in caplog.text


def test_load_run_accepts_current_paths_and_trailing_slashes(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r1")
    manager.create_run(run_id="r2")
    for named in ("current", "r2/", Path("r2"), runs_dir / "r2", str(runs_dir / "current")):
        assert manager.load_run("r1")
        assert manager.load_run(named)
        assert (manager.run_id, manager.run_dir) == ("r2", runs_dir / "r2")
    assert manager.create_child_run(runs_dir / "r1", run_id="child") == "child"
    assert manager.metadata["parent_run_id"] == "r1"


def test_missing_parent_is_also_a_value_error(runs_dir: Path) -> None:
    for kind in (ValueError, RunNotFoundError):
        with pytest.raises(kind, match="gone"):
            RunManager(runs_dir).create_child_run("gone")


def test_save_config_accepts_only_paths_inside_the_run(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r")
    inside = runs_dir / "r" / "results" / "solver.txt"
    assert manager.save_config(42, inside) == inside
    assert inside.read_text() == "42"
    for outside in (runs_dir / "x.yaml", runs_dir / "r" / "metadata.json"):
        with pytest.raises(OutsideRunError):
            manager.save_config("x", outside)


def test_save_metadata_merges_or_overwrites(runs_dir: Path) -> None:
    manager = RunManager(runs_dir)
    manager.create_run(run_id="r", old=1)
    manager.save_metadata({"new": 2, "description": "other"})
    assert (manager.metadata["old"], manager.metadata["new"]) == (1, 2)
    (entry,) = json.loads(manager.index_file.read_bytes())["runs"]
    assert entry["description"] == "other"
    manager.save_metadata({"status": "running", "own": 3}, overwrite=True)
    stored = json.loads((runs_dir / "r" / "metadata.json").read_bytes())
    assert set(stored) == {"run_id", "created_at", "status", "own"}


def test_classic_class_can_list_runs_with_null_metadata(runs_dir: Path) -> None:
    classic, ours = ClassicManager(runs_dir), RunManager(runs_dir)
    write_run(runs_dir, "bare")
    (runs_dir / "bare" / "metadata.json").write_text('{"run_id": "bare", "status": "running", "tags": null}')
    assert ours.load_run("bare")
    ours.save()
    ours.create_run(run_id="r")
    assert [run["run_id"] for run in classic.list_runs()] == ["r", "bare"]
    assert classic.list_runs() == ours.list_runs()


def test_manager_of_a_missing_directory_lists_no_runs(tmp_path: Path) -> None:
    manager = RunManager(tmp_path / "gone", auto_create=False)
    assert manager.list_runs() == []
    assert manager.get_latest_run() is None


def test_git_commit_falls_back_to_the_repository_of_the_program(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    program = source / "simulate.py"
    program.write_text(
        textwrap.dedent("""
        import sys
        from runtui import RunManager
        manager = RunManager(sys.argv[1])
        manager.create_run()
        print(manager.metadata["git_commit"])
        """)
    )
    git = ["git", "-C", str(source), "-c", "user.name=a", "-c", "user.email=a@b"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "first"], check=True)
    head = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        [sys.executable, str(program), "runs"],
        cwd=elsewhere,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == head[:12]
