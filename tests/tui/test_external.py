from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import App

from runtui.tui.external import run_outside, shell_in


class Suspendable(App[None]):
    """An app whose terminal can be given away; notes when it has it back."""

    def __init__(self) -> None:
        super().__init__()
        self.has_terminal = True

    @contextmanager
    def suspend(self) -> Iterator[None]:
        self.has_terminal = False
        yield
        self.has_terminal = True


def test_program_runs_in_the_directory_and_the_screen_returns(tmp_path: Path) -> None:
    app = Suspendable()
    assert run_outside(app, ["sh", "-c", "pwd > here; exit 3"], str(tmp_path)) == ""
    assert (tmp_path / "here").read_text() == f"{tmp_path}\n"
    assert app.has_terminal


def test_missing_program_is_reported_safely_and_the_screen_returns(tmp_path: Path) -> None:
    app = Suspendable()
    trouble = run_outside(app, ["no-such\x1b[2J"], str(tmp_path))
    assert trouble.endswith("could not be started: No such file or directory")
    assert "\x1b" not in trouble
    assert app.has_terminal


def test_shell_comes_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell = tmp_path / "shell"
    shell.write_text("#!/bin/sh\npwd > shelled\n")
    shell.chmod(0o755)
    monkeypatch.setenv("SHELL", str(shell))
    assert shell_in(Suspendable(), str(tmp_path)) == ""
    assert (tmp_path / "shelled").read_text() == f"{tmp_path}\n"
    monkeypatch.setenv("SHELL", str(tmp_path / "gone"))
    assert "could not be started" in shell_in(Suspendable(), str(tmp_path))


async def test_no_program_starts_if_the_screen_cannot_be_suspended(tmp_path: Path) -> None:
    app = App()
    async with app.run_test():
        trouble = run_outside(app, ["touch", "started"], str(tmp_path))
    assert trouble.startswith("touch could not be started: ")
    assert not (tmp_path / "started").exists()
