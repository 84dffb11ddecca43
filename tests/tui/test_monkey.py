"""Thousands of keys without sense, over a directory that changes: nothing breaks, and nothing is lost."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.doctor.checks import examine
from runtui.doctor.findings import Severity
from runtui.store.cleanup.trash import list_trash
from runtui.store.run_listing import run_names
from runtui.tui.actions import ACTIONS
from tests.tui.screen import browsing

# What ends the session, or deletes for good.
_LEFT_OUT = {"q", "ctrl+q", "ctrl+p", "X"}
_TYPED = [*"abcdefilnorstu0123456789-+:=<>", "space", "backspace", "enter", "enter", "escape", "escape"]


@contextmanager
def writing(base: Path, seed: int) -> Iterator[set[str]]:
    """Have runs created, go on, fail and log in another thread meanwhile; yields the names of all."""
    choice = random.Random(seed)
    made: set[str] = set()
    is_over = threading.Event()

    def work() -> None:
        manager = RunManager(base)
        while not is_over.wait(0.02):
            if choice.random() < 0.1 or manager.run_dir is None or not manager.run_dir.exists():
                made.add(manager.create_run(f"run {len(made)}", tags=choice.sample(["a", "b", "c"], 2)))
                manager.save_run_params({"beta": choice.random()})
                manager.update_status("running")
            elif choice.random() < 0.2:
                manager.add_checkpoint("step", _checkpoint(manager))
            elif choice.random() < 0.2:
                manager.update_status(choice.choice(["failed", "completed"]))
                manager.run_dir = None
            else:
                with open(manager.run_dir / "logs" / "a.log", "a", encoding="utf-8") as log:
                    log.write(choice.choice(["step\n", "ValueError: \x1b[31m no\n", "1 %\r2 %", "[red]\n"]))

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield made
    finally:
        is_over.set()
        thread.join()


def _checkpoint(manager: RunManager) -> Path:
    assert manager.run_dir is not None
    path = manager.run_dir / "checkpoints" / "step"
    path.write_text("state")
    return path


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_random_keys_break_nothing(
    runs_dir: Path,
    size: tuple[int, int],
    seed: int,
    rounds: Callable[[int], int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)  # for what is saved to files
    choice = random.Random(f"{size} {seed}")
    keys = [key for action in ACTIONS for key in action.keys if key not in _LEFT_OUT]
    with writing(runs_dir, seed) as made:
        async with browsing(runs_dir, size, notices=True) as user:
            for _ in range(rounds(120)):
                source = keys if choice.random() < 0.7 else _TYPED
                await user.press(*choice.choices(source, k=choice.randrange(1, 6)))
                if choice.random() < 0.1:
                    await user.press("escape", "escape", "escape")
            await user.press("escape", "escape", "escape", "escape")
    there = {*run_names(str(runs_dir)), *(run.name for run in list_trash(str(runs_dir)))}
    assert made <= there
    problems = [finding for finding in examine(str(runs_dir)) if finding.level is Severity.PROBLEM]
    # Edits are folded in when the runs have been quiet for a while; and the status of a run at work, which
    # its writer sets after the user has, is the user's to settle.
    expected = ("an edit is not yet in metadata.json", "resolve it with runtui mark or runtui tag")
    assert [problem for problem in problems if not problem.what.endswith(expected)] == []
