"""How a step's function is found and called, and what becomes of a step."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from runtui.runtime.pipeline.plan import CallWork
from runtui.runtime.pipeline.tasks import (
    StepResult,
    command_result,
    failure_text,
    function_of,
    missing_outputs,
    note_traceback,
    open_log,
)
from runtui.runtime.process.process_tree import End


@pytest.fixture
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for modules that only a test imports."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "pycache_prefix", None)
    folder = tmp_path / "modules"
    folder.mkdir(mode=0o755)
    return folder


@pytest.mark.parametrize(
    ("end", "failure", "expected"),
    [
        (End(0, 1.0, 5), "", StepResult("s", exit_code=0, cpu_seconds=1.0, peak_memory=5)),
        (End(3, 1.0, None), "", StepResult("s", "exit code 3", exit_code=3, cpu_seconds=1.0)),
        (End(-9, 1.0, None), "", StepResult("s", "killed by signal 9 (SIGKILL)", cpu_seconds=1.0)),
        (End(0, 1.0, None), "timeout", StepResult("s", "timeout", exit_code=0, cpu_seconds=1.0)),
        (None, "", StepResult("s", "it could not be ended")),
        (None, "timeout", StepResult("s", "timeout")),
    ],
)
def test_command_result_depends_on_its_exit(end: End | None, failure: str, expected: StepResult) -> None:
    assert command_result("s", end, failure) == expected


def test_function_is_found_by_name_in_the_search_folder(modules: Path) -> None:
    (modules / "step_functions_of_a_test.py").write_text(
        "class Model:\n    def run(context): return 1\nx = 1\n"
    )
    search = (str(modules),)
    assert function_of(CallWork("step_functions_of_a_test:Model.run", search)).__name__ == "run"
    for name in ("missing", "x", "Model.missing"):
        with pytest.raises(ImportError, match="there is no function"):
            function_of(CallWork(f"step_functions_of_a_test:{name}", search))
    with pytest.raises(ImportError):
        function_of(CallWork("no_such_module_of_a_test:run", search))


def test_standard_library_module_is_not_shadowed_by_the_folder(modules: Path) -> None:
    (modules / "wave.py").write_text("def open(context): return 'evil'\n")
    sys.modules.pop("wave", None)
    found = function_of(CallWork("wave:open", (str(modules),)))
    assert found.__module__ == "wave"
    assert Path(found.__code__.co_filename).parent != modules


def test_bytecode_in_a_folder_writable_by_others_is_ignored(modules: Path) -> None:
    function_of(CallWork("json:loads", (str(modules),)))
    assert sys.pycache_prefix is None
    shared = modules / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    function_of(CallWork("json:loads", (str(shared),)))
    assert sys.pycache_prefix is not None


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("one\n  two"), "ValueError: one two"),
        (KeyError("beta"), "KeyError: 'beta'"),
        (MemoryError(), "MemoryError"),
    ],
)
def test_failure_text_is_one_line(error: Exception, text: str) -> None:
    assert failure_text(error) == text


def test_traceback_is_appended_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "step.log"
    log.parent.mkdir()
    log.write_text("printed\n")
    try:
        raise ValueError("surrogate \udc80")
    except ValueError as error:
        note_traceback(str(log), error)
    text = log.read_text()
    assert text.startswith("printed\nTraceback")
    assert "test_tasks.py" in text


def test_log_is_appended_to_and_never_truncated(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    for text in (b"one\n", b"two\n"):
        descriptor = open_log(str(tmp_path / "logs" / "step.log"))
        os.write(descriptor, text)
        os.close(descriptor)
    assert (tmp_path / "logs" / "step.log").read_bytes() == b"one\ntwo\n"


def test_missing_outputs_include_dangling_links(tmp_path: Path) -> None:
    (tmp_path / "there").touch()
    (tmp_path / "link").symlink_to("nowhere")
    paths = tuple(str(tmp_path / name) for name in ("there", "link", "gone"))
    assert missing_outputs(paths) == [str(tmp_path / "link"), str(tmp_path / "gone")]
    (tmp_path / "nowhere").touch()
    assert missing_outputs(paths) == [str(tmp_path / "gone")]
