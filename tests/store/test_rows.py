"""Whatever lies in a metadata.json, its run is a row with at worst a described problem."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtui.formats.config.value_reader import parameter_values
from runtui.store.metadata import read_metadata
from runtui.store.record import RecordState, RunRecord, stamp_of
from runtui.store.rows import read_record, record_of
from runtui.store.torn_file import WRITING_GRACE
from tests.run_dirs import bad_runs, write_raw, write_run
from tests.text.test_sanitize import assert_safe

BROKEN, READ, DANGLING = RecordState.BROKEN, RecordState.READ, RecordState.DANGLING
NOT_JSON = "metadata.json is not valid JSON"

EXPECTED = {
    "no_metadata": (BROKEN, "", "no metadata.json"),
    "empty": (BROKEN, "", "metadata.json is empty"),
    "blank": (BROKEN, "", "metadata.json is empty"),
    "half": (BROKEN, "", f"{NOT_JSON} (line 3, column 17)"),
    "zeros": (BROKEN, "", f"{NOT_JSON} (line 1, column 1)"),
    "list": (BROKEN, "", "metadata.json holds a list, not an object"),
    "number": (BROKEN, "", "metadata.json holds a number, not an object"),
    "null": (BROKEN, "", "metadata.json holds null, not an object"),
    "nan": (READ, "completed", ""),
    "invalid_utf8": (READ, "completed", ""),
    "utf16": (READ, "completed", ""),
    "utf16_half": (BROKEN, "", f"{NOT_JSON} (line 1, column 2)"),
    "bom": (READ, "completed", ""),
    "huge": (BROKEN, "", "metadata.json has 50 MB, more than is read (8 MiB)"),
    "deep": (BROKEN, "", "metadata.json is nested too deeply to read"),
    "deep_tags": (BROKEN, "", "metadata.json is nested too deeply to read"),
    "long_number": (BROKEN, "", "metadata.json holds a number too long to read"),
    "no_status": (READ, "unknown", "status is missing"),
    "unknown_status": (READ, "simulating", ""),
    "wrong_status": (READ, "['completed', {'of': 3}]", "status is not text"),
    "wrong_dates": (
        READ,
        "completed",
        "created_at is not a date; started_at is not a date; completed_at is not a date",
    ),
    "wrong_tags": (READ, "completed", "tags is not a list"),
    "mixed_tags": (READ, "completed", "tags are not all text"),
    "wrong_everything": (
        READ,
        "completed",
        "parent_run_id is not text; checkpoints is not a list; description is not text; "
        "hostname is not text; user is not text",
    ),
    "wrong_checkpoints": (READ, "completed", ""),
    "wrong_run_id": (READ, "completed", "run_id differs from the directory's name"),
    "hostile_text": (READ, "completed", ""),
    "metadata_directory": (BROKEN, "", "metadata.json is not a regular file"),
    "metadata_fifo": (BROKEN, "", "metadata.json is not a regular file"),
    "metadata_dangling": (
        DANGLING,
        "",
        "metadata.json links to /scratch/gone/metadata.json, which does not exist",
    ),
    "metadata_loop": (DANGLING, "", "metadata.json links to metadata.json, which leads in a circle"),
    "spaces": (READ, "completed", ""),
    "emoji": (READ, "completed", ""),
    "newline": (READ, "completed", ""),
    "escape": (READ, "completed", ""),
    "not_utf8": (READ, "completed", "run_id differs from the directory's name"),
    "markup": (READ, "completed", ""),
    "long_name": (READ, "completed", ""),
    "own_parent": (READ, "completed", ""),
    "loop": (DANGLING, "", "a link to loop, which leads nowhere: Too many levels of symbolic links"),
    "dangling": (DANGLING, "", "a link to gone, which leads nowhere: No such file or directory"),
    "linked": (READ, "completed", ""),
    "dangling_current": (DANGLING, "", "a link to gone, which leads nowhere: No such file or directory"),
    "second_name": (BROKEN, "", "no metadata.json"),
    "plain_file": (BROKEN, "", "not a directory any more"),
    "hidden": (BROKEN, "", "no metadata.json"),
}

PASSING = {"no_metadata", "empty", "blank", "half", "zeros", "utf16_half"}
"""What a writer at work could have left; the rest is wrong from the start."""


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return bad_runs(tmp_path_factory.mktemp("bad") / "runs")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runs directory for examples that follow on each other."""
    return tmp_path_factory.mktemp("scratch")


