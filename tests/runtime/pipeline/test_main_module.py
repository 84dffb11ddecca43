from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.runtime import Mode
from tests.store.children import ROOT

MODES = [mode.value for mode in Mode]

SCRIPT = """
import sys
from runtui.runtime import Pipeline, PipelineFailedError, Step

class NoMesh(Exception):
    pass

def fetch(context):
    return [1, 2, 3]

def total(context):
    return sum(context.inputs["fetch"])

def fail(context):
    raise NoMesh("no mesh")

if __name__ == "__main__":
    print(Pipeline([Step("fetch", fetch), Step("total", total, ("fetch",))]).run(mode=sys.argv[1]))
    try:
        Pipeline([Step("fail", fail)]).run(mode=sys.argv[1])
    except PipelineFailedError as error:
        print(error, isinstance(error.__cause__, NoMesh))
"""

UNGUARDED = """
from runtui.runtime import Pipeline, Step

def fetch(context):
    return 1

Pipeline([Step("fetch", fetch)]).run(mode="process")
"""


def run_script(tmp_path: Path, text: str, *words: str) -> subprocess.CompletedProcess[str]:
    script = tmp_path / "script.py"
    script.write_text(text)
    return subprocess.run(
        [sys.executable, str(script), *words],
        capture_output=True,
        text=True,
        timeout=120,
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.mark.parametrize("mode", MODES)
def test_functions_of_a_script_run_in_every_mode(mode: str, tmp_path: Path) -> None:
    ended = run_script(tmp_path, SCRIPT, mode)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "{'total': 6}\nstep fail failed: NoMesh: no mesh True\n"


def test_script_that_starts_its_pipeline_when_it_is_imported_is_told_so(tmp_path: Path) -> None:
    ended = run_script(tmp_path, UNGUARDED)
    assert ended.returncode == 1
    assert 'start it below `if __name__ == "__main__":`' in ended.stderr


def test_example_of_the_readme_prints_what_it_says(tmp_path: Path) -> None:
    (script,) = re.findall(
        r"```python\n(from runtui\.runtime .*?)```", (ROOT / "README.md").read_text(), re.S
    )
    ended = run_script(tmp_path, script)
    assert (ended.stdout, ended.stderr) == ("{'total': 6}\n", "")
