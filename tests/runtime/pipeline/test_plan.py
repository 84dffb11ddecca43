from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.pipeline.plan import Plan, PlanError, check_plan
from tests.runtime.steps import nothing, step


def plan(**needs: str) -> Plan:
    return Plan(tuple(step(name, nothing, *texts.split()) for name, texts in needs.items()))


def test_valid_plan_is_accepted() -> None:
    check_plan(plan(a="", b="a", c="a b"))
    check_plan(Plan(()))


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (plan(a="a"), "steps wait for one another: a waits for a"),
        (
            plan(a="c", b="a", c="b", d="c", e=""),
            "steps wait for one another: a waits for c; b waits for a; c waits for b",
        ),
        (plan(a="x y", b="a"), "there are no such steps: a needs x, y"),
        (Plan((step("a"), step("a"))), "several steps are called a: give each a name of its own"),
    ],
)
def test_invalid_plan_error_names_the_offending_steps(bad: Plan, message: str) -> None:
    with pytest.raises(PlanError) as refusal:
        check_plan(bad)
    assert str(refusal.value) == message


@given(st.lists(st.lists(st.integers(0, 11), max_size=3), max_size=12))
def test_plan_is_refused_exactly_if_it_has_a_cycle(needs: list[list[int]]) -> None:
    made = Plan(
        tuple(
            step(str(number), nothing, *{str(needed % len(needs)) for needed in needed_ones})
            for number, needed_ones in enumerate(needs)
        )
    )
    done: set[str] = set()
    while free := [each for each in made.steps if each.name not in done and set(each.needs) <= done]:
        done.update(each.name for each in free)
    if len(done) == len(made.steps):
        check_plan(made)
    else:
        with pytest.raises(PlanError, match="wait for one another"):
            check_plan(made)
