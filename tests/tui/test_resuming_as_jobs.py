"""Resuming runs as jobs of a scheduler, of which there is only the command that submits."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.store.run_listing import run_names
from runtui.store.safe_directory import SafeDirectory
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run
from tests.tui.screen import browsing

JOB = {"system": "slurm", "id": "41", "state": "TIMEOUT", "resources": {"time": "10", "memory": "2G"}}


@pytest.fixture
def submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which the words of each submission are a line."""
    programs = tmp_path / "programs"
    programs.mkdir()
    (programs / "sbatch").write_text(
        f'#!/bin/sh\necho "$@" >> {tmp_path}/submitted\ncat >> {tmp_path}/scripts\necho 77\n'
    )
    (programs / "sbatch").chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    return tmp_path / "submitted"


def parent(base: Path, name: str, job: Mapping[str, object] | None = None, **values: object) -> None:
    run = write_run(base, name)
    (run / "checkpoints" / "step-1").write_text("state")
    checkpoint = {"name": "step-1", "created_at": "2026-11-01T00:00:00Z", "path": "checkpoints/step-1"}
    write_run(base, name, status="failed", checkpoints=[checkpoint], **values)
    launched = {"command": ["./model", "--fast"], "working_directory": str(base.parent)}
    write_sealed_record(SafeDirectory(base / name), RecordKind.COMMAND, launched)
    write_sealed_record(SafeDirectory(base / name), RecordKind.JOB, job or JOB)


def children(base: Path) -> dict[str, dict]:
    """Return the metadata of the runs that go on from another one, by that one's name."""
    found = [json.loads((base / name / "metadata.json").read_text()) for name in run_names(str(base))]
    return {each["parent_run_id"]: each for each in found if each["parent_run_id"]}


async def test_child_is_launched_as_a_job_with_the_resources_shown(submitted: Path, runs_dir: Path) -> None:
    parent(runs_dir, "gnu")
    async with browsing(runs_dir, (160, 40), notices=True) as user:
        await user.press("r")
        await user.sees("not started")
        await user.press("L")
        await user.sees("starts as a slurm job")
        await user.press("G", "k", "k", "k", "k", "space")
        await user.sees("partition  Enter apply")
        await user.press(*"gpu", "enter")
        await user.sees("gpu")
        await user.press("enter")
        await user.sees("resumed 1 run")
        await user.sees("SUBMITTED")
    words = submitted.read_text().split()
    assert {"--time=10", "--mem=2G", "--partition=gpu", f"--chdir={runs_dir.parent}"} <= set(words)
    assert "./model --fast" in (submitted.parent / "scripts").read_text().replace('"', "").replace(",", "")
    child = children(runs_dir)["gnu"]
    assert child["status"] == "initialising"
    given = {"time": "10", "memory": "2G", "partition": "gpu"}
    assert child["job"] == {"system": "slurm", "id": "77", "state": "SUBMITTED", "resources": given}


async def test_group_is_launched_as_jobs_with_the_parents_resources(submitted: Path, runs_dir: Path) -> None:
    parent(runs_dir, "gnu")
    parent(runs_dir, "owl", job=JOB | {"resources": {"time": "20"}})
    async with browsing(runs_dir, (160, 40), notices=True) as user:
        await user.press("asterisk", "r")
        await user.sees("2 runs can be resumed")
        await user.press("L")
        await user.sees("all start as slurm jobs with their parents' commands")
        await user.press("L")
        await user.sees("all start here with their parents' commands")
        await user.press("L", "L", "enter")
        await user.sees("resumed 2 runs")
    lines = submitted.read_text().splitlines()
    assert sorted(word for line in lines for word in line.split() if "time" in word) == [
        "--time=10",
        "--time=20",
    ]
    assert sorted(each["job"]["resources"]["time"] for each in children(runs_dir).values()) == ["10", "20"]


def test_resume_command_submits_a_job(submitted: Path, runs_dir: Path, capsys) -> None:
    parent(runs_dir, "gnu")
    words = ["--launch", "--on", "slurm", "--resource", "cpus=4"]
    assert main(["resume", "-C", str(runs_dir), "gnu", *words]) == 0
    assert "--cpus-per-task=4" in submitted.read_text()
    assert "--time=" not in submitted.read_text()
    assert children(runs_dir)["gnu"]["job"]["resources"] == {"cpus": "4"}
    for words in (["--on", "slurm"], ["--launch", "--resource", "cpus=4"]):
        assert main(["resume", "-C", str(runs_dir), "gnu", *words]) == 2


SACCT = """#!/bin/sh
case "$*" in *TimelimitRaw*) printf '41|10|2G|\\n41.batch|||1843200K\\n' ;; esac
"""


@pytest.mark.parametrize(
    ("state", "proposed", "why"),
    [
        ("OUT_OF_MEMORY", "--mem=4G", "ran out of memory of 2.0 GiB, used 1.8 GiB"),
        ("TIMEOUT", "--time=0:20:00", "reached its limit of 0:10:00"),
    ],
    ids=["memory", "time"],
)
async def test_job_that_ran_out_of_something_gets_twice_as_much(
    submitted: Path, runs_dir: Path, state: str, proposed: str, why: str
) -> None:
    sacct = submitted.parent / "programs" / "sacct"
    sacct.write_text(SACCT)
    sacct.chmod(0o755)
    parent(runs_dir, "gnu", job=JOB | {"state": state})
    metadata = json.loads((runs_dir / "gnu" / "metadata.json").read_text())
    (runs_dir / "gnu" / "metadata.json").write_text(json.dumps(metadata | {"job": JOB | {"state": state}}))
    async with browsing(runs_dir, (160, 40), notices=True) as user:
        await user.press("R")
        await user.sees(why)
        await user.press("L")
        await user.sees("starts as a slurm job")
        await user.press("enter")
        await user.sees("reran 1 run")
    assert proposed in submitted.read_text().split()
