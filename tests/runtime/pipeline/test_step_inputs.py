"""A step's inputs are the files that its command or its function names."""

from __future__ import annotations

from pathlib import Path

from runtui.runtime.pipeline.plan import CallWork, CommandWork
from runtui.runtime.pipeline.step_inputs import named_files


def test_files_of_commands_and_functions(tmp_path: Path) -> None:
    for name in ("plot.py", "si.in"):
        (tmp_path / name).touch()
    paths = tuple(str(tmp_path / name) for name in ("plot.py", "si.in"))
    assert named_files(CommandWork(("python3", "plot.py", "si.in"), str(tmp_path))) == paths
    assert named_files(CallWork("plot:draw", (str(tmp_path),))) == paths[:1]
    assert named_files(CallWork("json:loads", (str(tmp_path),))) == ()
    assert named_files(CallWork(print)) == ()


def test_files_that_runtui_keeps_in_a_run_are_no_inputs(tmp_path: Path) -> None:
    (tmp_path / ".runtui").mkdir()
    names = ("run_params.json", "config.yaml", "metadata.json", ".runtui/writer.json", "other.json")
    for name in names:
        (tmp_path / name).touch()
    work = CommandWork(("cat", *names), str(tmp_path))
    assert named_files(work, str(tmp_path)) == (str(tmp_path / "other.json"),)
