from __future__ import annotations

import pytest

from runtui.catalog.sync.cache_blocks import DAMAGED, can_be_kept, pack, stamps_in, stored_size, unpack
from runtui.store.failure import FailureKind
from runtui.store.record import STAMP_SIZE, RecordState, RunRecord

RUNS = [
    RunRecord(
        f"run-{number}",
        f"run-{number}",
        status="completed",
        parent="run-0" if number else None,
        created=float(number),
        checkpoints=number,
        stamp=number.to_bytes(STAMP_SIZE),
        step_kinds=(FailureKind.DISK, FailureKind.OOM) if number == 1 else (),
    )
    for number in range(5)
]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_packed_runs_are_unpacked_unchanged(count: int) -> None:
    assert unpack(pack(RUNS[:count]), count) == RUNS[:count]


def test_block_with_another_number_of_runs_is_damaged() -> None:
    with pytest.raises(DAMAGED):
        unpack(pack(RUNS), len(RUNS) + 1)


@pytest.mark.parametrize("size", [0, 7, 8, 40])
def test_truncated_block_is_damaged(size: int) -> None:
    with pytest.raises(DAMAGED):
        unpack(pack(RUNS)[:size], len(RUNS))


def test_live_or_edited_run_has_no_stamp() -> None:
    runs = [RUNS[0], RUNS[1]._replace(status="running"), RUNS[2]._replace(edits=1), RUNS[3]]
    found = dict(stamps_in(pack(runs), len(runs)))
    assert found == {"run-0": RUNS[0].stamp, "run-1": None, "run-2": None, "run-3": RUNS[3].stamp}
    assert dict(stamps_in(pack(RUNS), len(RUNS))) == {run.name: run.stamp for run in RUNS}


@pytest.mark.parametrize(
    ("run", "can_be"),
    [
        (RUNS[1], True),
        (RUNS[1]._replace(stamp=None), False),
        (RUNS[1]._replace(state=RecordState.BROKEN), False),
        (RUNS[1]._replace(name="two\nlines"), False),
        (RUNS[1]._replace(parent="two\nlines"), False),
        (RUNS[1]._replace(name="\udce9"), False),
        (RUNS[1].below("b/runs/"), True),
    ],
)
def test_only_intact_runs_with_single_line_names_can_be_packed(run: RunRecord, can_be: bool) -> None:
    assert can_be_kept(run) is can_be


@pytest.mark.parametrize("value", [-1, 1 << 64, True, 1.0, "1", None])
def test_invalid_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no size"):
        stored_size(value)
