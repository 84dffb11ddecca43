"""The files that a command reads are found by its words, and by those of its scripts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from runtui.runtime.pipeline.command_files import (
    command_files,
    is_script,
    module_files,
    text_of,
    written_files,
)

FILES = {
    "run.sh": '. "$(dirname "$0")/lib.sh"\nHERE="$(cd "$(dirname "$0")" && pwd)"\n"$HERE/tools/step" <si.in',
    "lib.sh": "# python3 unused.py\nexport A=1\n",
    "tools/step": "#!/usr/bin/env -S python3 -u\nimport stepper\n",
    "tools/stepper.py": "",
    "calls.py": 'import subprocess\nsubprocess.run(["./lib.sh", "si.in"])\n',
    "fit.R": 'source("lib.sh")\nread.csv("si.in")\n',
    "odd": "#!/usr/bin/env -S simulate --fast\n",
    "plain": "python3 plot.py\n",
    "settings": "V=1\n",
    "sources": ". ./settings\necho $V\n",
    "plot.py": "import helper\n",
    "helper.py": "",
    "unused.py": "",
    "mod/__init__.py": "",
    "mod/__main__.py": "from . import deep\n",
    "mod/deep.py": "",
    "si.in": "",
    "b.in": "",
    "out.dat": "",
    "sub/deep.py": "",
    "bin/simulate": "#!/bin/sh\nexec python3 plot.py\n",
    "make/Makefile": "include more.mk\nSRC = main.c\nall: sim out.o\n\t./gen.sh > si.in\nout.o: $(SRC)\n",
    "make/more.mk": "",
    "make/main.c": "",
    "make/gen.sh": "",
    "make/out.o": "",
    "make/other": "x: y.c\n",
    "make/y.c": "",
}
PLOT = {"plot.py", "helper.py"}
RUN = {"run.sh", "lib.sh", "tools/step", "tools/stepper.py"}
MODULE = {"mod/__init__.py", "mod/__main__.py", "mod/deep.py"}
MAKE = {f"make/{name}" for name in ("Makefile", "more.mk", "main.c", "gen.sh")}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with scripts and data, and a folder of programs on the path."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    return tmp_path


@pytest.mark.parametrize(
    ("words", "names"),
    [
        ((sys.executable, "plot.py", "--input=si.in"), {*PLOT, "si.in"}),
        (("./run.sh", "nothing"), RUN),
        (("bash", "-c", "./run.sh x"), RUN),
        (("bash", "-lc", "echo; ./run.sh"), RUN),
        (("env", "A=1", "sh", "-c", "sh -c './run.sh 1'"), RUN),
        (("simulate", "10"), {"bin/simulate", *PLOT}),
        (("mpirun", "-n", "4", "python3.12", "-m", "mod"), MODULE),
        (("python3", "-mmod"), MODULE),
        (("python3", "-m", "json.tool"), set()),
        (("python3", "-c", "import helper; print(1)"), {"helper.py"}),
        (("bash", "plain"), {"plain", *PLOT}),
        (("python3", "calls.py"), {"calls.py", "lib.sh"}),
        (("Rscript", "fit.R"), {"fit.R", "lib.sh"}),
        (("./odd",), {"odd", "bin/simulate", *PLOT}),
        (("prog", "-fsi.in", "@b.in", "A:out.dat,x"), {"si.in", "b.in", "out.dat"}),
        (("cat", "sub", "\ud800", "x" * 5000, "a\nb"), set()),
        (("python3", "nosuch.py"), set()),
        (("tee", "-a", "si.in"), set()),
        (("python3", "plot.py", "-o", "out.dat", "--output=si.in"), PLOT),
    ],
)
def test_files_of_a_program(here: Path, words: tuple[str, ...], names: set[str]) -> None:
    assert command_files(words, str(here)) == {str(here / name) for name in names}


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("python3 plot.py < si.in > out.dat 2>b.in && ./run.sh | tee x", {*PLOT, "si.in", *RUN}),
        ("cd sub; python3 deep.py", {"sub/deep.py"}),
        ("cd sub && cat ../si.in", {"si.in"}),
        ("python3 plot.py 'no end", PLOT),
        ("cat si.in>>out.dat", {"si.in"}),
        ("echo `cat si.in`", {"si.in"}),
        ('echo $(cat si.in) "and $(cat b.in)"', {"si.in", "b.in"}),
        ("source lib.sh", {"lib.sh"}),
        (". ./lib.sh && true", {"lib.sh"}),
        (". ./settings; echo $V", {"settings"}),
        ("sh sources", {"sources", "settings"}),
        ("cd make; make -s", MAKE),
        ("X=si.in; cat $X ${X}", {"si.in"}),
        ("cat *.in", {"si.in", "b.in"}),
        ("cat si.in\ncat b.in", {"si.in", "b.in"}),
        ("cat si.in \\\n  b.in", {"si.in", "b.in"}),
        ("PYTHONPATH=mod python3 -m deep", {"mod/deep.py"}),
        ("make -C make", MAKE),
        ("cd make; make all", MAKE),
        ("make -C make -f other", {"make/other", "make/y.c"}),
        ("make -C make -fother", {"make/other", "make/y.c"}),
    ],
)
def test_files_of_a_text_for_the_shell(here: Path, command: str, names: set[str]) -> None:
    assert command_files(("sh", "-c", command), str(here)) == {str(here / name) for name in names}


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("cat si.in > new.dat 2>>sub/errors; true", {"new.dat", "sub/errors"}),
        ("cat < si.in | tee -a out.dat", {"out.dat"}),
        ("bash -c 'cat si.in >| out.dat' -o b.in", {"out.dat", "b.in"}),
        ("NAME=new; cat si.in > $NAME.dat", {"new.dat"}),
        ("./run.sh si.in", set()),
    ],
)
def test_files_that_a_command_writes_to(here: Path, command: str, names: set[str]) -> None:
    assert written_files(("sh", "-c", command), str(here)) == {str(here / name) for name in names}


def test_programs_of_the_system_and_of_environments_are_no_inputs(here: Path) -> None:
    (here / "venv" / "bin").mkdir(parents=True)
    (here / "venv" / "pyvenv.cfg").touch()
    program = here / "venv" / "bin" / "solve"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert command_files(("sh", "-c", f"/bin/cat si.in; {program}; python3 -V"), str(here)) == {
        str(here / "si.in")
    }


def test_scripts_that_name_one_another_are_found_once(here: Path) -> None:
    (here / "lib.sh").write_text("./run.sh\n")
    assert command_files(("./run.sh",), str(here)) == {str(here / name) for name in RUN}


def test_modules_of_functions(here: Path) -> None:
    modules = {"plot": PLOT, "sub.deep": {"sub/deep.py"}, "mod": MODULE, "json": set()}
    for module, names in modules.items():
        assert module_files(module, (str(here),)) == {str(here / name) for name in names}


def test_scripts_are_told_from_data(here: Path) -> None:
    scripts = [name for name in FILES if is_script(str(here / name))]
    assert {"run.sh", "tools/step", "plot.py", "make/more.mk"} <= set(scripts)
    assert not {"si.in", "make/main.c", "plain"} & set(scripts)


def test_text_of_a_program_in_binary_is_empty(here: Path) -> None:
    (here / "sim").write_bytes(b"\x7fELF\0\0 plot.py")
    assert text_of(str(here / "sim")) == text_of(str(here / "nosuch")) == ""
    assert text_of(str(here / "lib.sh")) == FILES["lib.sh"]