def record_at(path: Path) -> RunRecord:
    return read_record(str(path.parent), path.name)


def assert_safe_record(record: RunRecord) -> None:
    """Fail where a text of `record` is not safe to show; those left out are for finding only."""
    for field in set(record._fields) - {"name", "parent", "recorded_id"}:
        value = getattr(record, field)
        for text in value if isinstance(value, tuple) else [value]:
            if isinstance(text, str):
                assert_safe(text)


def test_every_bad_run_has_an_expectation(bad: dict[str, Path]) -> None:
    assert set(EXPECTED) == set(bad)


@pytest.mark.parametrize("case", EXPECTED)
def test_bad_run_is_a_row_with_its_problem(bad: dict[str, Path], case: str) -> None:
    record = record_at(bad[case])
    assert (record.state, record.status, record.problem) == EXPECTED[case]
    assert record.name == bad[case].name
    assert_safe_record(record)


def test_bad_value_does_not_discard_the_valid_ones(bad: dict[str, Path]) -> None:
    record = record_at(bad["wrong_everything"])
    assert record.tags == ("a",)
    assert record.created == 1793534400.0
    assert record.parent is None
    assert record.checkpoints == 0
    assert record_at(bad["mixed_tags"]).tags == ("prod",)
    assert record_at(bad["invalid_utf8"]).description == "caf\ufffd"


def test_hostile_text_is_sanitized(bad: dict[str, Path]) -> None:
    record = record_at(bad["hostile_text"])
    assert record.description == "␛]0;owned␇␛[2J[/foo][@click=app.quit]x[/]\ufffdgnp.exe\ufffd"
    assert record.tags == ("␛[31mred", "two␊lines")
    assert (record.user, record.host) == ("a␀b", "\ufffd2J")
    assert record_at(bad["escape"]).run_id == "␛[31mred␛]0;title␇"
    assert record_at(bad["not_utf8"]).run_id == "caf\ufffd"


def test_invalid_date_falls_back_to_the_file_time(bad: dict[str, Path]) -> None:
    record = record_at(bad["wrong_dates"])
    assert record.created == (bad["wrong_dates"] / "metadata.json").stat().st_mtime
    assert record.created_is_guess
    assert record.duration(time.time()) is None


def test_reading_bad_runs_changes_nothing(bad: dict[str, Path]) -> None:
    base = bad["empty"].parent

    def state() -> list[tuple[str, int, int]]:
        found = []
        for directory, folders, files in os.walk(os.fsencode(base)):
            for name in [*folders, *files]:
                status = os.lstat(os.path.join(directory, name))
                found.append((os.path.join(directory, name), status.st_mtime_ns, status.st_size))
        return sorted(found)

    before = state()
    for path in bad.values():
        record_at(path)
    assert state() == before


@pytest.mark.parametrize("case", sorted(PASSING))
def test_fresh_torn_file_counts_as_being_written(tmp_path: Path, case: str) -> None:
    path = bad_runs(tmp_path / "runs", age=0)[case]
    record = record_at(path)
    assert record.state is RecordState.WRITING
    assert record.problem == f"{EXPECTED[case][2]} (being written?)"
    moment = time.time() - WRITING_GRACE - 1
    for found in (path / "metadata.json", path):
        if found.exists():
            os.utime(found, (moment, moment))
    assert record_at(path).state is RecordState.BROKEN


