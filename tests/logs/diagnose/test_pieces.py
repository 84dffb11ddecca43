from __future__ import annotations

import os
import time
from pathlib import Path

from runtui.logs.diagnose.pieces import MOST_BYTES, MOST_LOGS, read_end, read_pieces


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


def test_line_drawn_over_and_over_is_read_to_the_budget(tmp_path: Path) -> None:
    write(tmp_path / "a.log", b"".join(b"step %d\r" % step for step in range(20_000)) + b"\nERROR: no mesh\n")
    pieces, _problem = read_end(str(tmp_path), "a.log", MOST_BYTES)
    assert sum(len(piece.data) for piece in pieces) > MOST_BYTES - 100
    assert pieces[0].data.startswith(b"step ")
