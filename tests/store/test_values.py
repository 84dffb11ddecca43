"""Values of a run's files by dotted keys."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.config.value_reader import parameter_values
from runtui.store.record import NO_VALUES
from runtui.store.rows import read_record
from runtui.store.values import find_values, value_of
from tests.run_dirs import bad_runs, write_raw, write_run
from tests.text.test_sanitize import assert_safe

DOCUMENT: dict[str, Any] = {
    "beta": 0.3,
    "model": {"beta": 1, "a.b": 2, "deep": {"er": True}},
    "model.beta": "exact",
    "checkpoints": [{"name": "first"}, {"name": "last"}],
    "loss": [3.0, 2.0],
    "nothing": None,
    "": {"": 7},
}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("beta", 0.3),
        ("model.beta", "exact"),
        ("model.a.b", 2),
        ("model.deep.er", True),
        ("model.deep", '{"er": true}'),
        ("checkpoints.0.name", "first"),
        ("checkpoints[1].name", "last"),
        ("checkpoints.-1.name", "last"),
        ("loss.1", 2.0),
        ("loss", "[3.0, 2.0]"),
    ],
)
def test_dotted_key_finds_its_value(key: str, value: object) -> None:
    found, missing = find_values(DOCUMENT, [key])
    assert (found, missing) == ({key: value}, [])
    assert type(found[key]) is type(value)


@pytest.mark.parametrize(
    "key",
    [
        "gamma",
        "beta.x",
        "model.",
        ".model",
        "model..beta",
        "loss.2",
        "loss.-3",
        "loss.x",
        "loss.0.1",
        "loss.²",
    ],
)
def test_unknown_key_is_reported_as_missing(key: str) -> None:
    assert find_values(DOCUMENT, [key]) == ({}, [key])


def test_null_is_neither_a_value_nor_missing() -> None:
    assert find_values(DOCUMENT, ["nothing"]) == ({}, [])


def test_nan_and_infinity_stay_numbers() -> None:
    found, _missing = find_values(json.loads('{"a": NaN, "b": -Infinity}'), ["a", "b"])
    assert math.isnan(float(found["a"]))
    assert found["b"] == -math.inf


def test_long_values_are_cut() -> None:
    assert len(str(value_of("x" * 5000))) == 200
    assert len(str(value_of(list(range(5000))))) == 200


def documents(keys: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects with these keys."""
    items = st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=12,
    )
    return st.dictionaries(keys, items, max_size=4)


def leaves(key: str, item: Any) -> list[tuple[str, Any]]:
    """Every value in a document with a dotted key that leads to it."""
    if isinstance(item, dict):
        inner = item.items()
    elif isinstance(item, list):
        inner = [(str(place), part) for place, part in enumerate(item)]
    else:
        return [(key, item)]
    return [leaf for name, part in inner for leaf in leaves(f"{key}.{name}" if key else name, part)]


@given(documents(st.text("ab", min_size=1, max_size=2)))
def test_every_value_is_reachable_by_a_dotted_key(document: dict[str, Any]) -> None:
    for key, item in leaves("", document):
        expected = {} if item is None else {key: value_of(item)}
        assert repr(find_values(document, [key])) == repr((expected, []))


@given(documents(st.text(max_size=4)), st.text(max_size=12))
def test_arbitrary_keys_and_documents_yield_safe_values(document: dict[str, Any], key: str) -> None:
    found, missing = find_values(document, [key])
    assert not (found and missing)
    for value in found.values():
        assert isinstance(value, (str, int, float))
        if isinstance(value, str):
            assert_safe(value)
            assert len(value) <= 200


def read_values(path: Path, *keys: str, is_edited: bool = False) -> dict[str, Any]:
    record = read_record(
        str(path.parent),
        path.name,
        keys=frozenset(keys),
        values_from=parameter_values,
        is_edited=is_edited,
    )
    return dict(record.values)


def test_metadata_takes_precedence_over_parameters_and_configuration(runs_dir: Path) -> None:
    run = write_run(runs_dir, "run", a=1)
    (run / "run_params.json").write_text('{"a": 2, "b": 2, "model": {"c": null}}')
    (run / "config.yaml").write_text('{"a": 3, "b": 3, "c": 3, "model": {"c": 3}}')
    assert read_values(run, "a", "b", "c", "d", "model.c", "hostname") == {
        "a": 1,
        "b": 2,
        "c": 3,
        "hostname": "node17",
    }


def test_record_has_no_values_if_no_key_is_requested_or_found(runs_dir: Path) -> None:
    run = write_run(runs_dir, "run", a=1)
    (run / "run_params.json").write_text('{"b": 2}')
    assert read_record(str(runs_dir), "run").values is NO_VALUES
    run = read_record(str(runs_dir), "run", keys=frozenset({"c"}), values_from=parameter_values)
    assert run.values is NO_VALUES


@pytest.mark.parametrize("data", [b"", b'{"b": 2', b"[1]", b"\xff\xfe", b"[" * 9999])
@pytest.mark.parametrize("filename", ["run_params.json", "config.yaml"])
def test_unreadable_files_have_no_values(runs_dir: Path, filename: str, data: bytes) -> None:
    run = write_run(runs_dir, "run", a=1)
    (run / filename).write_bytes(data)
    assert read_values(run, "a", "b") == {"a": 1}
    (run / filename).unlink()
    (run / filename).mkdir()
    assert read_values(run, "a", "b") == {"a": 1}


def test_parameters_of_a_run_without_metadata_are_read(runs_dir: Path) -> None:
    run = write_raw(runs_dir, "run", None)
    (run / "run_params.json").write_text('{"b": 2}')
    assert read_values(run, "b") == {"b": 2}


def test_values_of_bad_runs_are_read_without_error(runs_dir: Path) -> None:
    for path in bad_runs(runs_dir).values():
        for is_edited in (False, True):
            read_values(path, "loss", "top.0", "x.0.0", "tags.0", "status", is_edited=is_edited)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({}, ""),
        ({"error": "", "failure": "  ", "reason": "out of memory"}, "out of memory"),
        ({"status_reason": "killed", "exception": "KeyError: 'x'"}, "KeyError: 'x'"),
        ({"error": 3, "reason": None}, ""),
        ({"error": "first\nsecond"}, "first"),
        ({"error": "Traceback (most recent call last):\n  File\nValueError: no\n"}, "ValueError: no"),
        ({"error": "\x1b[31mred"}, "␛[31mred"),
    ],
)
def test_the_reason_of_a_failure_is_one_safe_line(
    runs_dir: Path, metadata: dict[str, Any], reason: str
) -> None:
    run = write_run(runs_dir, "run", status="failed", **metadata)
    assert read_record(str(run.parent), "run").reason == reason


def test_a_long_reason_is_cut(runs_dir: Path) -> None:
    run = write_run(runs_dir, "run", error="x" * 5000)
    assert len(read_record(str(run.parent), "run").reason) == 200
