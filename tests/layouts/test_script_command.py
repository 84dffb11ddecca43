"""Scripts of jobs that run again in a copy of their directory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runtui.layouts.commands import run_command
from runtui.layouts.script_command import directives_of
from runtui.store.errors import StoreError

SCRIPT = """#!/bin/bash -l
#SBATCH --job-name=lid
#SBATCH --time=10 --mem=64M
#SBATCH -o slurm-%j.out
#SBATCH -n 4 -c2 --exclusive

python3 sim.py --beta 3 in.json > out.json
#SBATCH --time=99
"""


def script_dir(base: Path, text: str = SCRIPT) -> Path:
    run = base / "lid"
    run.mkdir()
    for name, content in {"job.sh": text, "sim.py": "", "in.json": '{"n": 4}'}.items():
        (run / name).write_text(content)
        os.utime(run / name, (time.time() - 3600,) * 2)
    for name in ("slurm-12.out", "out.json", "step-1.ckpt"):
        (run / name).write_text("x")
    return run


def test_script_and_its_inputs(tmp_path: Path) -> None:
    run = script_dir(tmp_path)
    found = run_command(str(tmp_path), "lid")
    assert found.words == ("/bin/bash", "-l", "job.sh")
    assert (found.directory, found.system) == ("", "slurm")
    assert found.inputs == tuple(str(run / name) for name in ("job.sh", "in.json", "sim.py"))
    wanted = {"time": "10", "memory": "64M", "cpus": "2", "options": "-n4 --exclusive"}
    assert found.resources == wanted


def test_log_of_one_of_several_jobs(tmp_path: Path) -> None:
    run = script_dir(tmp_path)
    (run / "slurm-13.out").write_text("x")
    found = run_command(str(run), "slurm-13.out")
    assert [os.path.basename(path) for path in found.inputs] == ["job.sh", "in.json", "sim.py"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (("-n 4", "--array=1-4"), "makes an array of jobs"),
        (("-n 4", "hetjob"), "several components"),
        (("-n 4", "oops"), "a directive that cannot be read"),
        (("-n 4", "'oops"), "a line that cannot be read"),
        (("python3 sim", "cd HERE; python3 sim"), "names its own directory"),
        (("in.json", "data/in.json"), "uses the folder data/"),
    ],
    ids=["array", "hetjob", "word", "quote", "own-directory", "folder"],
)
def test_uncertain_scripts_are_refused(tmp_path: Path, change: tuple[str, str], why: str) -> None:
    text = SCRIPT.replace(change[0], change[1].replace("HERE", str(tmp_path / "lid")))
    (script_dir(tmp_path, text) / "data").mkdir()
    with pytest.raises(StoreError, match=why):
        run_command(str(tmp_path), "lid")


def test_several_scripts_or_none(tmp_path: Path) -> None:
    run = script_dir(tmp_path)
    (run / "other.sh").write_text("#!/bin/sh\n#SBATCH -n 1\n")
    with pytest.raises(StoreError, match=r"which script it ran is not certain: job\.sh, other\.sh"):
        run_command(str(tmp_path), "lid")
    (run / "other.sh").unlink()
    (run / "job.sh").unlink()
    with pytest.raises(StoreError, match="no script with #SBATCH lines"):
        run_command(str(tmp_path), "lid")


def test_large_inputs_are_refused(tmp_path: Path) -> None:
    run = script_dir(tmp_path)
    with open(run / "mesh.bin", "wb") as file:
        file.truncate(1 << 30)
    os.utime(run / "mesh.bin", (time.time() - 7200,) * 2)
    with pytest.raises(StoreError, match=r"too much to copy \(3 files of 1,074 MB\)"):
        run_command(str(tmp_path), "lid")


def test_directives_of_a_script_without_any() -> None:
    assert directives_of("echo hi\n") == ({}, False)
