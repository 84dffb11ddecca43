"""Results of submitit's jobs, read without unpickling."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.pickled_result import JobResult, read_result, result_metadata
from tests.layouts.pickled import job_return

TRACE = (
    'Traceback (most recent call last):\n  File "a.py", line 1, in f\n    raise\nValueError: too large: 3\n'
)
PROTOCOLS = range(2, pickle.HIGHEST_PROTOCOL + 1)


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(
    ("value", "result"),
    [
        (("success", 2), JobResult(True)),
        (("success", {"a": "error"}), JobResult(True)),
        (("error", TRACE), JobResult(False, "ValueError: too large: 3")),
        (("error", ""), JobResult(False)),
        (("success", job_return(failed=False)), JobResult(True)),
        (("success", job_return(failed=True)), JobResult(False, "ValueError: beta too large")),
        (("other", 2), None),
        ([1, 2], None),
    ],
)
def test_result_of_a_job(protocol: int, value: Any, result: JobResult | None) -> None:
    assert read_result(pickle.dumps(value, protocol)) == result


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return os.mkdir, (str(tmp_path / "pwned"),)

    path = tmp_path / "1_0_result.pkl"
    path.write_bytes(pickle.dumps(("error", "ValueError: x", Attack())))
    assert result_metadata(str(path))["reason"] == "ValueError: x"
    assert not (tmp_path / "pwned").exists()


def test_what_is_no_result_says_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "empty").touch()
    for name in ("pipe", "empty", "missing"):
        assert result_metadata(str(tmp_path / name)) == {}


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_bytes_are_harmless(data: bytes, cut: int) -> None:
    whole = pickle.dumps(("success", job_return(failed=True)))
    for damaged in (data, whole[:cut], whole[:cut] + data, data + whole, whole[:cut] + data + whole[cut:]):
        result = read_result(damaged)
        assert result is None or isinstance(result.reason, str)
