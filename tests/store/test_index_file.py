"""On a full disk the index is written over the old one, or stays as it was."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.store.index_file import replace_index
from tests.full_disks import NO_BLOCK, fill, on_full_disks


def index_of(count: int) -> bytes:
    return json.dumps({"runs": [{"run_id": f"run-{number:04}"} for number in range(count)]}).encode()


@on_full_disks
def test_index_can_shrink_and_grow_back_on_a_full_disk(
    small_disk: Callable[[str], Path], options: str
) -> None:
    base = small_disk(options)
    (base / ".run_index.json").write_bytes(index_of(300))
    fill(base / "filling", options)
    for count in (200, 299):
        replace_index(str(base), index_of(count), must_be=False)
        assert len(json.loads((base / ".run_index.json").read_bytes())["runs"]) == count
    assert [path.name for path in base.iterdir() if path.is_file()] == [".run_index.json"]


def test_index_that_cannot_grow_on_a_full_disk_is_unchanged(small_disk: Callable[[str], Path]) -> None:
    base = small_disk(NO_BLOCK)
    (base / ".run_index.json").write_bytes(index_of(3))
    fill(base / "filling", NO_BLOCK)
    with pytest.raises(OSError, match=r"No space left on device: '.*/\.run_index\.json'"):
        replace_index(str(base), index_of(3000), must_be=False)
    assert (base / ".run_index.json").read_bytes() == index_of(3)


@on_full_disks
def test_missing_index_on_a_full_disk_is_an_error_only_if_required(
    small_disk: Callable[[str], Path], options: str
) -> None:
    base = small_disk(options)
    fill(base / "filling", options)
    replace_index(str(base), index_of(3), must_be=False)
    assert not (base / ".run_index.json").exists()
    with pytest.raises(OSError, match="No space left"):
        replace_index(str(base), index_of(3), must_be=True)
