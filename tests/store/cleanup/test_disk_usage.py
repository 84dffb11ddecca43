"""The size of a run is that of its own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from runtui.store.cleanup.disk_usage import usage
from tests.store.children import PATIENCE, ROOT
from tests.store.cleanup.large_runs import ON_A_TERMINAL, MakeLarge


def test_clean_shows_counting_progress_on_a_terminal(runs_dir: Path, make_large: MakeLarge) -> None:
    make_large(runs_dir, "run", 4000)
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", ON_A_TERMINAL, str(runs_dir), "clean --keep 0 --dry-run"],
        stderr=theirs,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        os.close(theirs)
        printed, _ = process.communicate(timeout=PATIENCE)
        said = os.read(ours, 65536).decode()
        os.close(ours)
    assert "in 4001 files" in printed
    assert "2000 files counted" in said
    assert said.endswith("\r")


def test_run_size_excludes_the_targets_of_links(
    runs_dir: Path, tmp_path: Path, make_large: MakeLarge
) -> None:
    run_dir = make_large(runs_dir, "run", 2500)
    size = (run_dir / "metadata.json").stat().st_size
    (tmp_path / "large").write_bytes(bytes(10_000))
    (run_dir / "results" / "folder").symlink_to(tmp_path)
    told: list[int] = []
    link = run_dir / "results" / "file"
    link.symlink_to(tmp_path / "large")
    bytes_of_links = len(os.readlink(link)) + len(os.readlink(run_dir / "results" / "folder"))
    assert usage(str(run_dir), told.append) == (size + bytes_of_links, 2503)
    assert told == [1000, 2000]
    assert usage(str(runs_dir / "nowhere")) == (0, 0)
    (runs_dir / "link").symlink_to(tmp_path)
    assert usage(str(runs_dir / "link")) == (0, 0)
