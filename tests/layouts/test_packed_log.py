"""Both ends of compressed logs."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.layouts.packed_log import is_packed, packed_ends

LINES = b"".join(b"step %d\n" % number for number in range(100_000))


@pytest.mark.parametrize(
    ("ending", "compress"), [("gz", gzip.compress), ("xz", lzma.compress), ("bz2", bz2.compress)]
)
def test_ends_are_those_of_the_log_before(
    ending: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    path = tmp_path / f"OUTCAR.{ending}"
    path.write_bytes(compress(LINES))
    ends = packed_ends(str(path))
    assert is_packed(str(path))
    assert LINES.startswith(ends.head)
    assert LINES.endswith(ends.tail)
    assert min(len(ends.head), len(ends.tail)) > 1000
    assert ends.size == len(LINES)
    path.write_bytes(compress(b"another\n"))
    assert packed_ends(str(path)).tail == b"another\n"


def test_torn_one_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "log.gz"
    path.write_bytes(gzip.compress(LINES)[:-20])
    with pytest.raises(OSError, match="ends in the middle"):
        packed_ends(str(path))
