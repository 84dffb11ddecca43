from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.pipeline.plan import CallWork, CommandWork, Mode
from runtui.runtime.pipeline.spec import PipelineError, PipelineSpec, read_pipeline
from runtui.runtime.process.run_paths import run_paths


def write(tmp_path: Path, text: str) -> str:
    path = tmp_path / "pipeline.toml"
    path.write_text(text)
    return str(path)


def test_every_pipeline_setting_is_read(tmp_path: Path) -> None:
    text = """
        description = "the whole of it"
        tags = ["nightly"]
        mode = "thread"
        workers = 3

        [[steps]]
        name = "fetch data"
        command = ["curl", "-o", "{results}/raw.csv", "{here}/x", "${run}"]
        outputs = ["results/raw.csv"]
        temporary = true
        timeout = "1h30m"
        retries = 2
        resources = { time = "01:00:00", cpus = 4 }

        [[steps]]
        name = "clean"
        call = "work.clean:run"
        needs = ["fetch data"]
        mode = "process"
        timeout = 1.5

        [[steps]]
        name = "plot"
        command = "gnuplot {logs} | awk '{print $1}' > $RUNTUI_RESULTS/x"
    """
    pipeline = read_pipeline(write(tmp_path, text))
    assert (pipeline.description, pipeline.tags, pipeline.workers) == ("the whole of it", ("nightly",), 3)
    plan = pipeline.plan_for(run_paths(str(tmp_path / "my runs"), "r"))
    run = str(tmp_path / "my runs" / "r")
    fetch, clean, plot = plan.steps
    assert fetch.work == CommandWork(
        ("curl", "-o", f"{run}/results/raw.csv", f"{tmp_path}/x", "${run}"), str(tmp_path)
    )
    assert fetch.outputs == (f"{run}/results/raw.csv",)
    assert (fetch.is_temporary, fetch.timeout, fetch.retries, fetch.mode) == (True, 5400.0, 2, Mode.THREAD)
    assert fetch.resources == {"time": "01:00:00", "cpus": "4"}
    assert clean.work == CallWork("work.clean:run", (str(tmp_path),))
    assert (clean.needs, clean.mode, clean.timeout) == (("fetch data",), Mode.PROCESS, 1.5)
    assert isinstance(plot.work, CommandWork)
    assert plot.work.words[2] == f"gnuplot '{run}/logs' | awk '{{print $1}}' > $RUNTUI_RESULTS/x"
    assert {step.mode for step in pipeline.plan_for(run_paths("x", "r"), Mode.SYNC).steps} == {Mode.SYNC}


STEP = '[[steps]]\nname = "a"\ncommand = "true"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("steps = [", "Invalid value"),
        ("", "it has no steps: write a [[steps]] table for each"),
        ("steps = [1]", "it has no steps"),
        ("worker = 3\n" + STEP, "worker means nothing here, did you mean workers?"),
        ("workers = 0\n" + STEP, "workers must be a number from 1 to 1024"),
        ("mode = 'parallel'\n" + STEP, "mode must be sync, thread, process, not 'parallel'"),
        ("[[steps]]\ncommand = 'true'", "step 1: it needs a name"),
        ('[[steps]]\nname = "a\\u001b[1m"\ncommand = "true"', "step 1: it needs a name"),
        (STEP + "need = ['b']", "step a: need means nothing here, did you mean needs?"),
        (STEP + "needs = 'b'", "step a: needs must be a list of texts"),
        (STEP + "needs = ['b']", "there are no such steps: a needs b"),
        (STEP + STEP, "several steps are called a"),
        (STEP + "call = 'x:y'", "step a: it needs either a command or a call"),
        ("[[steps]]\nname = 'a'", "step a: it needs either a command or a call"),
        ("[[steps]]\nname = 'a'\ncall = 'x'", "step a: call must be module:function, not 'x'"),
        ("[[steps]]\nname = 'a'\ncommand = []", "step a: command must be a text for the shell, or a list"),
        (STEP + "timeout = 'soon'", "step a: timeout must be a number of seconds, or a text such as 90s"),
        (STEP + "timeout = -1", "step a: timeout must be a number of seconds"),
        (STEP + "retries = true", "step a: retries must be a number from 0 to 100"),
        (STEP + "temporary = 1", "step a: temporary must be true or false"),
        (STEP + "on = 'cloud'", "step a: there is no compute framework 'cloud'"),
        (STEP + "resources = { nodes = 2 }", "step a: resources: nodes means nothing here"),
        (STEP + "resources = { cpus = [2] }", "step a: resources: cpus must be a text or a number"),
    ],
)
def test_error_is_reported_in_one_line_with_its_place(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(PipelineError) as refusal:
        read_pipeline(write(tmp_path, text))
    assert problem in str(refusal.value)
    assert str(refusal.value).startswith(str(tmp_path))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("output", ["../x", "/etc/passwd", "{here}/x", ".", "results/../..", "{run}"])
def test_an_output_outside_of_the_run_is_refused(output: str, tmp_path: Path) -> None:
    pipeline = read_pipeline(write(tmp_path, STEP + f"outputs = ['{output}']"))
    with pytest.raises(PipelineError, match=r"step a: the output .* is not in the run"):
        pipeline.plan_for(run_paths(str(tmp_path / "runs"), "r"))


def test_unreadable_pipeline_file_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "missing.toml", tmp_path / "empty"):
        path.name == "empty" and path.mkdir()
        with pytest.raises(PipelineError):
            read_pipeline(str(path))
    (tmp_path / "step.py").write_text("print(1)\n")
    for name, why in (("missing", "there is no .*missing"), ("step.py", "step.py is no pipeline")):
        with pytest.raises(PipelineError, match=f"{why}: name a"):
            read_pipeline(str(tmp_path / name))
    (tmp_path / "latin.toml").write_bytes(b"description = '\xe9'")
    with pytest.raises(PipelineError, match="is not UTF-8 text"):
        read_pipeline(str(tmp_path / "latin.toml"))


@given(st.text(max_size=60) | st.text("[]steps=name{}'\"\n.ab1 ", max_size=60))
def test_any_pipeline_file_is_read_or_refused(tmp_path_factory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, "utf-8", "surrogateescape", "")
    said = ""
    try:
        assert isinstance(read_pipeline(str(path)), PipelineSpec)
    except PipelineError as problem:
        said = str(problem)
    assert "\n" not in said


def test_numbered_scripts_become_steps_in_numeric_order(tmp_path: Path) -> None:
    for name in ("10_fetch.py", "20_a.sh", "20_b.py", "100_end.py", "30-tool", "40_notes.txt", "README.md"):
        (tmp_path / name).write_text("")
    (tmp_path / "30-tool").chmod(0o755)
    steps = read_pipeline(str(tmp_path)).steps
    assert [(step.name, step.needs) for step in steps] == [
        ("10_fetch", ()),
        ("20_a", ("10_fetch",)),
        ("20_b", ("10_fetch",)),
        ("30-tool", ("20_a", "20_b")),
        ("100_end", ("30-tool",)),
    ]
    assert [step.work.words for step in steps if isinstance(step.work, CommandWork)] == [
        (sys.executable, f"{tmp_path}/10_fetch.py"),
        ("sh", f"{tmp_path}/20_a.sh"),
        (sys.executable, f"{tmp_path}/20_b.py"),
        (f"{tmp_path}/30-tool",),
        (sys.executable, f"{tmp_path}/100_end.py"),
    ]


def test_folder_without_numbered_scripts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "fetch.py").write_text("")
    with pytest.raises(PipelineError, match="has no numbered scripts"):
        read_pipeline(str(tmp_path))
