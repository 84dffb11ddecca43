from __future__ import annotations

import dataclasses

import pytest

from runtui.doctor.findings import Finding, Severity


def test_finding_defaults_to_a_problem_without_a_repair() -> None:
    finding = Finding("gas", "its parent is not in this directory")
    assert finding.level is Severity.PROBLEM
    assert finding.repair is None


def test_finding_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Finding("gas", "broken").what = "mended"  # type: ignore[misc]
