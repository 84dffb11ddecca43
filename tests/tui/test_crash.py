from __future__ import annotations

import os
from pathlib import Path

import pytest

from runtui.tui.crash import crash_line

_values: list[str] = []
"""What a variable of the function that crashed held, once for each crash."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "runtui"


def crash(text: str = "no such row") -> str:
    held = os.urandom(4).hex()
    _values.append(held)
    try:
        raise LookupError(text)
    except LookupError as error:
        return crash_line(error)


def test_crash_prints_one_line_with_the_path_of_the_report(folder: Path) -> None:
    line = crash()
    (report,) = folder.iterdir()
    assert line == f"crashed (LookupError: no such row); the report is {report}"


def test_crash_report_is_private_and_contains_no_variable_values(folder: Path) -> None:
    crash()
    (report,) = folder.iterdir()
    text = report.read_text()
    assert "in crash" in text
    assert "LookupError: no such row" in text
    assert text.startswith("runtui ")
    assert _values[-1] not in text
    assert report.stat().st_mode & 0o777 == 0o600


def test_crash_line_and_report_contain_no_escape_characters(folder: Path) -> None:
    assert "\x1b" not in crash("\x1b]52;c;aGk=\x07")
    (report,) = folder.iterdir()
    assert "\x1b" not in report.read_text()


def test_the_ten_newest_reports_are_kept(folder: Path) -> None:
    folder.mkdir()
    for number in range(14):
        (folder / f"crash-20260101-0000{number:02}-1.txt").write_text("old")
    (folder / "notes.txt").write_text("not a report")
    crash()
    reports = sorted(path.name for path in folder.glob("crash-*"))
    assert len(reports) == 10
    assert reports[0] == "crash-20260101-000005-1.txt"
    assert (folder / "notes.txt").exists()


def test_report_is_a_temporary_file_if_the_folder_cannot_be_created(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    line = crash()
    (report,) = tmp_path.glob("runtui-crash-*.txt")
    assert line.endswith(os.path.basename(report))


def test_out_of_memory_is_reported_without_a_crash_report(folder: Path) -> None:
    assert "memory" in crash_line(MemoryError())
    assert not folder.exists()
