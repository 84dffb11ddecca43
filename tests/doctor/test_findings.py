from __future__ import annotations

import dataclasses

import pytest

from runtui.doctor.findings import Finding, Severity


def test_a_finding_is_a_problem_for_a_person_unless_it_says_otherwise() -> None:
    finding = Finding("gas", "its parent is not in this directory")
    assert finding.level is Severity.PROBLEM
    assert finding.repair is None


def test_a_finding_does_not_change_after_it_was_shown() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finding("gas", "broken").what = "mended"  # type: ignore[misc]
