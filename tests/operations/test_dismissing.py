from __future__ import annotations

from pathlib import Path

import pytest

from runtui.operations.dismissing import bring_back, dismiss, dismissed_failures
from runtui.operations.triage_memory import recalled
from tests.operations.failures import Failures


def _never_stops(_done: int, _total: int) -> bool:
    return True


@pytest.fixture
def failures(tmp_path: Path) -> Failures:
    return Failures(tmp_path)


def test_dismissal_is_saved_and_undone(failures: Failures) -> None:
    report = dismiss(list(failures.runs.values()), failures.triage).do(_never_stops)
    assert report.text == "dismissed 2 runs"
    assert failures.open() == []
    assert [list(recalled(base).dismissed) for base in failures.bases] == [["same"], ["same"]]
    assert report.back is not None
    assert report.back.title == "undo: dismissed 2 runs"
    undone = report.back.do(_never_stops)
    assert (undone.text, undone.back) == ("undid: dismissed 2 runs", None)
    assert failures.open() == ["one/same", "two/same"]
    assert [recalled(base).dismissed for base in failures.bases] == [{}, {}]


def test_dismissed_failures_are_listed_and_brought_back(failures: Failures) -> None:
    first, second = failures.runs.values()
    dismiss([first], failures.triage).do(_never_stops)
    dismiss([second], failures.triage).do(_never_stops)
    groups = dismissed_failures(failures.runs.values(), failures.triage)
    assert [list(group.failures.names) for group in groups] == [["two/same"], ["one/same"]]
    assert groups[0].at >= groups[1].at > 0
    report = bring_back([first], failures.triage).do(_never_stops)
    assert report.text == "brought back 1 run"
    assert failures.open() == ["one/same"]
    assert report.back is not None
    report.back.do(_never_stops)
    assert failures.open() == []
    assert dismissed_failures(failures.runs.values(), failures.triage) == groups


def test_dismissal_that_cannot_be_saved_holds_for_the_session(
    failures: Failures, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/dev/null/no")
    report = dismiss([failures.runs["one/same"]], failures.triage).do(_never_stops)
    assert ["forgotten when you quit" in failure.text for failure in report.failures] == [True]
    assert failures.open() == ["two/same"]
    assert report.back is not None
