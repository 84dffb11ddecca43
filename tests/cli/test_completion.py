from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.scan import scan_runs
from runtui.cli import main
from runtui.cli.arguments import COMMANDS, build_parser, subparsers
from runtui.cli.completion.candidates import KINDS
from runtui.cli.completion.context import kind_of
from runtui.cli.completion.shells import Offer, for_bash, read_line
from tests.run_dirs import write_run
from tests.terminal import Terminal

HOSTILE = ["$(touch pwned)", "`touch pwned`", "a b;touch pwned", "it's", 'x"y', "bang!bang", "*", "ümlaut"]
PATIENCE = 60.0


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of a night and one of a day, the directory that the environment names."""
    write_run(runs_dir, "night-1", created="2026-11-21T01:00:00Z", status="failed", tags=["prod"], beta=0.3)
    write_run(runs_dir, "night-2", created="2026-11-21T02:00:00Z", tags=["prod", "big box"])
    run = write_run(
        runs_dir,
        "day",
        created="2026-11-21T03:00:00Z",
        checkpoints=[
            {"name": f"step-{step}", "created_at": None, "path": f"checkpoints/{step}"} for step in (1, 2)
        ],
    )
    (run / "checkpoints" / "2").touch()
    (run / "run_params.json").write_text('{"model": {"gamma": 1}}')
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def offered(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return what is offered for the last word, or what the shell is told to offer itself."""
    assert main(["completion", "fish", "runtui", *words]) == 0
    kind, *lines = capsys.readouterr().out.splitlines()
    return [line.partition("\t")[0] for line in lines] if kind == "words" else [kind]


def test_everything_that_the_command_line_takes_is_known_to_completion() -> None:
    parsers = list(subparsers(build_parser(command.home for command in COMMANDS.values())).values())
    for parser in parsers:
        parsers += subparsers(parser).values()
        for action in parser._actions:
            if action.nargs != 0 and not action.choices:
                assert kind_of(action) in KINDS, (parser.prog, action)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("l", ["ls", "logs", "launch"]),
        ("tra", ["trash"]),
        ("trash r", ["restore"]),
        ("show ni", ["night-2", "night-1"]),
        ("show l", ["latest"]),
        ("compare night-1 ni", ["night-2"]),
        ("ls --js", ["--json"]),
        ("ls status:fai", ["status:failed"]),
        ("ls -status:fai", ["-status:failed"]),
        ("ls bet", ["beta"]),
        ("ls tag:b", ['tag:"big box"']),
        ("ls --sort=-be", ["--sort=-beta"]),
        ("ls --sort desc", ["description"]),
        ("ls --columns id,crea", ["id,created"]),
        ("ls --view sta", ["stale"]),
        ("tag night-2 +pr", ["+prod"]),
        ("tag night-1 -", ["-C", "--runs-dir", "--json", "-prod"]),
        ("mark night-1 fa", ["failed"]),
        ("mark fa", []),
        ("resume day --checkpoint ", ["step-2"]),
        ("resume day --set mod", ["model.gamma="]),
        ("launch --resource part", ["partition="]),
        ("launch --on sl", ["slurm"]),
        ("launch -- ./sim", ["files"]),
        ("exec ", ["files"]),
        ("-C ", ["directories"]),
        ("ls -C ", ["directories"]),
        ("ls -C /nowhere sho", []),
        ("show -C /nowhere ni", []),
        ("nonsense/di", ["directories"]),
        ("completion fi", ["fish"]),
        ("clean --run night-1 ni", ["night-2"]),
        ("clean --run night-1 --ye", ["--yes"]),
    ],
)
def test_what_could_follow_is_offered(runs: Path, capsys, line: str, expected: list[str]) -> None:
    words = line.split(" ")
    assert offered(capsys, *words) == expected


