"""Pipelines, and `runtui exec` for them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.runtime.launches import PYTHON, metadata_of, only_run
from tests.store.children import ROOT, Child

WORK = """
import os, sys, time

def numbers(step):
    print("making numbers")
    (step.results / "numbers.txt").write_text("1 2 3")
    return [1, 2, 3]

def total(step):
    assert os.path.exists("work.py"), f"functions run beside the pipeline, and not in {os.getcwd()}"
    return sum(step.inputs["numbers"])

def check(step):
    if not os.path.exists(os.environ["RUNTUI_RUN"] + "/go"):
        raise ValueError("there is no go")
    (step.results / "total.txt").write_text(str(step.inputs["total"]))
"""

PIPELINE = """
description = "sums"
tags = ["daily"]

[[steps]]
name = "fetch"
command = "echo raw > {results}/raw.csv; echo fetched"
outputs = ["results/raw.csv"]
temporary = true

[[steps]]
name = "read"
command = ["cp", "{results}/raw.csv", "{results}/copy.csv"]
needs = ["fetch"]
outputs = ["results/copy.csv"]

[[steps]]
name = "numbers"
call = "work:numbers"
mode = "thread"

[[steps]]
name = "total"
call = "work:total"
needs = ["numbers"]

[[steps]]
name = "check"
call = "work:check"
needs = ["total", "read"]
mode = "sync"
"""

LONG = """
[[steps]]
name = "long"
command = "sleep 600 & echo ready; wait"
[[steps]]
name = "function"
call = "time:sleep"
[[steps]]
name = "next"
command = "true"
needs = ["long"]
"""


def write(tmp_path: Path, text: str) -> str:
    """Write a pipeline beside the functions of `WORK`, and return its path."""
    (tmp_path / "work.py").write_text(WORK)
    path = tmp_path / "pipeline.toml"
    path.write_text(text)
    return str(path)


def executing(base: Path, *words: str) -> Child:
    """Start `runtui exec` with these words."""
    return Child(
        [PYTHON, "-m", "runtui", "exec", "-C", str(base), *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def execute(base: Path, *words: str) -> tuple[int, str, str]:
    """Run `runtui exec` to its end, and return its exit code, output and errors."""
    with executing(base, *words) as process:
        out, err = process.communicate(timeout=200)
    return process.returncode, out, err


def states(base: Path) -> dict[str, str]:
    """Return the states of the steps of the only run, by their names."""
    return {entry["name"]: entry["state"] for entry in metadata_of(base)["steps"]}


def has_begun(base: Path) -> bool:
    """Return whether the steps of `LONG` are at work in the only run."""
    try:
        return (
            "ready" in (only_run(base) / "logs" / "long.log").read_text()
            and "running" in states(base).values()
        )
    except (OSError, ValueError, KeyError):
        return False
