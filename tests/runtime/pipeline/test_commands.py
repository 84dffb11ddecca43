"""Commands of steps are seen to their end, with all that they started."""

from __future__ import annotations

import select
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtui.runtime.pipeline.commands import Commands
from runtui.runtime.pipeline.plan import CommandWork, Step
from runtui.runtime.pipeline.tasks import StepResult
from tests.runtime.launches import is_gone
from tests.runtime.steps import command, task
from tests.store.children import output_of
from tests.waiting import wait_until


class AtWork:
    """Commands at work in a folder, and what became of those that have ended."""

    def __init__(self, folder: Path, grace: float) -> None:
        self.poller = select.poll()
        self.commands = Commands(self.poller, grace)
        self.results: dict[str, StepResult] = {}
        self._folder = folder

    def start(self, step: Step) -> StepResult | None:
        assert isinstance(step.work, CommandWork)
        return self.commands.start(task(self._folder, step), step.work)

    def look(self) -> None:
        patience = self.commands.patience()
        found = self.poller.poll(100 if patience is None else min(100, round(patience * 1000)))
        for result in self.commands.ended({descriptor for descriptor, _event in found}):
            self.results[result.step] = result

    def result(self, name: str) -> StepResult:
        """Return what became of a step, when it has ended."""

        def has_ended() -> bool:
            self.look()
            return name in self.results

        wait_until(has_ended, f"{name} has ended")
        return self.results[name]


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[AtWork]:
    found = AtWork(tmp_path, grace=0.5)
    yield found
    found.commands.end_all("the test is over")


def sh(name: str, text: str, directory: Path | None = None) -> Step:
    step = command(name, "sh", "-c", text)
    return step if directory is None else step._replace(work=CommandWork(("sh", "-c", text), str(directory)))


def test_each_command_has_its_own_result_and_log(at_work: AtWork, tmp_path: Path) -> None:
    assert at_work.start(sh("good", "echo $RUNTUI_STEP; echo bad >&2; cat")) is None
    assert at_work.start(sh("bad", "exit 3")) is None
    assert (at_work.result("good").failure, at_work.result("good").exit_code) == ("", 0)
    assert (at_work.result("bad").failure, at_work.result("bad").exit_code) == ("exit code 3", 3)
    assert (tmp_path / "good.log").read_text() == "good\nbad\n"
    assert at_work.commands.patience() is None


def test_a_command_runs_in_its_own_directory(at_work: AtWork, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    at_work.start(sh("here", "pwd", tmp_path / "there"))
    assert at_work.result("here").failure == ""
    assert (tmp_path / "here.log").read_text() == f"{tmp_path / 'there'}\n"


def test_a_command_that_cannot_be_started_fails_at_once(at_work: AtWork, tmp_path: Path) -> None:
    failed = at_work.start(command("missing", "no-such-program-of-a-test"))
    assert failed is not None
    assert failed.failure.startswith("no-such-program-of-a-test cannot be started")
    failed = at_work.start(sh("lost", "true", tmp_path / "missing"))
    assert failed is not None
    (tmp_path / "full.log").symlink_to("/dev/full")
    failed = at_work.start(sh("full", "true"))
    assert failed is not None
    assert "its log cannot be written" in failed.failure


def test_cancelled_command_has_its_reason_and_a_grace_period(at_work: AtWork, tmp_path: Path) -> None:
    wait = "while :; do sleep 0.05; done"
    at_work.start(sh("polite", f"trap 'echo saved; exit 0' TERM; echo ready; {wait}"))
    at_work.start(sh("deaf", f"trap '' TERM; echo ready; {wait}"))
    logs = [tmp_path / f"{name}.log" for name in ("polite", "deaf")]
    wait_until(lambda: all("ready" in log.read_text() for log in logs), "both have begun")
    at_work.commands.cancel("polite", "too late")
    at_work.commands.cancel("deaf", "too late")
    at_work.commands.cancel("deaf", "another reason")
    assert at_work.result("polite") == at_work.results["polite"]._replace(failure="too late", exit_code=0)
    assert "saved" in logs[0].read_text()
    assert (at_work.result("deaf").failure, at_work.results["deaf"].exit_code) == ("too late", None)


def test_command_ends_with_its_whole_process_group(at_work: AtWork, tmp_path: Path) -> None:
    at_work.start(sh("leaves", "sleep 600 & echo $!"))
    assert at_work.result("leaves").exit_code == 0
    child = int((tmp_path / "leaves.log").read_text())
    wait_until(lambda: is_gone(child), "its child has ended")


LEFT_BEHIND = """
    import os, select, sys
    from pathlib import Path
    from runtui.runtime.process.prctl import adopt_orphans
    from runtui.runtime.process.process_tree import descendants
    from tests.runtime.pipeline.test_commands import AtWork, sh
    adopt_orphans()
    at_work = AtWork(Path(sys.argv[1]), 0.5)
    at_work.start(sh("other", "setsid sh -c 'sleep 600' & sleep 600"))
    begun = f"{sys.argv[1]}/begun"
    leaving = f"setsid sh -c 'touch {begun}; exec sleep 600'"
    at_work.start(sh("leaves", f"{leaving} & until test -e {begun}; do sleep 0.01; done"))
    print(at_work.result("leaves").exit_code, "other" in at_work.results, len(descendants(os.getpid())) > 1)
    at_work.commands.end_all("over")
    print(len(descendants(os.getpid())))
"""


def test_process_outside_the_group_ends_only_with_its_own_command(tmp_path: Path) -> None:
    assert output_of(LEFT_BEHIND, tmp_path).splitlines() == ["0 False True", "0"]
