"""Names that batch scripts choose for the outputs of their jobs."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.script_outputs import JobOfLog, named_outputs


@pytest.mark.parametrize(
    ("line", "name", "job"),
    [
        ("#SBATCH --output=dd_%j.txt", "dd_101.txt", JobOfLog("slurm_job_id", "101", "")),
        ("#SBATCH --output dd_%j.txt", "dd_101.txt", JobOfLog("slurm_job_id", "101", "")),
        ("#SBATCH -o ./dd_%8j.txt", "dd_00000101.txt", JobOfLog("slurm_job_id", "00000101", "")),
        ('#SBATCH --output="%x.%A_%a.txt"', "melt.7_3.txt", JobOfLog("slurm_job_id", "7_3", "melt")),
        ("#SBATCH --output=%j/%x.txt", "melt.txt", None),
        ("#SBATCH --output=all.txt", "all.txt", None),
        ("#SBATCH --output=a%%_%N_%j.txt", "a%_n1_101.txt", JobOfLog("slurm_job_id", "101", "")),
        ("#SBATCH --output=[%j].txt", "[101].txt", JobOfLog("slurm_job_id", "101", "")),
        ("#BSUB -o run.%J.%I.txt", "run.12.3.txt", JobOfLog("job_id", "12_3", "")),
        ("#$ -o $JOB_NAME_$JOB_ID.txt", "x_7.txt", None),
        ("#$ -o t.$JOB_ID.txt", "t.7.txt", JobOfLog("job_id", "7", "")),
        ("# SBATCH --output=dd_%j.txt", "dd_101.txt", None),
        ("##SBATCH --output=dd_%j.txt", "dd_101.txt", None),
        ("#SBATCH --output=dd_%j.txt", "dd_x.txt", None),
        ("#SBATCH --output=dd_%j.npz", "dd_101.npz", None),
    ],
)
def test_script_chooses_the_name_of_an_output(
    line: str, name: str, job: JobOfLog | None, tmp_path: Path
) -> None:
    (tmp_path / "job.sh").write_text(f"#!/bin/bash\n{line}\n./a.out\n")
    assert named_outputs(str(tmp_path), [name]).get(name) == job


@given(st.binary(max_size=200))
def test_any_bytes_are_a_script(script: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "job.sh").write_bytes(b"#SBATCH -o " + script)
        assert isinstance(named_outputs(folder, ["a_1.txt"]), dict)
