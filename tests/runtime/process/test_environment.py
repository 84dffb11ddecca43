"""Facts about the surroundings that a run was made in."""

from __future__ import annotations

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.process.environment import as_text, environment_facts


def test_only_harmless_variables_are_recorded() -> None:
    facts = environment_facts(
        {"OMP_NUM_THREADS": "4", "SLURM_JOB_ID": "", "AWS_SECRET_ACCESS_KEY": "x", "PATH": "/"}
    )
    assert facts["OMP_NUM_THREADS"] == "4"
    assert set(facts) <= {"system", "cpus", "memory", "OMP_NUM_THREADS"}
    assert str(facts["system"]).startswith(os.uname().sysname)
    assert isinstance(facts["cpus"], int)
    assert facts["cpus"] >= 1


def test_cpu_count_respects_the_affinity_mask() -> None:
    before = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(before)})
        assert environment_facts({})["cpus"] == 1
    finally:
        os.sched_setaffinity(0, before)


def test_a_very_long_variable_is_cut() -> None:
    assert len(str(environment_facts({"LOADEDMODULES": "m" * 10_000})["LOADEDMODULES"])) == 1000


@given(st.binary(max_size=20))
def test_any_argument_becomes_valid_json_text(data: bytes) -> None:
    text = as_text(os.fsdecode(data))
    text.encode("utf-8")
    assert json.loads(json.dumps(text)) == text
    if data.isascii():
        assert text == data.decode()
