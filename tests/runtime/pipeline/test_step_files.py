"""What steps read and made is known by contents, and what they write is told from what users edit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from runtui.runtime.pipeline import step_files
from runtui.runtime.pipeline.file_marks import mark_of
from runtui.runtime.pipeline.plan import CommandWork, Plan, Step
from runtui.runtime.pipeline.step_files import CHANGED, StepFiles


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A directory with an input and a run."""
    (tmp_path / "si.in").write_text("ecut = 20")
    for folder in ("results", "checkpoints", "logs"):
        (tmp_path / "run" / folder).mkdir(parents=True)
    return tmp_path


def shell(here: Path, name: str, command: str, *needs: str, outputs: tuple[str, ...] = ()) -> Step:
    paths = tuple(str(here / "run" / output) for output in outputs)
    return Step(name, CommandWork(("sh", "-c", command), str(here)), needs, outputs=paths)


def files_of(here: Path, *steps: Step, earlier: Mapping[str, Mapping[str, str]] | None = None) -> StepFiles:
    return StepFiles(Plan(steps), str(here / "run"), earlier or {})


def write(here: Path, name: str, text: str) -> str:
    (here / "run" / "results" / name).write_text(text)
    return str(here / "run" / "results" / name)


def inputs(files: StepFiles, step: str) -> dict[str, str]:
    found = files.marks(step)
    assert found is not None
    return dict(found[0])


def made(files: StepFiles, step: str) -> dict[str, str]:
    found = files.marks(step)
    assert found is not None
    return dict(found[1])


def test_input_is_known_by_its_contents_when_the_step_began(here: Path) -> None:
    path = str(here / "si.in")
    files = files_of(here, shell(here, "a", "cat si.in"))
    assert files.marks("a") is None
    before = mark_of(path)
    files.begin("a")
    assert files.end("a", is_done=True) == []
    assert inputs(files, "a") == {path: before}


def test_input_edited_while_its_step_runs_never_counts_as_read(here: Path) -> None:
    path = here / "si.in"
    files = files_of(here, shell(here, "a", "cat si.in"))
    for text in ("ecut = 40", "ecut = 60"):
        files.begin("a")
        path.write_text(text)
        assert files.end("a", is_done=True) == [str(path)]
        files.settle()
        assert inputs(files, "a") == {str(path): CHANGED}


def test_script_that_is_removed_while_it_runs_has_changed_but_data_were_used_up(here: Path) -> None:
    (here / "x.sh").write_text("rm si.in")
    files = files_of(here, shell(here, "a", "sh x.sh si.in"))
    files.begin("a")
    (here / "x.sh").unlink()
    (here / "si.in").unlink()
    files.end("a", is_done=True)
    assert inputs(files, "a") == {str(here / "x.sh"): CHANGED}


def test_file_that_appears_while_its_step_runs_is_made_by_it(here: Path) -> None:
    files = files_of(here, shell(here, "a", "./sim --log sim.log"))
    files.begin("a")
    (here / "sim.log").write_text("done")
    files.end("a", is_done=True)
    assert (inputs(files, "a"), made(files, "a")) == (
        {},
        {str(here / "sim.log"): mark_of(str(here / "sim.log"))},
    )
    again = files_of(here, shell(here, "a", "./sim --log sim.log"), earlier={"a": made(files, "a")})
    again.begin("a")
    (here / "sim.log").write_text("done once more")
    assert again.end("a", is_done=True) == []
    assert (inputs(again, "a"), list(made(again, "a"))) == ({}, [str(here / "sim.log")])


def test_script_that_a_step_writes_is_made_by_it(here: Path) -> None:
    (here / "gen.py").write_text('open("job.sh", "w")')
    files = files_of(here, shell(here, "a", "python3 gen.py"), shell(here, "b", "sh job.sh", "a"))
    script = str(here / "job.sh")
    for text in ("echo 1", "echo 2"):
        for step in "ab":
            files.begin(step)
            if step == "a":
                Path(script).write_text(text)
            assert files.end(step, is_done=True) == []
        assert set(inputs(files, "a")) == {str(here / "gen.py")}
        assert inputs(files, "b") == made(files, "a") == {script: mark_of(script)}