def test_permanently_invalid_file_is_broken_at_once(tmp_path: Path) -> None:
    bad = bad_runs(tmp_path / "runs", age=0)
    for case in set(EXPECTED) - PASSING - {"second_name", "hidden"}:
        state, status, problem = EXPECTED[case]
        record = record_at(bad[case])
        assert (record.state, record.status, record.problem) == (state, status, problem)


def test_vanished_run_is_a_row_with_a_problem(runs_dir: Path) -> None:
    record = read_record(str(runs_dir), "gone")
    assert (record.state, record.problem) == (BROKEN, "cannot be opened: No such file or directory")


def test_run_replaced_by_a_file_is_a_row_with_a_problem(runs_dir: Path) -> None:
    (runs_dir / "notes").write_text("text")
    assert read_record(str(runs_dir), "notes").problem == "not a directory any more"


def test_valid_run_is_read_as_written(runs_dir: Path) -> None:
    path = write_run(
        runs_dir,
        "run 7",
        status="running",
        description="sweep, β=0.3",
        tags=["prod", "🌊"],
        created="2026-11-01T12:00:00",
        parent_run_id="run 6",
        checkpoints=[{"name": "a", "created_at": None, "path": None}] * 3,
        started_at="2026-11-01T12:00:10Z",
    )
    status = (path / "metadata.json").stat()
    assert record_at(path) == RunRecord(
        "run 7",
        "run 7",
        "running",
        "sweep, β=0.3",
        ("prod", "🌊"),
        1793534400.0,
        False,
        1793534410.0,
        None,
        "node17",
        "alice",
        "run 6",
        3,
        "",
        "",
        RecordState.READ,
        stamp_of(status),
    )


@pytest.mark.parametrize(
    ("recorded", "reason"),
    [
        ({"error": "the field diverged", "exit_code": 1}, "the field diverged"),
        ({"error": "", "exit_code": 137}, "exit code 137"),
        ({"returncode": -11}, "exit code -11"),
        ({"exit_code": 0}, ""),
        ({"exit_code": True}, ""),
        ({"exit_code": "1"}, ""),
        ({"exit_code": 10**400}, ""),
    ],
)
def test_failure_recorded_by_the_simulation_is_shown_as_the_reason(
    runs_dir: Path, recorded: dict[str, Any], reason: str
) -> None:
    assert record_at(write_run(runs_dir, "r", status="failed", **recorded)).reason == reason


def test_duration_of_a_live_run_ends_now(runs_dir: Path) -> None:
    times = {"started_at": "2026-11-01T12:00:00Z", "completed_at": "2026-11-01T12:01:00Z"}
    now = 1793534400.0 + 3600

    def duration(**metadata: Any) -> float | None:
        return record_at(write_run(runs_dir, "run", created="2026-11-01T11:59:30Z", **metadata)).duration(now)

    assert duration(**times) == 60
    assert duration(status="running", **times) == 3600
    assert duration(completed_at="2026-11-01T12:00:00Z") == 30
    assert duration() is None
    assert duration(started_at="2026-11-01T12:00:00Z", completed_at="2026-11-01T11:59:30Z") == 0
    assert duration(started_at="2026-11-01T12:00:00Z", completed_at="2026-11-01T11:00:00Z") is None


def test_long_descriptions_are_cut_but_tags_are_not(runs_dir: Path) -> None:
    record = record_at(write_run(runs_dir, description="d" * 5000, tags=[f"t{n}" for n in range(5000)]))
    assert len(record.description) == 500
    assert record.description.endswith("…")
    assert list(record.tags) == [f"t{n}" for n in range(5000)]
    assert record.problem == ""


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KNOWN_KEYS = [
    "run_id",
    "description",
    "status",
    "tags",
    "hostname",
    "user",
    "git_commit",
    "parent_run_id",
    "checkpoints",
    "created_at",
    "started_at",
    "completed_at",
]
ANY_METADATA = st.dictionaries(st.sampled_from(KNOWN_KEYS) | st.text(), ANY_JSON, max_size=8)


