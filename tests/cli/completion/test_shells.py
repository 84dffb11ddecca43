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

from runtui.cli import main
from runtui.cli.completion.shells import Offer, for_bash, read_line
from tests.run_dirs import write_run
from tests.terminal import Terminal

HOSTILE = ["$(touch pwned)", "`touch pwned`", "a b;touch pwned", "it's", 'x"y', "bang!bang", "*", "ümlaut"]
PATIENCE = 60.0


@given(
    st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs", "Cc"]), min_size=1), st.data()
)
def test_bash_reads_completed_words_as_offered(text: str, data: st.DataObject) -> None:
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
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "LC_ALL": "C.UTF-8",
        "HOME": str(tmp_path),
        "ZDOTDIR": str(tmp_path),
    }
    assert not list(tmp_path.rglob("pwned"))


def test_bash_completion_preserves_hostile_names(hostile: dict[str, str], tmp_path: Path) -> None:
    words = in_bash("runtui show ", "", hostile, tmp_path)
    assert sorted(words[:2]) == ["current", "latest"]
    said = subprocess.run(
        ["bash", "--norc", "-c", f"printf '%s\\n' {' '.join(words[2:])}"], capture_output=True, cwd=tmp_path
    )
    assert sorted(said.stdout.decode().splitlines()) == sorted(HOSTILE)


def test_fish_completion_preserves_hostile_names(hostile: dict[str, str], tmp_path: Path) -> None:
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


def test_missing_shell_is_told_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion"]) == 2
    assert capsys.readouterr().err == "runtui: no shell named: runtui completion bash|zsh|fish\n"
