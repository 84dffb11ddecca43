from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtui.runtime.pipeline.plan import Plan, Step
from runtui.runtime.pipeline.up_to_date import EarlierStep, Files, entry_of, fingerprint, up_to_date_steps
from tests.runtime.steps import command, nothing, step

RUN = "/runs/r"


def done(made: Step, *, has_data: bool = False) -> EarlierStep:
    return EarlierStep(True, fingerprint(made, RUN), has_data)


def standing(plan: Plan, earlier: dict[str, EarlierStep], missing: tuple[str, ...] = ()) -> set[str]:
    return set(up_to_date_steps(plan, earlier, RUN, files(missing=missing)))


def files(mark: str = "m", missing: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> Files:
    """Return files that are there, but for those that are missing, all with the same contents."""
    return Files(lambda path: path not in missing, lambda _path: mark, lambda _step: named)


A = command("a", "make", outputs=("/raw",), is_temporary=True)
B = command("b", "clean", needs=("a",), outputs=("/clean",))
C = command("c", "plot", needs=("b",))
PLAN = Plan((A, B, C))
ALL = {each.name: done(each) for each in PLAN.steps}


def test_finished_step_with_its_outputs_is_kept() -> None:
    assert standing(PLAN, ALL) == {"a", "b", "c"}
    assert standing(PLAN, {}) == set()
    assert standing(PLAN, {name: ALL[name] for name in "ab"}) == {"a", "b"}


def test_temporary_output_is_recreated_only_for_steps_that_need_it() -> None:
    assert standing(PLAN, ALL, missing=("/raw",)) == {"a", "b", "c"}
    assert standing(PLAN, ALL, missing=("/raw", "/clean")) == set()
    assert standing(PLAN, ALL, missing=("/clean",)) == {"a"}


def test_steps_of_a_moved_and_renamed_run_are_kept() -> None:
    before, after = (
        command("a", "sh", f"{run}/x.sh", outputs=(f"{run}/results/y",)) for run in (RUN, "/scratch/runs/s")
    )
    earlier = {"a": EarlierStep(True, fingerprint(before, RUN), False)}
    assert set(up_to_date_steps(Plan((after,)), earlier, "/scratch/runs/s", files())) == {"a"}


def test_changed_step_runs_again_with_its_dependents() -> None:
    changed = B._replace(work=command("b", "clean", "--all").work)
    assert standing(Plan((A, changed, C)), ALL) == {"a"}


def test_lost_data_is_recomputed_only_for_functions() -> None:
    given_data = step("a", nothing)
    for consumer, stands in ((step("b", nothing, "a"), False), (command("b", "x", needs=("a",)), True)):
        plan = Plan((given_data, consumer))
        assert ("a" in standing(plan, {"a": done(given_data, has_data=True)})) is stands


def test_earlier_steps_are_read_from_metadata_entries() -> None:
    entry = {"state": "kept", "fingerprint": "f", "returned": True}
    assert entry_of(entry, "/run") == EarlierStep(True, "f", True)
    assert entry_of(entry | {"inputs": {"/x": "1"}, "made": {"results/y": "2"}}, "/run") == EarlierStep(
        True, "f", True, {"/x": "1"}, {"/run/results/y": "2"}
    )
    assert entry_of(entry | {"inputs": {"results/x": "1"}}, "/run") == EarlierStep(
        True, "f", True, {"/run/results/x": "1"}
    )
    assert entry_of(entry | {"inputs": 1, "made": 1}, "/run") == EarlierStep(True, "f", True)
    assert entry_of({"state": "running"}, "/run") == EarlierStep(False, "None", False)
    assert entry_of("nonsense", "/run") is None


def test_step_with_changed_inputs_runs_again_with_its_dependents() -> None:
    def kept(earlier: dict[str, EarlierStep], mark: str, missing: str = "") -> set[str]:
        return set(up_to_date_steps(PLAN, earlier, RUN, files(mark, (missing,))))

    for path in ("/script", "/raw"):
        known = ALL | {"b": ALL["b"]._replace(inputs={path: "old"})}
        assert kept(known, "old") == {"a", "b", "c"}
        assert kept(known, "new") == {"a"}
    # A temporary output that is gone is no changed one, a script that is gone is.
    assert kept(known, "", missing="/raw") == {"a", "b", "c"}
    gone = ALL | {"c": ALL["c"]._replace(inputs={"/script": "old"})}
    assert kept(gone, "", missing="/script") == {"a", "b"}


def test_step_with_a_missing_product_runs_again() -> None:
    known = ALL | {"c": ALL["c"]._replace(made={"/plot": "m"})}
    assert standing(PLAN, known) == {"a", "b", "c"}
    assert standing(PLAN, known, missing=("/plot",)) == {"a", "b"}


def test_step_whose_output_has_other_contents_runs_again() -> None:
    for path in ("/clean", "/undeclared"):
        known = ALL | {"b": ALL["b"]._replace(made={path: "old"})}
        assert standing(PLAN, known) == {"a"}


def test_step_that_names_a_new_file_runs_again() -> None:
    known = ALL | {"c": ALL["c"]._replace(inputs={"/script": "m"}, made={"/plot": "m"})}
    for new, stands in (("/script", True), ("/plot", True), ("/clean", True), ("/new", False)):
        found = up_to_date_steps(PLAN, known, RUN, files(named=(new,)))
        assert ("c" in found) is stands, new
    assert "c" in up_to_date_steps(PLAN, known, RUN, files(named=(f"{RUN}/results/new",)))


def test_step_that_reads_what_another_makes_follows_it() -> None:
    maker, reader = command("maker", "x"), command("reader", "y")
    after = command("after", "z", needs=("reader",))
    plan = Plan((maker, reader, after))
    known = {each.name: done(each) for each in plan.steps}
    known["maker"] = known["maker"]._replace(made={"/data": "m"})
    known["reader"] = known["reader"]._replace(inputs={"/data/x.csv": "m"})
    named = files(named=("/data/x.csv",))
    assert set(up_to_date_steps(plan, known, RUN, named, again=["maker"])) == set()
    assert set(up_to_date_steps(plan, known, RUN, files(), again=["maker"])) == {"reader", "after"}
    # What comes after a step and changes what it read is no reason to repeat it.
    known["after"] = known["after"]._replace(made={"/data": "m"})
    assert set(up_to_date_steps(plan, known, RUN, named, again=["after"])) == {"maker", "reader"}


def test_requested_step_runs_again_with_its_dependents() -> None:
    assert set(up_to_date_steps(PLAN, ALL, RUN, files(), again=["b"])) == {"a"}


@given(st.data(), st.integers(1, 8))
def test_repeated_step_has_all_its_inputs(data: st.DataObject, count: int) -> None:
    steps = []
    for number in range(count):
        needs = (
            data.draw(st.lists(st.sampled_from([made.name for made in steps]), unique=True)) if steps else []
        )
        steps.append(
            command(
                str(number),
                "x",
                needs=tuple(needs),
                outputs=(f"/{number}",),
                is_temporary=data.draw(st.booleans()),
            )
        )
    earlier = {made.name: done(made) for made in steps if data.draw(st.booleans())}
    missing = tuple(f"/{number}" for number in range(count) if data.draw(st.booleans()))
    stands = standing(Plan(tuple(steps)), earlier, missing)
    assert stands <= set(earlier)
    for made in steps:
        if made.name not in stands:
            assert all(needed not in stands or f"/{needed}" not in missing for needed in made.needs)
