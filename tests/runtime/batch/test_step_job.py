"""One step as a job of a scheduler."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from runtui.runtime.pipeline.frameworks import load, save
from runtui.runtime.pipeline.plan import CallWork, CommandWork, Step
from runtui.runtime.pipeline.tasks import JobTask, StepResult
from tests.runtime.steps import command, task
from tests.store.children import ROOT


def call(name: str, function: str) -> Step:
    return Step(name, CallWork(f"tests.runtime.steps:{function}", (str(ROOT),)))


def done(run: Path, step: Step, *outputs: str, **inputs: object) -> tuple[int, StepResult]:
    """Do a step as a job does, and return the exit code with what became of it."""
    order, answer = run / "order", run / "answer"
    save(JobTask(task(run, step, run / "data.pickle", **inputs), outputs), order)
    words = [sys.executable, "-m", "runtui.runtime.batch.step_job", str(order), str(answer)]
    code = subprocess.run(words, cwd=ROOT, check=False).returncode
    result = load(answer)
    assert isinstance(result, StepResult)
    return code, result


def test_function_receives_only_existing_inputs(tmp_path: Path) -> None:
    save("some data", tmp_path / "first.pickle")
    inputs = {"first": tmp_path / "first.pickle", "nothing": tmp_path / "missing.pickle"}
    code, result = done(tmp_path, call("second", "inputs"), **inputs)
    assert (code, result.failure) == (0, "")
    assert load(tmp_path / "data.pickle") == {"first": "some data"}


@pytest.mark.parametrize(("text", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -9 $$", 1)])
def test_nonzero_exit_code_fails_the_step(text: str, code: int, tmp_path: Path) -> None:
    found, result = done(tmp_path, command("step", "sh", "-c", text))
    assert found == code
    assert bool(result.failure) is (code != 0)


def test_failing_function_fails_the_job(tmp_path: Path) -> None:
    code, result = done(tmp_path, call("step", "fail"))
    assert (code, result.failure) == (1, "ValueError: step went wrong")


def test_step_without_its_declared_outputs_fails(tmp_path: Path) -> None:
    made, missing = str(tmp_path / "made"), str(tmp_path / "missing")
    step = Step("step", CommandWork(("touch", made)))
    assert done(tmp_path, step, made)[0] == 0
    code, result = done(tmp_path, step, made, missing)
    assert (code, result.failure, result.has_data) == (1, f"missing outputs: {missing}", False)
