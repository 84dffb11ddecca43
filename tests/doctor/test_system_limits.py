"""What is said of limits that are too low, and of file systems that do not suit."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from runtui.catalog.sync.filesystem import FileSystem
from runtui.doctor.system_limits import SystemLimits, complaints, limits_at

EXT4 = FileSystem("ext4", "/")
PLENTY = SystemLimits(500_000, 128, 1024, 10**12, 10**6)


def test_sufficient_or_unknown_limits_give_no_complaint() -> None:
    assert complaints(PLENTY, EXT4) == []
    assert complaints(SystemLimits(), EXT4) == []


@pytest.mark.parametrize(
    ("limits", "file_system", "words"),
    [
        (SystemLimits(watches=100), EXT4, "only 100 inotify watches per user: watching may fail"),
        (SystemLimits(instances=4), EXT4, "only 4 inotify instances per user: watching may fail"),
        (SystemLimits(open_files=64), EXT4, "only 64 open files per process: raise the limit with ulimit -n"),
        (SystemLimits(space=2048), EXT4, "only 2 KiB free on its file system: saving may fail"),
        (SystemLimits(inodes=7), EXT4, "only 7 more files fit on its file system: saving may fail"),
        (
            SystemLimits(is_read_only=True),
            EXT4,
            "mounted read-only: runs can be neither edited nor cleaned",
        ),
        (PLENTY, FileSystem("vfat", "/"), "without symbolic links (vfat): `current` cannot be set"),
    ],
)
def test_low_limit_is_reported_in_one_line(limits: SystemLimits, file_system: FileSystem, words: str) -> None:
    (complaint,) = complaints(limits, file_system)
    assert words in complaint


def test_limits_are_read_from_this_machine(runs_dir: Path) -> None:
    found = limits_at(str(runs_dir))
    soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert found.open_files == (None if soft == resource.RLIM_INFINITY else soft)
    assert found.watches == int(Path("/proc/sys/fs/inotify/max_user_watches").read_text())
    assert found.space is not None
    assert limits_at("/nowhere").space is None


def test_doctor_notes_a_low_open_file_limit(runs_dir: Path) -> None:
    code = (
        "import resource, sys; from runtui.cli import main;"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64));"
        "sys.exit(main(['-C', sys.argv[1], 'doctor', '--json']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(runs_dir)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert [
        (item["level"], item["what"]) for item in json.loads(done.stdout) if "open files" in item["what"]
    ] == [("note", "only 64 open files per process: raise the limit with ulimit -n")]