def test_older_file_that_an_edited_script_names_is_read(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_files, "_CLOCK_SKEW", 0)
    (here / "gen.sh").write_text("true")
    (here / "lib.sh").write_text("true")
    files = files_of(here, shell(here, "a", "sh gen.sh"))
    files.begin("a")
    (here / "gen.sh").write_text(". ./lib.sh")
    files.end("a", is_done=True)
    lib = str(here / "lib.sh")
    assert (inputs(files, "a")[lib], made(files, "a")) == (mark_of(lib), {})


def test_output_is_known_by_its_contents(here: Path) -> None:
    files = files_of(here, shell(here, "a", "true", outputs=("results/a", "results/folder")))
    files.begin("a")
    path = write(here, "a", "1")
    (here / "run" / "results" / "folder").mkdir()
    folder = str(here / "run" / "results" / "folder")
    write(here, "folder/x", "2")
    files.end("a", is_done=True)
    assert made(files, "a") == {path: mark_of(path), folder: mark_of(folder)}


def test_later_step_that_appends_to_an_output_changes_nothing_for_the_next_time(here: Path) -> None:
    a = shell(here, "a", "echo 1 > run/results/x", outputs=("results/x",))
    b = shell(here, "b", "cat run/results/x", "a")
    c = shell(here, "c", "echo 2 | tee -a run/results/x", "b")
    files = files_of(here, a, b, c)
    text = ""
    for step, more in ((a, "1"), (b, ""), (c, "2")):
        files.begin(step.name)
        text += more
        path = write(here, "x", text)
        files.end(step.name, is_done=True)
    files.settle()
    now = mark_of(path)
    assert made(files, "a")[path] == inputs(files, "b")[path] == now

    # The one that appends is done again, and the other two are kept.
    again = files_of(here, a, b, c, earlier={step: made(files, step) for step in "abc"})
    for kept in "ab":
        again.keep(kept, inputs(files, kept), made(files, kept))
    again.begin("c")
    write(here, "x", "122")
    again.end("c", is_done=True)
    again.settle()
    assert made(again, "a")[path] == inputs(again, "b")[path] == mark_of(path) != now


def test_kept_step_is_not_up_to_date_when_another_writes_what_it_read(here: Path) -> None:
    path = write(here, "x", "1")
    reader, writer = shell(here, "reader", "cat run/results/x"), shell(here, "writer", "true")
    files = files_of(here, reader, writer)
    known = mark_of(path)
    files.keep("reader", {path: known}, {})
    files.begin("writer")
    write(here, "x", "2")
    files.end("writer", is_done=True)
    files.settle()
    assert inputs(files, "reader") == {path: known}
    assert mark_of(path) != known


def test_undeclared_result_belongs_to_the_step_that_ran(here: Path) -> None:
    files = files_of(here, shell(here, "a", "true"), shell(here, "b", "true", "a"))
    paths = {}
    for step in "ab":
        files.begin(step)
        paths[step] = write(here, step, step)
        files.end(step, is_done=True)
    assert set(made(files, "a")) == {paths["a"]}
    assert set(made(files, "b")) == {paths["b"]}
    assert set(inputs(files, "b")) == {paths["a"]}  # it may read all that a step made that it needs


def test_results_of_parallel_steps_belong_to_those_that_name_them_or_to_all(here: Path) -> None:
    (here / "b.py").write_text('open("run/results/b.csv", "w")')
    steps = (
        shell(here, "a", "./x > run/results/a.csv"),
        shell(here, "b", "python3 b.py"),
        shell(here, "c", "true"),
        shell(here, "declares", "true", outputs=("results/d.csv",)),
    )
    files = files_of(here, *steps)
    for step in steps:
        files.begin(step.name)
    names = ("a.csv", "b.csv", "d.csv", "other")
    a, b, d, other = (write(here, name, name) for name in names)
    for step in steps:
        files.end(step.name, is_done=True)
    found = {step.name: set(made(files, step.name)) for step in steps}
    assert found == {"a": {a, other}, "b": {b, other}, "c": {other}, "declares": {d}}


