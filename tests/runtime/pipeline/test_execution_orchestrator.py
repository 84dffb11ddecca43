from __future__ import annotations

import os
import shutil
import signal
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator, StepState
from runtui.runtime.pipeline.plan import Mode, Plan, PlanError, Step
from runtui.runtime.pipeline.tasks import StepResult
from runtui.runtime.process.signals import Signals
from tests.runtime import steps
from tests.runtime.steps import Recorded, carry_out, command, step
from tests.waiting import wait_until


class Played:
    """Stands for the other three components: steps fail or succeed as told, the one begun last first."""

    def __init__(self, fails: Sequence[str] = (), at_once: int = 1) -> None:
        self.fails = list(fails)
        self.running: list[str] = []
        self.most_running = 0
        self.settled: dict[str, bool] = {}
        self.begun: list[str] = []
        self.cfw_collection: dict[str, object] = {}
        self.is_joined = False

    # as the executor

    def execute(self, step: Step, _attempt: int) -> StepResult | None:
        assert all(needed in self.settled and not self.settled[needed] for needed in step.needs)
        self.running.append(step.name)
        self.begun.append(step.name)
        self.most_running = max(self.most_running, len(self.running))
        return None

    def take_in(self, _step: Step, result: StepResult) -> StepResult:
        return result

    # as the workers

    def get_done_steps_of_multiprocessing_result_queue(self) -> list[StepResult]:
        if not self.running:
            return []
        name = self.running.pop()
        if name in self.fails:
            self.fails.remove(name)
            return [StepResult(name, failure="as planned")]
        return [StepResult(name)]

    def wait(self, _timeout: float | None, _also: Sequence[int]) -> None:
        pass

    def join(self) -> None:
        self.is_joined = True

    # as the lifecycle

    def settle(self, step: str, _needs: object, _frameworks: object, *, has_failed: bool) -> None:
        assert step not in self.settled
        self.settled[step] = has_failed

    def note_outputs(self, step: str) -> None:
        pass


def orchestrate(plan: Plan, played: Played, **more: object) -> dict[str, StepState]:
    with ExecutionOrchestrator(plan, played, played, played, **more) as orchestrator:  # type: ignore[arg-type]
        states = dict(orchestrator.compute())
    assert played.is_joined
    return states


def chain(**needs: str) -> Plan:
    return Plan(tuple(step(name, steps.nothing, *texts.split()) for name, texts in needs.items()))


def test_steps_run_in_dependency_order() -> None:
    played = Played()
    states = orchestrate(chain(c="b", b="a", a=""), played)
    assert played.begun == ["a", "b", "c"]
    assert set(states.values()) == {StepState.DONE}


def test_number_of_concurrent_steps_is_limited() -> None:
    plan = Plan(tuple(step(str(number)) for number in range(20)))
    for at_once in (1, 3):
        played = Played()
        orchestrate(plan, played, at_once=at_once)
        assert played.most_running == at_once


def test_sync_steps_run_one_at_a_time() -> None:
    plan = Plan(tuple(step(str(number), mode=Mode.SYNC) for number in range(5)))
    played = Played()
    orchestrate(plan, played, at_once=3)
    assert played.most_running == 1


def test_dependents_of_a_failed_step_are_blocked_and_others_run() -> None:
    played = Played(fails=["b"])
    states = orchestrate(chain(a="", b="a", c="b", d="c a", e="a"), played)
    assert states == {"a": "done", "b": "failed", "c": "blocked", "d": "blocked", "e": "done"}
    assert played.settled == {"a": False, "b": True, "c": True, "d": True, "e": False}


def test_step_is_retried_up_to_its_limit() -> None:
    plan = Plan((step("a", retries=2), step("b", retries=1)))
    played = Played(fails=["a", "a", "b", "b"])
    assert orchestrate(plan, played) == {"a": "done", "b": "failed"}
    assert sorted(played.begun) == ["a", "a", "a", "b", "b"]


def test_kept_steps_are_not_run_again() -> None:
    played = Played()
    states = orchestrate(chain(a="", b="a", c="b"), played, kept=frozenset({"a", "b"}))
    assert (played.begun, states) == (["c"], {"a": "kept", "b": "kept", "c": "done"})


def test_circular_plan_is_refused_before_any_step_runs() -> None:
    played = Played()
    with pytest.raises(PlanError, match="a waits for b; b waits for a"):
        orchestrate(chain(a="b", b="a"), played)
    assert played.begun == []


def test_empty_plan_completes() -> None:
    assert orchestrate(Plan(()), Played()) == {}


