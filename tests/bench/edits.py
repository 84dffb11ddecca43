"""What many editors at once cost, against the same edits made by one process after the other.

    python -m tests.bench.edits [--editors 16] [--edits 200]

Half of the edits go to one run that all edit, half to a run of each editor's own; two classic writers rewrite
the shared run and another one meanwhile. At the end every edit must be there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from runtui.store.edits.fold import read_overlaid
from tests.run_dirs import write_run

EDITOR = """
import sys
from runtui.store.edits.run_edits import edit_tags
base, editor, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for number in range(count):
    name = "shared" if number % 2 else f"own-{editor}"
    (outcome,) = edit_tags(base, [name], [f"{editor}-{number}"], [])
    assert outcome.done, outcome
"""

WRITER = """
import sys, time
sys.path.insert(0, sys.argv[3])
from tests.classic_writer import RunManager
manager = RunManager(sys.argv[1])
assert manager.load_run(sys.argv[2])
step = 0
while True:
    step += 1
    manager.update_status("running", step=step)
    time.sleep(0.01)
"""


def edit(base: Path, editors: range, count: int) -> float:
    """Let each editor make `count` edits, all at once, and return the seconds until the last is done."""
    began = time.perf_counter()
    command = [sys.executable, "-c", EDITOR, str(base)]
    processes = [subprocess.Popen([*command, str(editor), str(count)]) for editor in editors]
    codes = [process.wait() for process in processes]
    if any(codes):
        raise SystemExit("an editor failed")
    return time.perf_counter() - began


def measure(editors: int, count: int, *, at_once: bool) -> tuple[float, int]:
    """Return the seconds that all edits took, and how many of them are lost."""
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder, "runs")
        names = ["shared", "busy", *(f"own-{editor}" for editor in range(editors))]
        for name in names:
            write_run(base, name, status="running")
        root = str(Path(__file__).parent.parent.parent)
        command = [sys.executable, "-c", WRITER, str(base)]
        writers = [subprocess.Popen([*command, name, root]) for name in ("shared", "busy")]
        try:
            if at_once:
                seconds = edit(base, range(editors), count)
            else:
                seconds = sum(edit(base, range(editor, editor + 1), count) for editor in range(editors))
        finally:
            for writer in writers:
                writer.kill()
                writer.wait()
        found: set[str] = set()
        for name in names:
            if name.startswith("own") or name == "shared":
                if not (base / name / "metadata.json").read_text().endswith("}"):
                    write_run(base, name, status="running")  # its writer was killed in the middle of a save
                found.update(read_overlaid(str(base), name).metadata["tags"])
        expected = {f"{editor}-{number}" for editor in range(editors) for number in range(count)}
        return seconds, len(expected - found)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--editors", type=int, default=16)
    parser.add_argument("--edits", type=int, default=200)
    arguments = parser.parse_args()
    alone, lost_alone = measure(arguments.editors, arguments.edits, at_once=False)
    together, lost_together = measure(arguments.editors, arguments.edits, at_once=True)
    total = arguments.editors * arguments.edits
    print(f"{total} edits one process after the other: {alone:.1f} s, {lost_alone} lost")
    print(f"{total} edits by {arguments.editors} at once: {together:.1f} s, {lost_together} lost")
    print(f"at once / one after the other: {together / alone:.2f}")


if __name__ == "__main__":
    main()
