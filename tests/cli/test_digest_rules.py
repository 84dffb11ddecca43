"""The user's rules for failures, in every subcommand that tells why a run failed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.settings import settings_path
from tests.run_dirs import write_log, write_run

RULE = '[[digest.rules]]\nkind = "licence"\npattern = "token \\\\d+ refused"\n'


def write_settings(text: str) -> None:
    path = settings_path()
    assert path is not None
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    Path(path).write_text(text)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def run(runs_dir: Path) -> str:
    directory = write_run(runs_dir, "ant", status="failed")
    write_log(directory, "step 1\nlmgr: token 7 refused\nSegmentation fault (core dumped)\n")
    return "ant"


@pytest.mark.parametrize(
    "words",
    [
        ["ls", "--columns", "reason"],
        ["show", "ant"],
        ["logs", "ant", "--errors"],
        ["ls", "reason:licence", "--columns", "reason"],
        ["clean", "reason:licence", "--dry-run"],
    ],
)
def test_rule_decides_the_reason(
    words: list[str], run: str, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code_before = main(["-C", str(runs_dir), *words])
    before = capsys.readouterr().out
    write_settings(RULE)
    assert main(["-C", str(runs_dir), *words]) == 0
    after = capsys.readouterr().out
    assert after != before
    assert "token 7 refused" in after or "1 run" in after
    assert code_before in (0, 1)


def test_rule_decides_what_why_tells_of_a_log(
    tmp_path: Path, run: str, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_settings(RULE)
    log = runs_dir / run / "logs" / "simulation.log"
    assert main(["why", str(log), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["line_number"]) == ("licence", 2)


def test_rule_that_cannot_be_used_is_reported_and_left_out(
    run: str, runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_settings(RULE.replace("licence", "licenses"))
    assert main(["-C", str(runs_dir), "ls", "--columns", "reason"]) == 0
    printed = capsys.readouterr()
    assert "segfault: " in printed.out
    assert printed.err.count("\n") == 1
    assert "digest rule 1 has an unknown kind" in printed.err
