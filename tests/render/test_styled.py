from __future__ import annotations

import pytest

from runtui.render.styled import STATUS_STYLES, status_style
from runtui.store.record import RecordState, RunRecord
from runtui.store.status import RunStatus

RUN = RunRecord("gas", "gas", "running")


@pytest.mark.parametrize("status", RunStatus)
def test_every_status_has_a_style(status: RunStatus) -> None:
    assert status_style(RUN._replace(status=status.value)) == STATUS_STYLES[status.value] != ""


def test_lost_run_is_styled_as_error_and_possibly_dead_run_as_warning() -> None:
    assert status_style(RUN._replace(stale_reason="quiet for 2 hours")) == "warning"
    assert status_style(RUN._replace(stale_reason="its process is gone", is_lost=True)) == "error"


def test_unreadable_run_is_an_error_and_missing_status_a_warning() -> None:
    assert status_style(RunRecord("a", "a", state=RecordState.BROKEN)) == "error"
    assert status_style(RunRecord("a", "a", "unknown")) == "warning"
    assert status_style(RunRecord("a", "a", state=RecordState.DANGLING)) == "warning"
    assert status_style(RunRecord("a", "a", state=RecordState.WRITING)) == ""
    assert status_style(RUN._replace(status="simulating")) == ""