def test_pipeline_of_a_thousand_steps_completes() -> None:
    plan = Plan(
        tuple(
            step(str(number), steps.nothing, *([str(number // 2)] if number else []))
            for number in range(1000)
        )
    )
    assert set(orchestrate(plan, Played(), at_once=4).values()) == {StepState.DONE}


# With all components


def test_data_passes_between_threads_and_processes(tmp_path: Path) -> None:
    plan = Plan(
        (
            step("sync", Recorded(1), mode=Mode.SYNC),
            step("thread", Recorded(10), "sync", mode=Mode.THREAD),
            step("process", Recorded(100), "sync", "thread", mode=Mode.PROCESS),
            step("back", Recorded(1000), "process", "thread", mode=Mode.SYNC),
        )
    )
    carried = carry_out(plan, tmp_path)
    assert carried.results == {"back": 1000 + (100 + 1 + 11) + 11}
    assert not list((tmp_path / "data").iterdir())


def test_timeout_fails_commands_and_functions(tmp_path: Path) -> None:
    plan = Plan(
        (
            command("command", "sleep", "600", timeout=0.3),
            step("process", steps.sleep_long, timeout=0.3),
            step("thread", Recorded(1, pause=30.0), timeout=0.3, mode=Mode.THREAD),
            command("quick", "true", timeout=60.0),
        )
    )
    carried = carry_out(plan, tmp_path, at_once=4)
    assert carried.states == {"command": "failed", "process": "failed", "thread": "failed", "quick": "done"}
    assert set(carried.failures.values()) == {"it took longer than its 0.3 s"}


def test_retry_knows_its_attempt_number(tmp_path: Path) -> None:
    carried = carry_out(Plan((step("a", steps.works_at_the_third, retries=2),)), tmp_path)
    assert (carried.states, carried.results) == ({"a": "done"}, {"a": 3})


@pytest.mark.parametrize("mode", [Mode.SYNC, Mode.PROCESS])
def test_signal_cancels_all_steps(mode: Mode, tmp_path: Path) -> None:
    def strike() -> None:
        wait_until(lambda: (tmp_path / "notes").exists(), "it is at work")
        os.kill(os.getpid(), signal.SIGTERM)

    plan = Plan((step("long", Recorded(1, pause=600.0), mode=mode), step("next", steps.nothing, "long")))
    with Signals() as signals:
        threading.Thread(target=strike).start()
        carried = carry_out(plan, tmp_path, signals=signals)
    assert carried.states == {"long": "cancelled", "next": "cancelled"}


@st.composite
def random_plans(
    draw: st.DrawFn,
) -> tuple[Callable[[Path, Mode], Plan], dict[str, tuple[bool, frozenset[str]]]]:
    count = draw(st.integers(1, 7))
    names = [f"s{number}" for number in range(count)]
    described = []
    for place, name in enumerate(names):
        needs = draw(st.lists(st.sampled_from(names[:place]), unique=True)) if place else []
        fails = draw(st.integers(0, 5)) == 0
        temporary = draw(st.booleans())
        pause = draw(st.sampled_from([0.0, 0.0, 0.01]))
        described.append((name, tuple(needs), fails, temporary, pause))
    order = draw(st.permutations(described))

    def make(run: Path, mode: Mode) -> Plan:
        return Plan(
            tuple(
                step(
                    name,
                    Recorded(3**number, needs, fails, pause),
                    *needs,
                    mode=mode,
                    outputs=(str(run / f"{name}.out"),),
                    is_temporary=temporary,
                )
                for number, (name, needs, fails, temporary, pause) in enumerate(order)
            )
        )

    return make, {name: (fails, frozenset(needs)) for name, needs, fails, _temporary, _pause in described}


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(random_plans())
def test_random_plan_gives_the_same_results_in_all_modes(
    drawn: tuple[Callable[[Path, Mode], Plan], dict[str, tuple[bool, frozenset[str]]]],
) -> None:
    make, described = drawn
    seen = []
    for mode in Mode:
        with tempfile.TemporaryDirectory() as folder:
            run = Path(folder)
            plan = make(run, mode)
            carried = carry_out(plan, run, at_once=3)
            check_order(run, described)
            left = {path.stem for path in run.glob("*.out")}
            check_dropped(plan, carried.states, left)
            assert set(carried.lifecycle.dropped) == set(described)
            assert not list(run.glob("data/*"))
            shutil.rmtree(run / "logs")
            seen.append((carried.states, carried.results, carried.failures, left))
    assert seen[0] == seen[1] == seen[2]
    check_states(described, seen[0][0])


def check_states(described: dict[str, tuple[bool, frozenset[str]]], states: dict[str, str]) -> None:
    """All that can be done is done; what stands behind a failure is blocked."""
    for name, (fails, needs) in described.items():
        if any(states[needed] != "done" for needed in needs):
            assert states[name] == "blocked"
        else:
            assert states[name] == ("failed" if fails else "done")


def check_order(run: Path, described: dict[str, tuple[bool, frozenset[str]]]) -> None:
    """No step begins before all that it needs have ended."""
    ended = set()
    lines = (run / "notes").read_text().splitlines() if (run / "notes").exists() else []
    for line in lines:
        what, name = line.split()
        if what == "begin":
            assert described[name][1] <= ended
        else:
            ended.add(name)


def check_dropped(plan: Plan, states: dict[str, str], left: set[str]) -> None:
    """What is temporary is there if and only if somebody may still need it, all else if it was made."""
    for each in plan.steps:
        consumers = plan.consumers[each.name]
        is_dropped = each.is_temporary and consumers and all(states[name] == "done" for name in consumers)
        assert (each.name in left) is (states[each.name] == "done" and not is_dropped)
