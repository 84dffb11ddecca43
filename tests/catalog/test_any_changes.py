"""Whatever happens in a runs directory while it is watched, in the end the rows are those of a fresh scan."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from runtui.catalog.sync.filesystem import FileSystem
from runtui.store.edits.run_edits import edit_tags
from runtui.store.index import read_current
from tests.catalog.observing import BY_EVENTS, BY_POLLING, Observed, fresh_rows, watching
from tests.run_dirs import make_runs, write_raw, write_run
from tests.waiting import wait_until

NAMES = st.sampled_from(["a", "b", "c", "d"])
STATUSES = st.sampled_from(["running", "failed", "queued", "completed"])  # two of one length


def _removed(base: Path, name: str) -> None:
    shutil.rmtree(base / name, ignore_errors=True)


def _moved(base: Path, name: str, other: str) -> None:
    if (base / name).is_dir() and not (base / other).exists():
        os.rename(base / name, base / other)


def _replaced(base: Path, name: str, status: str) -> None:
    """Put another run in the place of one, as a program does that writes aside and renames."""
    with tempfile.TemporaryDirectory(dir=base.parent) as aside:
        made = write_run(aside, name, status=status, description="another")
        _removed(base, name)
        os.rename(made, base / name)


def _saved_whole(base: Path, name: str, status: str) -> None:
    run = write_run(base, name, status=status, description="renamed into place")
    os.rename(run / "metadata.json", run / "metadata.tmp")
    os.rename(run / "metadata.tmp", run / "metadata.json")


def _saved_in_two_steps(base: Path, name: str, status: str) -> None:
    write_raw(base, name, b'{"run_id":')
    write_run(base, name, status=status)


def _tagged(base: Path, name: str, tag: str) -> None:
    if (base / name / "metadata.json").exists():
        edit_tags(str(base), [name], [tag], [])


def _pointed_to(base: Path, name: str) -> None:
    (base / "current").unlink(missing_ok=True)
    (base / "current").symlink_to(name)


def _crowded(base: Path, seed: int) -> None:
    make_runs(base, 20, seed)


CHANGES = st.one_of(
    st.builds(lambda name, status: lambda base: write_run(base, name, status=status), NAMES, STATUSES),
    st.builds(lambda name: lambda base: _removed(base, name), NAMES),
    st.builds(lambda name, other: lambda base: _moved(base, name, other), NAMES, NAMES),
    st.builds(lambda name, status: lambda base: _replaced(base, name, status), NAMES, STATUSES),
    st.builds(lambda name, status: lambda base: _saved_whole(base, name, status), NAMES, STATUSES),
    st.builds(lambda name, status: lambda base: _saved_in_two_steps(base, name, status), NAMES, STATUSES),
    st.builds(lambda name, tag: lambda base: _tagged(base, name, tag), NAMES, st.sampled_from(["x", "y"])),
    st.builds(lambda name: lambda base: _pointed_to(base, name), NAMES),
    st.builds(lambda seed: lambda base: _crowded(base, seed), st.integers(0, 3)),
)


def _is_up_to_date(observed: Observed, base: Path) -> bool:
    runs = fresh_rows(base)
    seen = observed.catalog.runs
    if seen.keys() != runs.keys() or observed.catalog.current != read_current(str(base)):
        return False
    # A file that was only written again is not told of.
    return all(seen[name]._replace(stamp=run.stamp) == run for name, run in runs.items())


@pytest.mark.parametrize("file_system", [BY_EVENTS, BY_POLLING], ids=["events", "polling"])
def test_rows_after_any_changes_equal_those_of_a_fresh_scan(
    file_system: FileSystem, rounds: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtui.catalog.sync.periodic_checks._SWEEP_TICK", 0.05)

    # To shrink an example that fails would wait for each of its variants in vain.
    @settings(max_examples=rounds(10), phases=[Phase.generate])
    @given(st.lists(st.lists(CHANGES, min_size=1, max_size=6), max_size=4))
    def check(bursts: list[list[Callable[[Path], object]]]) -> None:
        with tempfile.TemporaryDirectory() as folder:
            base = Path(folder, "runs")
            write_run(base, "a", status="running")
            with watching(base, file_system) as (observed, monitor):
                monitor.focus("a")
                for changes in bursts:
                    for change in changes:
                        change(base)
                    # The next burst meets a monitor at rest.
                    wait_until(lambda: _is_up_to_date(observed, base), "the rows are those of a fresh scan")

    check()


def test_thousands_of_runs_renamed_removed_and_replaced_are_all_noticed(
    runs_dir: Path, rounds: Callable[[int], int]
) -> None:
    """By the thousand, and while other threads are at it."""
    count = rounds(1000)
    make_runs(runs_dir, count, seed=1)
    names = sorted(os.listdir(runs_dir))
    aside = runs_dir.with_name("aside")
    make_runs(aside, count, seed=2)
    with watching(runs_dir) as (observed, _monitor):
        threads = [
            threading.Thread(target=_for_each, args=(change, part))
            for change, part in (
                (lambda name: os.rename(runs_dir / name, runs_dir / f"{name}-renamed"), names[::3]),
                (lambda name: shutil.rmtree(runs_dir / name), names[1::3]),
                (lambda name: _replaced(runs_dir, name, "resumed"), names[2::3]),
                (lambda name: os.rename(aside / name, runs_dir / name), sorted(os.listdir(aside))),
            )
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wait_until(lambda: _is_up_to_date(observed, runs_dir), "the rows are those of a fresh scan")
        assert len(observed.catalog.runs) == 2 * count - len(names[1::3])


def _for_each(change: Callable[[str], object], names: list[str]) -> None:
    for name in names:
        change(name)
