"""Torn files are read again while their writer may be at work, and for no longer."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from runtui.store.errors import MetadataError
from runtui.store.record import FileStamp, stamp_of
from runtui.store.torn_file import ATTEMPTS, read_all_until_whole, read_until_whole


@pytest.fixture
def stamp(tmp_path: Path) -> Callable[[float], FileStamp]:
    """Makes the stamp of a file that was written so many seconds ago."""

    def made(age: float) -> FileStamp:
        path = tmp_path / "file"
        path.touch()
        os.utime(path, (time.time() - age, time.time() - age))
        return stamp_of(path.stat())

    return made


class File:
    """What is whole at a given look, and torn before."""

    def __init__(self, whole_at: int, fault: MetadataError) -> None:
        self.looks = 0
        self._whole_at = whole_at
        self._fault = fault

    def read(self) -> str:
        self.looks += 1
        if self.looks < self._whole_at:
            raise self._fault
        return "whole"


def test_torn_file_is_reread_up_to_the_attempt_limit(stamp: Callable[[float], FileStamp]) -> None:
    fault = MetadataError("half", passing=True, stamp=stamp(0))
    assert read_until_whole(File(ATTEMPTS, fault).read) == "whole"
    with pytest.raises(MetadataError, match="half"):
        read_until_whole(File(ATTEMPTS + 1, fault).read)


@pytest.mark.parametrize("age", [600, -600])
def test_old_torn_file_is_reread_only_by_a_patient_reader(
    stamp: Callable[[float], FileStamp], age: float
) -> None:
    fault = MetadataError("half", passing=True, stamp=stamp(age))
    file = File(2, fault)
    with pytest.raises(MetadataError, match="half"):
        read_until_whole(file.read)
    assert file.looks == 1
    assert read_until_whole(File(2, fault).read, is_patient=True) == "whole"


def test_file_changed_during_the_read_is_reread_at_any_age(
    stamp: Callable[[float], FileStamp],
) -> None:
    fault = MetadataError("half", passing=True, stamp=stamp(600), is_changing=True)
    assert read_until_whole(File(2, fault).read) == "whole"


def test_permanently_invalid_file_is_not_reread(stamp: Callable[[float], FileStamp]) -> None:
    file = File(2, MetadataError("a list", stamp=stamp(0)))
    with pytest.raises(MetadataError, match="a list"):
        read_until_whole(file.read, is_patient=True)
    assert file.looks == 1


def test_only_torn_files_of_a_batch_are_reread_together() -> None:
    asked: list[Sequence[int]] = []
    whole_at = {1: 2, 3: 3, 4: 1000}

    def read(items: Sequence[int]) -> list[str]:
        asked.append(list(items))
        return ["whole" if len(asked) >= whole_at.get(item, 1) else "half" for item in items]

    found = read_all_until_whole(range(5), read, lambda result: result == "half")
    assert found == ["whole", "whole", "whole", "whole", "half"]
    assert asked == [[0, 1, 2, 3, 4], [1, 3, 4], [3, 4], [4]]
