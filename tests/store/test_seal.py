"""What is run again and ended is believed only where a program of this user has sealed it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runtui.store.safe_directory import SafeDirectory
from runtui.store.seal import is_sealed, sealed
from runtui.store.sealed_record import RecordKind, UnprovenError, read_sealed_record, write_sealed_record
from runtui.store.writer import own_supervisor, record_supervisor
from tests.run_dirs import write_run

COMMAND = {"command": ["echo", "mine"], "working_directory": "/"}


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the user's own."""
    found = tmp_path / "home"
    found.mkdir()
    monkeypatch.setenv("HOME", str(found))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    return found


def key_of(home: Path) -> Path:
    return home / ".local" / "state" / "runtui" / "seal.key"


def test_seal_is_valid_only_for_its_own_record(home: Path) -> None:
    record = sealed({"a": 1, "b": ["x", "\udce9"]})
    assert is_sealed(record)
    assert is_sealed(json.loads(json.dumps(record)))
    assert not is_sealed(record | {"a": 2})
    assert not is_sealed({"a": 1})
    assert key_of(home).stat().st_mode & 0o777 == 0o600


def test_seal_of_another_user_is_invalid(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    record = sealed({"a": 1})
    monkeypatch.setenv("HOME", str(tmp_path / "theirs"))
    assert not is_sealed(record)
    assert is_sealed(sealed({"a": 1}))


def test_seal_key_readable_by_others_is_rejected(home: Path) -> None:
    record = sealed({"a": 1})
    key_of(home).chmod(0o640)
    assert not is_sealed(record)


def test_missing_home_directory_disables_sealing(runs_dir: Path, home: Path) -> None:
    home.rmdir()
    home.write_text("no directory")
    write_run(runs_dir, "r")
    write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.COMMAND, COMMAND)
    assert read_sealed_record(str(runs_dir), "r", RecordKind.COMMAND) == {}


def test_unsealed_record_in_an_own_file_is_not_trusted(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    theirs = {"record": "command.json", "run": "r", "directory": str(run), "inode": run.stat().st_ino}
    (run / ".runtui").mkdir(exist_ok=True)
    (run / ".runtui" / "command.json").write_text(json.dumps(COMMAND | theirs))
    (run / ".runtui" / "command.json").chmod(0o600)
    assert read_sealed_record(str(runs_dir), "r", RecordKind.COMMAND) == {}


def test_sealed_record_from_an_archive_is_not_trusted(runs_dir: Path, tmp_path: Path) -> None:
    write_run(runs_dir, "r")
    write_sealed_record(SafeDirectory(runs_dir / "r"), RecordKind.COMMAND, COMMAND)
    archive = shutil.make_archive(str(tmp_path / "archive"), "tar", runs_dir, "r")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.unpack_archive(archive, elsewhere, filter="fully_trusted")
    assert read_sealed_record(str(elsewhere), "r", RecordKind.COMMAND) == {}
    assert read_sealed_record(str(runs_dir), "r", RecordKind.COMMAND)["command"] == ["echo", "mine"]


def test_forged_supervisor_record_is_not_trusted(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    record_supervisor(SafeDirectory(run), mark="abc")
    path = run / ".runtui" / "supervisor.json"
    assert own_supervisor(str(run)) is not None
    forged = json.loads(path.read_text()) | {"pid": 1, "mark": "another"}
    path.write_text(json.dumps(forged))
    with pytest.raises(UnprovenError):
        own_supervisor(str(run))


def test_supervisor_of_a_run_renamed_in_a_shared_directory_is_not_trusted(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", status="running")
    record_supervisor(SafeDirectory(run))
    runs_dir.chmod(0o777)
    run.rename(runs_dir / "other")
    with pytest.raises(UnprovenError, match="another run"):
        own_supervisor(str(runs_dir / "other"))
