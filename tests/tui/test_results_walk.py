"""Keys at random on the screens of results, while what they show is written, damaged and removed."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import PIL.Image
import pytest

from tests.run_dirs import write_run
from tests.tui.screen import browsing

AMONG_RUNS = ("space", "space", "j", "k", "g")
WITHIN = (
    *("j", "k", "g", "G", "enter", "escape", "q", "a", "r", "d", "w", "m", "x", "l", "p", "slash", "n", "N"),
    *("colon", "1", "5", "%", "R", "plus", "minus", "right_square_bracket", "left_square_bracket"),
    *("pagedown", "pageup", "left", "right", "down", "question_mark"),
)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Runs with results of all kinds, good and bad."""
    numbers = random.Random(1)
    for number in range(6):
        parent = {"parent_run_id": f"r{number - 1}"} if number % 2 else {}
        run = write_run(runs_dir, f"r{number}", **parent)
        (run / "run_params.json").write_text(json.dumps({"a": number, "b": [1, None]}) if number else "{")
        results = run / "results"
        rows = "".join(f"{step},{numbers.random()},x\n" for step in range(number * 700))
        (results / "m.csv").write_text(f"step,loss,note\n{rows}")
        (results / "n.csv").write_text("a,b\n1,nan\n2,inf\n3,-inf\n4,1e308\n5,-1e308\n")
        (results / "o.csv").write_bytes(numbers.randbytes(3000).replace(b"\0", b""))
        (results / "p.jsonl").write_text('{"step":1,"x":1e400,"y":NaN}\n{"step":2,"x":-5}\n[]\n{"s')
        (results / "q.csv").write_text('a,"b\nc"\n1,"x\ny"\n"open\n2,3\n')
        (results / "r.png").write_bytes(b"\x89PNG\r\n\x1a\n" + numbers.randbytes(100))
        PIL.Image.new("RGB", (30, 20)).save(results / "s.png")
        (results / "t.txt").write_text("text\n")
        os.symlink("/etc/passwd", results / "u.csv")
        os.mkfifo(results / "v.csv")
    return runs_dir


@pytest.fixture
def churn(runs: Path) -> Iterator[None]:
    """Something that writes the runs' tables, cuts them off, and removes them."""
    numbers = random.Random(2)
    is_over = threading.Event()

    def append(path: Path) -> None:
        with path.open("a") as file:
            file.write(f"{numbers.randrange(99)},{numbers.random()},y\n1,")

    what: tuple[Callable[[Path], object], ...] = (
        append,
        append,
        append,
        lambda path: path.write_text("loss,other\n1,2\n"),
        lambda path: path.unlink(missing_ok=True),
        lambda path: path.write_bytes(b""),
    )

    def work() -> None:
        while not is_over.wait(0.05):
            numbers.choice(what)(runs / f"r{numbers.randrange(6)}" / "results" / "m.csv")

    thread = threading.Thread(target=work)
    thread.start()
    yield
    is_over.set()
    thread.join()


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
@pytest.mark.parametrize("key", ["c", "p", "f"])
async def test_no_key_crashes_the_results_screens(
    runs: Path, churn: None, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a comparison may be saved
    keys = random.Random(3)
    opened = 0
    async with browsing(runs, (80, 24)) as user:
        for _key in range(150):
            screens = len(user.app.screen_stack)
            if screens > 5:
                await user.press(*["escape"] * 8)
            elif screens == 1:
                await user.press("escape", keys.choice(AMONG_RUNS), keys.choice(AMONG_RUNS), key)
                opened += len(user.app.screen_stack) > 1
            else:
                await user.press(keys.choice(WITHIN))
        while len(user.app.screen_stack) > 1:
            await user.press("escape")
        await user.press("escape", "escape")
        await user.sees("r0")
    assert opened
