"""What is refused before the browser opens."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.cli import main


@pytest.mark.parametrize(("word", "meant"), [("exce", "exec"), ("lst", "ls"), ("compar", "compare")])
def test_mistyped_command_is_named_instead_of_a_directory(
    word: str, meant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main([word]) == 2
    assert (
        f"there is no command {word}, nor such a directory: do you mean {meant}?" in capsys.readouterr().err
    )


def test_directory_called_like_a_command_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lss").mkdir()
    assert main(["lss"]) == 1
    assert "is not a terminal" in capsys.readouterr().err
