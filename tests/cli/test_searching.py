"""``runtui grep``."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from runtui.cli import main
from tests.bare_terminal import BareTerminal
from tests.run_dirs import write_log, write_run
from tests.waiting import wait_until


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Three runs, the newest without a match."""
    write_log(write_run(runs_dir, "calm", created="2026-01-03T00:00:00Z"), "step 1\nstep 2\n")
    wild = write_run(runs_dir, "wild", status="failed", created="2026-01-02T00:00:00Z", tags=["sweep"])
    write_log(wild, "step 1\n2026-01-02T03:04:05Z Solver diverged\nsolver stopped\n")
    write_log(write_run(runs_dir, "old", created="2026-01-01T00:00:00Z"), "solver\tdone\n")
    return runs_dir


def grep(runs: Path, *words: str) -> int:
    return main(["grep", "-C", str(runs), *words])


def test_lines_are_printed_as_grep_does_newest_run_first(runs: Path, capsys) -> None:
    assert grep(runs, "solver") == 0
    assert capsys.readouterr().out.splitlines() == [
        "wild/logs/simulation.log:2:2026-01-02T03:04:05Z Solver diverged",
        "wild/logs/simulation.log:3:solver stopped",
        "old/logs/simulation.log:1:solver  done",
    ]


@pytest.mark.parametrize(
    ("words", "lines"),
    [
        (["-l", "solver"], ["wild", "old"]),
        (["-c", "solver"], ["wild:2", "old:1"]),
        (["-c", "Solver"], ["wild:1"]),
        (["-ci", "SOLVER"], ["wild:2", "old:1"]),
        (["-l", "solver", "status:failed"], ["wild"]),
        (["-l", "solver", "-tag:sweep"], ["old"]),
        (["solver", "-l", "is:failed", "tag:sweep"], ["wild"]),
        (["-l", "step", "latest"], ["calm"]),
        (["-c", "step|done"], ["calm:2", "wild:1", "old:1"]),
    ],
    ids=lambda words: " ".join(words),
)
def test_options_and_queries_narrow_what_is_printed(runs: Path, capsys, words, lines) -> None:
    assert grep(runs, *words) == 0
    output = capsys.readouterr()
    assert (output.out.splitlines(), output.err) == (lines, "")


def test_nothing_found_is_exit_code_1(runs: Path, capsys) -> None:
    assert grep(runs, "nowhere") == 1
    assert grep(runs, "solver", "status:running") == 1
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "nothing to look for"),
        (["("], "not a regular expression"),
        (["(a+)+b"], "this could take for ever"),
        ([""], "there is nothing to look for"),
        (["x", "status<"], "invalid query"),
        (["-l", "-c", "x"], "not allowed with"),
        (["-x"], "unrecognized arguments: -x"),
    ],
    ids=["no-pattern", "broken", "runaway", "empty", "query", "both", "option"],
)
def test_wrong_use_is_exit_code_2_in_one_line(runs: Path, capsys, words: list[str], said: str) -> None:
    assert grep(runs, *words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_missing_directory_is_exit_code_2(tmp_path: Path, capsys) -> None:
    assert grep(tmp_path / "nowhere", "x") == 2
    assert "there is no directory" in capsys.readouterr().err


def test_pattern_that_begins_with_a_minus_stands_behind_two(runs: Path, capsys) -> None:
    write_log(runs / "old", "energy -1.0e30\n")
    assert grep(runs, "-l", "--", "-1.0e30", "status:completed") == 0
    assert capsys.readouterr().out == "old\n"


def test_json_has_runs_lines_and_what_was_not_read(runs: Path, capsys) -> None:
    os.mkfifo(runs / "calm" / "logs" / "pipe")
    assert grep(runs, "solver", "--json") == 0
    output = capsys.readouterr()
    calm, wild, old = json.loads(output.out)
    assert calm["matches"] == 0
    assert calm["unread"] == [{"log": "", "reason": "logs/pipe is a FIFO, so it is not read"}]
    assert output.err == "runtui: 1 log not read: logs/pipe is a FIFO, so it is not read\n"
    assert old["run_id"] == "old"
    assert wild == {
        "run_id": "wild",
        "path": str(runs / "wild"),
        "status": "failed",
        "matches": 2,
        "lines": [
            {
                "log": "logs/simulation.log",
                "line_number": 2,
                "offset": 7,
                "time": "2026-01-02T03:04:05Z",
                "text": "2026-01-02T03:04:05Z Solver diverged",
            },
            {
                "log": "logs/simulation.log",
                "line_number": 3,
                "offset": 44,
                "time": None,
                "text": "solver stopped",
            },
        ],
        "unread": [],
    }


def test_json_without_matches_is_an_empty_list(runs: Path, capsys) -> None:
    assert grep(runs, "nowhere", "--json") == 1
    assert json.loads(capsys.readouterr().out) == []


def test_terminal_shows_runs_as_headings_with_counts(runs: Path) -> None:
    command = [sys.executable, "-m", "runtui", "grep", "-C", str(runs), "solver"]
    with BareTerminal(command, 80, 24, {"NO_COLOR": "1"}) as terminal:
        terminal.process.wait(60)
        wait_until(lambda: b"3 matches in" in terminal.sent, "the end")
        lines = terminal.sent.decode().replace("\r", "").splitlines()
    assert lines == [
        "wild  failed  Simulation run wild",
        "  logs/simulation.log:2: 2026-01-02T03:04:05Z Solver diverged",
        "  logs/simulation.log:3: solver stopped",
        "  2 matches",
        "",
        "old  completed  Simulation run old",
        "  logs/simulation.log:1: solver  done",
        "  1 match",
        "",
        "3 matches in 2 of 3 runs",
    ]
