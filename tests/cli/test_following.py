"""``runtui logs -f`` as scripts and users run it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui.cli import main
from tests.mounts import mounted
from tests.run_dirs import write_log, write_run
from tests.terminal import Terminal, runtui
from tests.waiting import wait_until


@pytest.fixture
def run(runs_dir: Path) -> Path:
    return write_run(runs_dir, "r", status="running", hostname="elsewhere")


class Output:
    """A program whose output goes to files."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self._folder = folder
        self.process = process

    @property
    def out(self) -> str:
        return (self._folder / "out").read_text()

    @property
    def err(self) -> str:
        return (self._folder / "err").read_text()

    def prints(self, out: str, err: str = "") -> None:
        """Wait until it has printed exactly this."""
        wait_until(
            lambda: (self.out, self.err) == (out, err), "the output", seen=lambda: (self.out, self.err)
        )


@contextmanager
def following(base: Path, folder: Path, *arguments: str) -> Iterator[Output]:
    """Run the command, interrupt it in the end, and assert that it ended by that and said nothing of it."""
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        command = runtui("logs", "-C", str(base), "r", "-f", *arguments)
        with subprocess.Popen(command, stdout=out, stderr=err) as process:
            output = Output(folder, process)
            try:
                yield output
                said = output.err
                process.send_signal(signal.SIGINT)
                # A shell calls this 130.
                assert process.wait() == -signal.SIGINT
                assert output.err == said
            finally:
                process.kill()


def test_follow_prints_plain_text_through_truncation_and_rotation(run: Path, tmp_path: Path) -> None:
    log = write_log(run, "one\ntwo\nthree\nhal")
    with following(run.parent, tmp_path, "-n", "2") as output:
        output.prints("three\n")
        write_log(run, "f\n\x1b[31mred\x1b[0m\ta\x1b]0;title\x07\x1b[2Jb\u202e\n1 %\r2 %\n")
        output.prints(shown := "three\nhalf\nred\tab\ufffd\n2 %\n")
        log.write_text("x\n")
        err = "runtui: the log was truncated\n"
        output.prints(shown := shown + "x\n", err)
        os.rename(log, run / "simulation.old")
        write_log(run, "y\n")
        wait_until(lambda: output.out == shown + "y\n", "the new file", seen=lambda: (output.out, output.err))
        log.unlink()
        wait_until(lambda: output.err.endswith("the log was removed\n"), "the notice")


def test_follow_ends_silently_when_the_pipe_is_closed(run: Path) -> None:
    write_log(run, "one\n")
    command = runtui("logs", "-C", str(run.parent), "r", "-f")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"one\n"
        process.stdout.close()
        write_log(run, "two\n")
        assert (process.wait(), process.stderr.read()) == (1, b"")


def test_follow_waits_for_the_first_log(run: Path, tmp_path: Path) -> None:
    with following(run.parent, tmp_path) as output:
        output.prints("", told := "runtui: the run has no log yet; waiting for one\n")
        write_log(run, "first\n")
        output.prints("first\n", told)


def test_follow_polls_every_second_without_events(run: Path, tmp_path: Path) -> None:
    write_log(run, "one\n")
    with (
        mounted(run.parent, tmp_path / "shared") as mount,
        following(mount.point, tmp_path) as output,
    ):
        output.prints("one\n")
        write_log(run, "two\n")
        output.prints("one\ntwo\n")


def test_follow_on_a_terminal_prints_colours_and_no_other_sequences(run: Path) -> None:
    write_log(run, "plain \x1b[1;31mred\x1b[0m \x1b]0;title\x07\x1b[2Jend\n")
    with Terminal(runtui("logs", "-C", str(run.parent), "r", "-f"), 40, 10) as terminal:
        terminal.wait_for("end")
        assert any("plain \x1b[1m\x1b[31mred" in row for row in terminal.styled_screen())
        assert terminal.value("pane_title") != "title"
        for percent in range(0, 100, 10):
            write_log(run, f"\r{percent} % {'#' * percent}")
        terminal.wait_for("90 %")
        write_log(run, "\ndone\n")
        screen = terminal.wait_for("done")
        assert "before" in screen
        assert screen.count("%") == 1


def test_wrong_options_with_follow_are_usage_errors(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--errors"], ["-n", "-1"], ["--json"]):
        assert main(["logs", "-C", str(run.parent), "r", "-f", *arguments]) == 2
        assert capsys.readouterr().err.count("\n") == 1
