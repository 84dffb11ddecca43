"""The schedulers that there are, and those that are installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.batch.registry import LOCAL, SYSTEMS, places, systems_here


def test_local_host_is_the_first_of_distinct_places() -> None:
    assert places()[0] == LOCAL
    assert len(set(places())) == len(places()) == len(SYSTEMS) + 1


def test_scheduler_is_available_if_its_command_is_executable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert systems_here() == ()
    for name, system in SYSTEMS.items():
        program = tmp_path / system().program
        program.write_text("#!/bin/sh\n")
        assert name not in systems_here()
        program.chmod(0o755)
        assert name in systems_here()
    assert systems_here() == tuple(SYSTEMS)