@given(st.binary() | st.text('{}[]":,0e-. \\un\0N').map(str.encode))
@example(b"{\x00a\x00b")
@example(b"\xff\xfe{")
@example(b"\x00\x00\xfe\xff{")
@example(b'{"status": "\xed\xa0\x80"}')
@example(b'{"created_at": "9999-12-31T23:59:59-14:00"}')
@example(b'{"created_at": 1e400, "status": -1e400, "tags": [1e400]}')
def test_arbitrary_bytes_become_a_safe_row(scratch: Path, data: bytes) -> None:
    path = write_raw(scratch, "run", data)
    assert_safe_record(record_at(path))


@given(ANY_METADATA, st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-8-sig"]), st.integers(0))
def test_half_written_file_in_any_encoding_becomes_a_safe_row(
    scratch: Path, metadata: dict[str, Any], encoding: str, cut: int
) -> None:
    data = json.dumps(metadata).encode(encoding)
    path = write_raw(scratch, "run", data[: cut % (len(data) + 1)])
    record = record_at(path)
    assert_safe_record(record)
    assert record.state is READ or record.problem


@given(ANY_METADATA)
def test_arbitrary_metadata_becomes_a_safe_row_and_is_read_unchanged(
    scratch: Path, metadata: dict[str, Any]
) -> None:
    path = write_raw(scratch, "run", json.dumps(metadata, indent=2).encode())
    record = record_at(path)
    assert record.state is READ
    assert_safe_record(record)
    assert read_metadata(str(path)) == metadata
    if isinstance(metadata.get("parent_run_id"), str):
        assert record.parent == metadata["parent_run_id"]


@given(ANY_METADATA)
def test_safe_row_is_built_from_arbitrary_metadata_without_a_file(metadata: dict[str, Any]) -> None:
    assert_safe_record(record_of("name", metadata, None))


@pytest.mark.parametrize("said", ["running\n", "Running\t", "\r\n running", "running\x85"])
def test_whitespace_around_a_status_is_ignored(said: str, runs_dir: Path) -> None:
    write_run(runs_dir, "r", status=said)
    run = read_record(str(runs_dir), "r")
    assert (run.status, run.is_live) == ("running", True)


def test_empty_status_is_reported_as_missing(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="")
    assert read_record(str(runs_dir), "r").problem == "status is missing"


def test_keys_of_a_file_that_cannot_be_read_are_unread_and_not_missing(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas", alpha=1, gamma=None)
    (run / "run_params.json").write_text('{"beta": 1')
    keys = frozenset({"alpha", "beta", "gamma"})
    found = read_record(str(runs_dir), "gas", keys=keys, values_from=parameter_values)
    assert found.values == {"alpha": 1}
    assert found.unread == {"beta": "run_params.json is not valid JSON (line 1, column 11)"}
    (run / "config.yaml").write_text('{"beta": 2}')
    found = read_record(str(runs_dir), "gas", keys=keys, values_from=parameter_values)
    assert (found.values, found.unread) == ({"alpha": 1, "beta": 2}, {})
    (run / "run_params.json").unlink()
    (run / "config.yaml").write_text("beta: [2\n")
    found = read_record(str(runs_dir), "gas", keys=keys, values_from=parameter_values)
    assert found.unread == {"beta": "config.yaml cannot be understood"}
    (run / "config.yaml").unlink()
    os.mkfifo(run / "run_params.json")
    assert read_record(str(runs_dir), "gas", keys=keys, values_from=parameter_values).unread == {
        "beta": "run_params.json is not a regular file"
    }


def test_all_keys_of_a_run_without_readable_metadata_are_unread(runs_dir: Path) -> None:
    write_raw(runs_dir, "torn", b"[]")
    found = read_record(str(runs_dir), "torn", keys=frozenset({"beta"}))
    assert found.unread == {"beta": "metadata.json holds a list, not an object"}


def test_a_directory_without_metadata_has_no_value(runs_dir: Path) -> None:
    (runs_dir / "empty").mkdir()
    os.utime(runs_dir / "empty", (1, 1))
    assert read_record(str(runs_dir), "empty", keys=frozenset({"beta"})).unread == {}
