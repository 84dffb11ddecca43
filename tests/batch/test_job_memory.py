"""What schedulers said last is kept for other programs of the same user."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.batch.base import JobPhase, JobReport
from runtui.batch.job_memory import Said, memory_path, read_memory, write_memory


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    path = memory_path()
    assert path is not None
    return Path(path)


def test_answers_round_trip_through_the_memory_file(cache: Path) -> None:
    running = JobReport(JobPhase.RUNNING, "RUNNING", left="9:58", node="n1", user="ann")
    ended = JobReport(JobPhase.ENDED, "FAILED", exit_code=0, ended=12.5, is_array=True)
    said = Said(10.0, 9.0, 2, "no answer", {"1": running, "2": None}, {"2": ended})
    write_memory({"slurm": said})
    assert read_memory() == {"slurm": said}
    assert os.stat(cache).st_mode & 0o077 == 0


def test_accounting_of_forgotten_jobs_is_dropped() -> None:
    write_memory({"slurm": Said(queue={"2": None}, accounts={"1": None, "2": None})})
    assert read_memory()["slurm"].accounts == {"2": None}


def test_missing_or_damaged_memory_file_is_empty(cache: Path) -> None:
    assert read_memory() == {}
    cache.parent.mkdir()
    cache.write_text("{")
    assert read_memory() == {}


def test_clusters_that_share_a_home_have_answers_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = {"slurm": Said(queue={"7": None})}, {"slurm": Said(at=2.0)}
    write_memory(first)
    monkeypatch.setenv("SLURM_CONF", "/etc/other/slurm.conf")
    assert read_memory() == {}
    write_memory(second)
    monkeypatch.delenv("SLURM_CONF")
    assert read_memory() == first
    here = os.uname()
    elsewhere = os.uname_result((here.sysname, "login2", here.release, here.version, here.machine))
    monkeypatch.setattr(os, "uname", lambda: elsewhere)
    assert read_memory() == {}
