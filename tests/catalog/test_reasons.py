"""The reason of a run: in full, in a cell, and as groups have it."""

from __future__ import annotations

import pytest

from runtui.catalog.query.query import parse_query
from runtui.catalog.reasons import (
    differing_reason,
    reason_cell,
    reason_group,
    reason_summary,
    reason_text,
    usual_reason,
)
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord

NUMERICS = FailureKind.NUMERICS


def failed(line: str, kind: FailureKind = NUMERICS) -> RunRecord:
    return RunRecord("a", "a", status="failed", digest=FailureSummary(kind, line))


def blown_up(step: int, original: int = 4000) -> RunRecord:
    return failed(f"2026-03-01 10:00:{step % 60:02d} ERROR: Lost atoms: original {original} at step {step}")


def test_cell_begins_with_the_kind_and_the_telling_words() -> None:
    run = blown_up(7)
    assert reason_cell(run) == "numerics: Lost atoms: original 4000 at step 7"
    assert reason_text(run) == "numerics: 2026-03-01 10:00:07 ERROR: Lost atoms: original 4000 at step 7"


def test_reason_that_a_user_typed_stays_as_typed() -> None:
    run = blown_up(7)._replace(reason="ERROR: step 7 of /a/b/c/d.nc", is_reason_typed=True)
    for text_of in (reason_cell, reason_group, reason_text):
        assert text_of(run) == "ERROR: step 7 of /a/b/c/d.nc"


def test_failures_of_one_kind_with_other_words_are_other_groups() -> None:
    assert reason_group(blown_up(7)) == reason_group(blown_up(8, 500))
    assert reason_group(blown_up(7)) != reason_group(failed("the solver did not converge in 7 steps"))
    assert reason_group(blown_up(7)) != reason_group(blown_up(7)._replace(digest=None))


def test_title_of_a_group_has_the_values_that_most_of_its_runs_have() -> None:
    runs = [blown_up(step, 4000 if step else 100) for step in range(5)]
    title = usual_reason(reason_group(runs[0]), runs)
    assert title == "numerics: Lost atoms: original 4000 at step …"


def test_run_below_the_title_shows_only_what_differs() -> None:
    runs = [blown_up(step, 4000 if step else 100) for step in range(5)]
    assert [differing_reason(run, runs) for run in runs[:2]] == ["original 100 at step 0", "step 1"]
    alike = [failed("no space left")] * 3
    assert differing_reason(alike[0], alike) == ""


def test_unknown_failures_are_one_group_whose_runs_show_their_last_words() -> None:
    runs = [failed(words, FailureKind.UNKNOWN) for words in ("writing out.nc", "reading mesh")]
    assert {reason_group(run) for run in runs} == {"unknown"}
    assert differing_reason(runs[0], runs) == "writing out.nc"


def test_run_marked_failed_because_it_was_lost_keeps_that_kind() -> None:
    digest = FailureSummary(FailureKind.LOST, "its process 7 is gone")
    run = RunRecord("a", "a", status="failed", reason="lost: its process 7 is gone", digest=digest)
    assert reason_text(run) == "lost: its process 7 is gone"
    assert reason_group(run) == "lost"


@pytest.mark.parametrize(
    ("is_lost", "kind"), [(True, FailureKind.LOST), (False, FailureKind.STALE)], ids=["known", "suspected"]
)
def test_only_run_known_to_be_dead_has_the_reason_lost(is_lost: bool, kind: FailureKind) -> None:
    run = RunRecord("a", "a", status="running", stale_reason="no output for 2h00m", is_lost=is_lost)
    run = run._replace(digest=FailureSummary(FailureKind.LOST, "no output for 1h00m"))
    assert reason_text(run) == f"{kind}: no output for 2h00m"
    assert reason_group(run) == kind
    summary = reason_summary(run)
    assert summary is not None
    assert summary.kind is kind
    found = [word for word in ("lost", "stale") if parse_query(f"reason:{word}").matches(run)]
    assert found == [kind]
