"""Workers tell what they find, hear words, and end with the process that started them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtui.store.worker_process import start_helper
from tests.store.children import PATIENCE

WORKER = """
from runtui.store.worker_channel import end_with_starter, has_word, send

def main(what):
    if what == "much":
        send(b"x" * 5_000_000)
    elif what == "for ever":
        while True:
            send(b"x" * 65536)
    elif what == "hang":
        end_with_starter()
        send(b"begun")
        import time
        time.sleep(600)
    else:
        send(b"silent" if not has_word(0) else b"early")
        has_word()
        send(b", heard")
"""


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a_worker.py").write_text(WORKER)
    monkeypatch.syspath_prepend(str(tmp_path))


@contextmanager
def worker(what: str) -> Iterator[subprocess.Popen[bytes]]:
    with start_helper("a_worker", [what]) as process:
        try:
            yield process
        finally:
            process.kill()


def test_worker_sends_all_output_and_receives_input() -> None:
    with worker("much") as process:
        assert process.stdout is not None
        assert len(process.stdout.read()) == 5_000_000
        assert process.wait(PATIENCE) == 0
    with worker("listen") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(6) == b"silent"
        os.write(process.stdin.fileno(), b"\n")
        assert process.stdout.read() == b", heard"


def test_busy_worker_ends_when_its_input_closes() -> None:
    with worker("hang") as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.read(5) == b"begun"
        process.stdin.close()
        assert process.wait(PATIENCE) == 0


def test_worker_ends_quietly_when_its_output_closes() -> None:
    with worker("for ever") as process:
        assert process.stdout is not None
        assert process.stdout.read(1) == b"x"
        process.stdout.close()
        assert process.wait(PATIENCE) == 0