def test_file_that_a_later_command_writes_to_is_no_edited_input(here: Path) -> None:
    data = here / "old.dat"
    data.write_text("1")
    steps = (shell(here, "a", "cat *.dat"), shell(here, "b", "date | tee -a old.dat", "a"))
    files = files_of(here, *steps)
    for step in "ab":
        files.begin(step)
        data.write_text(data.read_text() + step)
        assert files.end(step, is_done=True) == []
    files.settle()
    assert inputs(files, "a")[str(data)] == made(files, "b")[str(data)] == mark_of(str(data))


def test_log_that_was_there_before_is_made_by_the_step_that_writes_it(here: Path) -> None:
    log = here / "log.lammps.log"
    log.write_text("of another run")
    files = files_of(
        here, shell(here, "a", f"./lmp -in si.in -log {log.name}"), shell(here, "b", f"cat {log}")
    )
    for step in "ab":
        files.begin(step)
        if step == "a":
            log.write_text("of this run")
        assert files.end(step, is_done=True) == []
    assert set(inputs(files, "a")) == {str(here / "si.in")}
    assert made(files, "a") == inputs(files, "b") == {str(log): mark_of(str(log))}


def test_next_attempt_does_not_read_what_a_failed_one_left(here: Path) -> None:
    step = shell(here, "a", "./sim si.in --restart state.rst")
    files = files_of(here, step)
    files.begin("a")
    (here / "state.rst").write_text("half")
    files.end("a", is_done=False)
    again = files_of(here, step, earlier={"a": made(files, "a")})
    for attempts in (files, again):  # at once, and in a later execution
        attempts.begin("a")
        (here / "state.rst").write_text("whole")
        assert attempts.end("a", is_done=True) == []
        assert set(inputs(attempts, "a")) == {str(here / "si.in")}
        assert made(attempts, "a") == {str(here / "state.rst"): mark_of(str(here / "state.rst"))}


def test_failed_attempt_makes_nothing(here: Path) -> None:
    files = files_of(here, shell(here, "a", "true"), shell(here, "b", "true"))
    files.begin("a")
    assert files.end("a", is_done=False) == []
    assert files.end("b", is_done=False) == []  # it never began
    files.settle()
    assert files.marks("b") is None


def test_step_that_waits_in_a_scheduler_made_nothing(here: Path) -> None:
    files = files_of(
        here, shell(here, "a", "true"), shell(here, "b", "true", "a"), shell(here, "c", "true", "b")
    )
    for step in "abc":
        files.begin(step)
    path = write(here, "x", "1")
    files.end("a", is_done=True)
    for step in "bc":
        files.end(step, is_done=True)
    assert path in made(files, "a")
    assert path not in made(files, "c")


def test_result_seen_before_its_step_is_told_to_run_belongs_to_it(
    here: Path,
) -> None:
    steps = (shell(here, "a", "true"), shell(here, "b", "tee run/results/y", "a"))
    files = files_of(here, *steps)
    for step in steps:
        files.begin(step.name)
    path = write(here, "y", "1")
    for step in steps:
        files.end(step.name, is_done=True)
    assert (set(made(files, "a")), set(made(files, "b"))) == (set(), {path})


def test_removed_results_are_forgotten_unless_declared(here: Path) -> None:
    steps = (shell(here, "a", "true"), shell(here, "b", "true", outputs=("results/b",)))
    files = files_of(here, *steps)
    for step, name in (("a", "x"), ("b", "b")):
        files.begin(step)
        write(here, name, "1")
        files.end(step, is_done=True)
    for name in ("x", "b"):
        (here / "run" / "results" / name).unlink()
    files.settle()
    assert (set(made(files, "a")), set(made(files, "b"))) == (set(), {str(here / "run" / "results" / "b")})


@pytest.mark.parametrize("limit", ["_MOST_MADE", "_MOST_LOOKED_AT"])
def test_of_many_results_the_folder_counts(here: Path, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(step_files, limit, 3)
    files = files_of(here, shell(here, "a", "true"))
    files.begin("a")
    for number in range(5):
        write(here, str(number), "x")
    files.end("a", is_done=True)
    files.settle()
    folder = str(here / "run" / "results")
    assert made(files, "a")[folder] == mark_of(folder)
    (here / "run" / "results" / "4").unlink()
    assert made(files, "a")[folder] != mark_of(folder)