def test_the_directory_of_the_command_line_counts(runs: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    other = tmp_path / "other"
    write_run(other, "elsewhere", tags=["far"])
    monkeypatch.setenv("PLACE", str(tmp_path))
    for option in (["-C", str(other)], [f"--runs-dir={other}"], [f"-C{other}"], ["-C", "$PLACE/other"]):
        assert offered(capsys, *option, "show", "e") == ["elsewhere"]
        assert offered(capsys, "show", *option, "e") == ["elsewhere"]


def test_ids_are_offered_as_short_as_they_are_unique(runs_dir: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    ends = "-0000-4000-8000-00000000000"
    for name in (f"aaaaaaaa{ends}1", f"aaaaaaaa{ends}2", f"aabbbbbb{ends}3"):
        write_run(runs_dir, name)
    assert sorted(offered(capsys, "show", "aa")) == [f"aaaaaaaa{ends}1", f"aaaaaaaa{ends}2", "aabbbbbb"]
    assert offered(capsys, "show", "aabbbbbb-") == [f"aabbbbbb{ends}3"]


def test_of_many_runs_the_newest_known_are_offered(runs: Path, capsys) -> None:
    RunsCache(str(runs)).save(scan_runs(str(runs)), frozenset({"seed"}))
    for number in range(150):
        (runs / f"later-{number}").mkdir()
    assert offered(capsys, "show", "night-") == ["night-2", "night-1"]
    assert len(offered(capsys, "show", "")) == 100


def test_what_a_terminal_would_obey_is_not_offered(runs_dir: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    for name in ("n\x1b]0;x\x07", "n\u202ex", "n\udcff", "-n", "n\nn"):
        write_run(runs_dir, name, tags=["t\x1b[31m"], description="\x1b[2J")
    write_run(runs_dir, "n1", tags=["t1"], description="\x1b[2J")
    assert offered(capsys, "show", "n") == ["n1"]
    assert main(["completion", "zsh", "runtui", "tag", "n1", "+"]) == 0
    assert main(["completion", "zsh", "runtui", "show", "n"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@given(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs", "Cc"]), min_size=1), st.data()
)
def test_what_bash_is_given_is_read_back_as_what_was_offered(text: str, data: st.DataObject) -> None:
    quote = data.draw(st.sampled_from(["", "'", '"']))
    kept = data.draw(st.integers(0, len(text)))
    begun = {"": "".join(f"\\{sign}" for sign in text[:kept]), "'": text[:kept], '"': text[:kept]}[quote]
    if read_line(quote + begun) != ([], quote + begun, text[:kept], quote):
        return  # such a text cannot be begun in these quotation marks
    kind, *found = for_bash(f"runtui show {quote}{begun}", begun, lambda _words, _typed: [Offer(text)])
    assert kind == "space"
    assert read_line(f"show {quote}{''.join(found)}{quote} ").words == ["show", text]


def in_bash(line: str, current: str, env: dict[str, str], cwd: Path) -> list[str]:
    """Return what bash would go on with, as the script tells it."""
    script = subprocess.run(
        [sys.executable, "-m", "runtui", "completion", "bash"], capture_output=True, check=True, env=env
    ).stdout.decode()
    ask = f'{script}\n_runtui runtui "$2" x 2>/dev/null; printf "%s\\n" "${{COMPREPLY[@]}}"'
    environment = env | {"COMP_LINE": line, "COMP_POINT": str(len(line))}
    asked = subprocess.run(
        ["bash", "--norc", "-c", ask, "bash", line, current],
        capture_output=True,
        check=True,
        cwd=cwd,
        env=environment,
    )
    return asked.stdout.decode().splitlines()


@pytest.fixture
def hostile(runs_dir: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a shell whose runs directory has names that a shell would obey."""
    for name in HOSTILE:
        write_run(runs_dir, name, tags=[name], description="$(touch pwned)")
    yield os.environ | {
        "RUNTUI_RUNS_DIR": str(runs_dir),
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "LC_ALL": "C.UTF-8",
        "HOME": str(tmp_path),
        "ZDOTDIR": str(tmp_path),
    }
    assert not list(tmp_path.rglob("pwned"))


def test_bash_reads_hostile_names_back_as_they_are(hostile: dict[str, str], tmp_path: Path) -> None:
    words = in_bash("runtui show ", "", hostile, tmp_path)
    assert sorted(words[:2]) == ["current", "latest"]
    said = subprocess.run(
        ["bash", "--norc", "-c", f"printf '%s\\n' {' '.join(words[2:])}"], capture_output=True, cwd=tmp_path
    )
    assert sorted(said.stdout.decode().splitlines()) == sorted(HOSTILE)


def test_fish_offers_hostile_names_as_they_are(hostile: dict[str, str], tmp_path: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    script = (
        f"{shlex.quote(sys.executable)} -m runtui completion fish | source; "
        "complete -C 'runtui show '; complete -C \"runtui show 'it\"; complete -C 'runtui ls -C /nowhere is:'"
    )
    said = subprocess.run(
        ["fish", "--no-config", "-c", script], capture_output=True, check=True, env=hostile, cwd=tmp_path
    )
    found = [line.partition("\t")[0] for line in said.stdout.decode().splitlines()]
    count = len(HOSTILE) + 2
    assert sorted(found[:count]) == sorted([*HOSTILE, "latest", "current"])
    assert found[count] == "it's"
    assert "is:failed" in found[count + 1 :]


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_tab_completes_in_a_shell_and_runs_nothing(
    shell: str, hostile: dict[str, str], tmp_path: Path
) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    program = f"{shlex.quote(sys.executable)} -m runtui"
    rc = tmp_path / (".zshrc" if shell == "zsh" else ".bashrc")
    rc.write_text(
        f'PS1="ready> "; cd {shlex.quote(str(tmp_path))}\n'
        + ("autoload -Uz compinit; compinit -D\n" if shell == "zsh" else "")
        + f'runtui() {{ {program} "$@"; }}; eval "$({program} completion {shell})"\n'
    )
    command = ["bash", "--rcfile", str(rc), "-i"] if shell == "bash" else ["zsh", "-i"]
    with Terminal(command, 100, 30, hostile) as terminal:
        terminal.wait_for("ready>", PATIENCE)
        terminal.type("runtui path \\$\t")
        terminal.wait_for(r"path \$\(touch\ pwned\)", PATIENCE)
        terminal.press("Enter")
        terminal.wait_for("runs/$(touch pwned)\n", PATIENCE)
        terminal.press("C-l")
        terminal.type("runtui ls 'status:comp\t")
        terminal.wait_for("ls 'status:completed'", PATIENCE)
