"""Errors of Hydra's jobs in the output of the program that launched them."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runtui.layouts.launcher_errors import error_of_job
from tests.layouts.tracker_samples import rows, write

OUTPUT = """[2023-01-01 10:00:00,000][HYDRA] Launching 3 jobs locally
[2023-01-01 10:00:00,100][HYDRA] \t#0 : size=1
[2023-01-01 10:00:09,100][HYDRA] \t#1 : size=900 name='a b'
Error executing job with overrides: ['size=900', "name='a b'"]
Traceback (most recent call last):
  File "train.py", line 9, in main
    table = numpy.zeros(size)
MemoryError

Set the environment variable HYDRA_FULL_ERROR=1 for a complete stack trace.
"""


def sweep(base: Path, output: str = "nohup.out") -> None:
    """Make a sweep of three jobs, the second of which ran out of memory."""
    overrides = ("- size=1\n", "- size=900\n- name='a b'\n", "- size=2\n")
    for number, text in enumerate(overrides):
        files = {".hydra/config.yaml": "size: 1\n", ".hydra/overrides.yaml": text, "train.log": ""}
        write(base / f"multirun/2023-01-01/10-00-00/{number}", files)
    write(base / "multirun/2023-01-01/10-00-00", {output: OUTPUT})


def test_job_that_failed_by_its_launchers_output_is_failed(tmp_path: Path) -> None:
    sweep(tmp_path)
    found = rows(tmp_path / "multirun/2023-01-01/10-00-00")
    assert {name: (run.status, run.reason, run.is_derived) for name, run in found.items()} == {
        "0": ("unknown", "", False),
        "1": ("failed", "MemoryError", True),
        "2": ("unknown", "", False),
    }
    run_dir = str(tmp_path / "multirun/2023-01-01/10-00-00/1")
    error = error_of_job(run_dir, ["size=900", "name='a b'"])
    assert error is not None
    assert (error.log, error.line) == ("../nohup.out", "MemoryError")
    assert error_of_job(run_dir, []) is None


def test_output_that_grows_is_read_again(tmp_path: Path) -> None:
    run = tmp_path / "sweep/0"
    run.mkdir(parents=True)
    log = tmp_path / "sweep/slurm-12.out"
    log.write_text("")
    assert error_of_job(str(run), ["a=1"]) is None
    log.write_text(
        "Error executing job with overrides: ['a=1']\nTraceback …\n  File \"x\", line 1\nValueError: bad\n"
    )
    error = error_of_job(str(run), ["a=1"])
    assert error is not None
    assert error.line == "ValueError: bad"


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_a_fault(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "0").mkdir()
        Path(folder, "nohup.out").write_bytes(b"Error executing job with overrides: ['a=1']\n" + data)
        error_of_job(f"{folder}/0", ["a=1"])
