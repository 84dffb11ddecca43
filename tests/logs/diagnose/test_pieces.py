from __future__ import annotations

import os
import struct
import time
from pathlib import Path

import pytest

from runtui.logs.diagnose.pieces import MOST_BYTES, MOST_LOGS, encoding_of, read_end, read_pieces


def write(path: Path, data: bytes, age: float = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))


def test_only_the_ends_of_logs_are_read_and_that_is_said(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path / "logs" / f"rank-{number}.log", b"step\n" * 200_000 + b"Killed\n")
    read = read_pieces(str(tmp_path))
    assert read.problems == ()
    assert sum(len(piece.data) for piece in read.pieces) <= MOST_BYTES
    assert len({piece.log for piece in read.pieces}) == MOST_LOGS
    assert read.unread == "6 of 9 logs read"
    assert (read.size, read.logs) == (9 * 1_000_007, 9)


def test_all_of_many_small_logs_are_read(tmp_path: Path) -> None:
    for rank in range(65):
        write(tmp_path / "logs" / f"rank.{rank}" / "out", b"step 1\n")
    read = read_pieces(str(tmp_path))
    assert (len(read.pieces), read.problems, read.unread) == (65, (), "")


def test_a_log_that_tells_nothing_says_why(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "out.log", bytes(range(256)) * 20)
    assert read_end(str(tmp_path), "logs/out.log", MOST_BYTES) == (
        [],
        "logs/out.log is binary, so no reason is read from it",
    )
    pieces, problem = read_end(str(tmp_path), "logs/gone.log", MOST_BYTES)
    assert pieces == []
    assert problem.startswith("logs/gone.log cannot be read: No such file or directory")


TEXTS = {
    "latin": "step 1 residual 1e-3\nERROR: mesh 3 does not fit\n",
    "box": "┌──────────────────┐\n│ no mesh          │\n└──────────────────┘\n",
    "rules": "────────────────────\n",
    "chinese": "读取网格文件失败\n第一步计算完成\n",
    "common-signs": "一一最一最　错误：找不到文件\n",
    "russian": "шаг 1\nошибка: файл не найден\n",
    "japanese": "計算を開始します。\nエラー：ファイルが見つかりません\n",
    "pictures": "🚀 step 1\n",
}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", TEXTS)
def test_utf_16_is_told_by_its_words_alone(text: str, encoding: str) -> None:
    data = (TEXTS[text] * 40).encode(encoding)
    assert {encoding_of(data[:size]) for size in (*range(80, 90), 700)} == {encoding}
    assert encoding_of((TEXTS[text] * 40).encode()) == ""


@pytest.mark.parametrize(
    "data",
    [
        bytes(300) + b"step 1\n" * 50,
        b"step 1\n" * 30 + bytes(400),
        b"step 1 done\0\n" * 40,
        "pas 1 terminé\0\n".encode("latin-1") * 40,
        bytes(range(256)) * 2,
        struct.pack("<100d", *range(100)),
        struct.pack("<200i", *range(200)),
        struct.pack("<250h", *range(250)),
    ],
    ids=["hole-before", "hole-after", "ends", "latin-1", "bytes", "doubles", "integers", "short-integers"],
)
def test_zero_bytes_alone_are_no_utf_16(data: bytes) -> None:
    assert encoding_of(data) == ""


def test_line_drawn_over_and_over_is_read_to_the_budget(tmp_path: Path) -> None:
    write(tmp_path / "a.log", b"".join(b"step %d\r" % step for step in range(20_000)) + b"\nERROR: no mesh\n")
    pieces, _problem = read_end(str(tmp_path), "a.log", MOST_BYTES)
    assert sum(len(piece.data) for piece in pieces) > MOST_BYTES - 100
    assert pieces[0].data.startswith(b"step ")
