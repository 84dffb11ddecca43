"""`runtui exec --resume` does again what changed, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.runtime.launches import metadata_of, only_run
from tests.runtime.pipeline.pipelines import execute, executing
from tests.waiting import wait_until


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A runs directory that is not there yet."""
    return tmp_path / "runs"


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """The directory of a pipeline."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def write(here: Path, *steps: tuple[str, ...], outputs: str = "") -> str:
    """Write a pipeline of steps: name, command, and what they need; the first declares outputs."""
    tables = []
    for number, (name, command, *needs) in enumerate(steps):
        declared = f"outputs = [{outputs!r}]\n" if outputs and not number else ""
        tables.append(f"[[steps]]\nname = {name!r}\ncommand = '''{command}'''\nneeds = {needs}\n{declared}")
    (here / "pipeline.toml").write_text("\n".join(tables))
    return str(here / "pipeline.toml")


def first(base: Path, pipeline: str, *options: str) -> None:
    code, out, err = execute(base, pipeline, *options)
    assert code == 0, out + err


def redone(base: Path, *options: str) -> set[str]:
    """Resume the pipeline, and return the steps that were done again."""
    code, out, err = execute(base, "--resume", "latest", *options)
    assert code == 0, out + err
    return {step["name"] for step in metadata_of(base)["steps"] if step["state"] == "done"}


@pytest.mark.parametrize(
    "command",
    [
        "bash -c './s.sh x'",
        "env A=1 sh -c 'true && ./s.sh'",
        "echo `./s.sh`",
        'echo "$(./s.sh)"',
        "PATH=$PWD:$PATH; s.sh",
        "source ./s.sh || . ./s.sh",
        "make",
        "make -f other.mk",
        "python3 -m mod",
        "python3 script.py",
        "./calls.sh",
    ],
)
def test_edited_script_is_noticed_however_it_is_run(base: Path, here: Path, command: str) -> None:
    edited = {"make": "Makefile", "make -f other.mk": "other.mk", "python3 -m mod": "mod.py"}
    name = edited.get(command, "helper.py" if "script.py" in command else "s.sh")
    texts = {
        "s.sh": "#!/bin/sh\necho 1 # first\n",
        "calls.sh": '#!/bin/sh\n"$(dirname "$0")"/s.sh\n',
        "Makefile": "all:\n\techo 1 # first\n",
        "other.mk": "all:\n\techo 1 # first\n",
        "mod.py": "print(1) # first\n",
        "script.py": "import helper\n",
        "helper.py": "print(1) # first\n",
    }
    for file, text in texts.items():
        (here / file).write_text(text)
        (here / file).chmod(0o755)
    if command.startswith("make") and shutil.which("make") is None:
        pytest.skip("make is not installed")
    first(base, write(here, ("a", command), ("b", "true", "a"), ("c", "true")))
    assert redone(base) == set()
    (here / name).write_text(texts[name].replace("first", "second"))
    assert redone(base) == {"a", "b"}
    assert redone(base) == set()


def test_helper_that_was_missing_is_noticed(base: Path, here: Path) -> None:
    (here / "script.py").write_text("try:\n    import helper\nexcept ImportError:\n    pass\n")
    first(base, write(here, ("a", "python3 script.py; cat option.in || true")))
    for name in ("helper.py", "option.in"):
        (here / name).write_text("")
        assert redone(base) == {"a"}
        assert redone(base) == set()


@pytest.mark.parametrize("named", ["cat {results}/x > {results}/y", "python3 use.py"])
def test_step_follows_an_undeclared_result_that_it_reads(base: Path, here: Path, named: str) -> None:
    (here / "make.py").write_text('import os; open(os.environ["RUNTUI_RESULTS"] + "/x", "w").write("1")')
    (here / "use.py").write_text(
        'import os; at = os.environ["RUNTUI_RESULTS"]; open(at + "/y", "w").write(open(at + "/x").read())'
    )
    first(base, write(here, ("a", "python3 make.py"), ("b", named, "a")))
    results = only_run(base) / "results"
    (results / "x").write_text("by hand")
    assert redone(base) == {"a", "b"}
    (here / "make.py").write_text((here / "make.py").read_text().replace('"1"', '"2"'))
    assert redone(base) == {"a", "b"}
    assert (results / "y").read_text() == "2"
    assert redone(base) == set()


def test_step_follows_a_result_that_it_names_without_needing_its_step(base: Path, here: Path) -> None:
    (here / "x.in").write_text("1")
    steps = (("a", "cat x.in > {results}/x"), ("b", "cat {results}/x > {results}/y"))
    first(base, write(here, *steps), "--workers", "1")
    (here / "x.in").write_text("2")
    assert redone(base) == {"a", "b"}
    assert (only_run(base) / "results" / "y").read_text() == "2"
    assert redone(base) == set()


def test_parallel_steps_do_not_claim_the_results_of_one_another(base: Path, here: Path) -> None:
    (here / "meet.sh").write_text(
        "cd $RUNTUI_RUN; touch $1.$RUNTUI_STEP; until [ -e $1.a ] && [ -e $1.b ]; do sleep 0.02; done"
    )
    steps = [
        (name, f"sh meet.sh begin; sh {name}.sh > {{results}}/{name}.txt; sh meet.sh end") for name in "ab"
    ]
    for name in ("a", "b"):
        (here / f"{name}.sh").write_text("echo 1; echo 1 > $RUNTUI_RUN/results/by-$RUNTUI_STEP")
    first(base, write(here, *steps), "--workers", "2")
    assert redone(base) == set()
    (here / "a.sh").write_text("echo 2")
    assert redone(base) == {"a"}
    assert redone(base) == set()
    (only_run(base) / "results" / "b.txt").unlink()
    assert redone(base) == {"b"}
    (only_run(base) / "results" / "by-b").unlink()  # either may have made it
    assert redone(base) == {"a", "b"}
    assert redone(base) == set()


def test_input_edited_while_its_step_runs_has_it_run_again(base: Path, here: Path) -> None:
    for name in ("si.in", "s.sh"):
        (here / name).write_text("# first\n")
    fifo = here.parent / "fifo"
    os.mkfifo(fifo)
    pipeline = write(here, ("a", f"cat si.in s.sh > {{results}}/copy; cat {fifo}"), ("b", "true", "a"))
    words = [pipeline]
    for name in ("si.in", "s.sh"):
        with executing(base, *words) as process:
            wait_until(lambda: any(base.glob("*/results/copy")), "it has read its input")
            with open(fifo, "w"):  # it waits for its end
                (here / name).write_text("# edited\n")
            out, err = process.communicate(timeout=120)
        assert process.returncode == 0, out + err
        assert f"a: done, but {name} changed while it ran: --resume runs it again\n" in out
        words = ["--resume", "latest"]
        (only_run(base) / "results" / "copy").unlink()
    (here / "pipeline.toml").write_text((here / "pipeline.toml").read_text().replace(f"; cat {fifo}", ""))
    assert redone(base) == {"a", "b"}
    assert (only_run(base) / "results" / "copy").read_text() == "# edited\n# edited\n"
    assert redone(base) == set()


def empty(path: Path) -> None:
    for file in path.iterdir():
        file.unlink()


DAMAGE: list[tuple[str, Callable[[Path], object]]] = [
    ("results/a", lambda path: path.write_text("")),
    ("results/a", lambda path: path.write_text("half")),
    ("results/a", lambda path: (path.unlink(), path.mkdir())),
    ("results/folder", empty),
    ("results/folder", lambda path: (path / "1").unlink()),
    ("results/folder", lambda path: (path / "1").write_text("")),
    ("results/folder", lambda path: (shutil.rmtree(path), path.touch())),
]


@pytest.mark.parametrize(("output", "damage"), DAMAGE)
def test_output_that_is_not_what_its_step_made_has_it_run_again(
    base: Path, here: Path, output: str, damage: Callable[[Path], object]
) -> None:
    command = (
        "rm -rf {results}/*; mkdir {results}/folder; cd {results}\n"
        "for x in a folder/1 folder/2; do echo half done > $x; done"
    )
    first(base, write(here, ("a", command), ("b", "true", "a"), ("c", "true"), outputs=output))
    assert redone(base) == set()
    damage(only_run(base) / output)
    assert redone(base) == {"a", "b"}
    assert redone(base) == set()


@pytest.mark.parametrize("outputs", ["", "results/log.txt", "log.txt"])
def test_steps_that_append_to_one_file_are_not_repeated(base: Path, here: Path, outputs: str) -> None:
    log = "{run}/" + (outputs or "results/log.txt")
    (here / "c.in").write_text("1")
    steps = (
        ("a", f"date +%N > {log}"),
        ("b", f"wc {log}; cat {log} >> {here}/seen.log", "a"),
        ("c", f"cat c.in | tee -a {log}", "b"),
        ("d", f"date +%N | tee -a {log} {here}/seen.log", "a"),
    )
    first(base, write(here, *steps, outputs=outputs))
    assert redone(base) == set()
    (here / "c.in").write_text("2")
    assert redone(base) == {"c"}
    assert redone(base) == set()
    assert redone(base, "--force") == set("abcd")
    assert redone(base) == set()


def test_parameters_with_the_same_values_have_nothing_run_again(base: Path, here: Path) -> None:
    first(base, write(here, ("a", "cat {run}/run_params.json || true")))
    parameters = only_run(base) / "run_params.json"
    parameters.write_text('{"beta": 0.3, "n": [1, 2]}')
    assert redone(base) == {"a"}
    parameters.write_text(json.dumps({"n": [1, 2], "beta": 0.3}, indent=4) + "\n")
    assert redone(base) == set()
    parameters.write_text('{"beta": 0.4, "n": [1, 2]}')
    assert redone(base) == {"a"}


def test_parameters_edited_while_steps_run_have_all_steps_run_again(base: Path, here: Path) -> None:
    (here / "x.in").write_text("1")
    write_parameters = "echo '{\"n\": 1}' > {run}/run_params.json"
    first(base, write(here, ("a", write_parameters), ("b", "cat x.in")))
    assert redone(base) == set()  # a step wrote them itself
    (here / "pipeline.toml").write_text((here / "pipeline.toml").read_text().replace(": 1", ": 2"))
    assert redone(base) == {"a"}
    assert redone(base) == {"a", "b"}
    assert redone(base) == set()
