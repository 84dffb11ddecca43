"""Which directories are known to hold runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtui.store.paths import INDEX_FILE
from runtui.store.recognition import is_run_metadata, is_runs_directory
from tests.run_dirs import write_raw, write_run


@pytest.mark.parametrize(
    ("metadata", "is_run"),
    [
        ({"run_id": "a"}, True),
        ({"run_id": 7}, False),
        ({"status": "completed", "tags": []}, True),
        ({"status": "completed"}, False),
        ({"status": 7, "tags": []}, False),
        ({"name": "a package", "version": "1"}, False),
    ],
)
def test_run_metadata_is_distinguished_from_that_of_other_programs(
    metadata: dict[str, Any], is_run: bool
) -> None:
    assert is_run_metadata(metadata) is is_run


def test_directory_with_a_readable_run_or_an_index_is_a_runs_directory(tmp_path: Path) -> None:
    write_raw(tmp_path, "other", b'{"name": "a package"}')
    write_raw(tmp_path, "torn", b"{")
    assert not is_runs_directory(str(tmp_path))
    (tmp_path / "link").touch()
    (tmp_path / INDEX_FILE).symlink_to("link")
    assert not is_runs_directory(str(tmp_path))
    (tmp_path / INDEX_FILE).unlink()
    (tmp_path / INDEX_FILE).touch()
    assert is_runs_directory(str(tmp_path))
    (tmp_path / INDEX_FILE).unlink()
    write_run(tmp_path, "a")
    assert is_runs_directory(str(tmp_path))
    with pytest.raises(FileNotFoundError):
        is_runs_directory(str(tmp_path / "missing"))
