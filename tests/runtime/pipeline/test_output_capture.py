from __future__ import annotations

import io
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

from runtui.runtime.pipeline.output_capture import printing_to


def test_threads_starting_and_ending_never_mix_their_logs(tmp_path: Path) -> None:
    rounds = 300

    def work(log: Path) -> None:
        for number in range(rounds):
            with printing_to(str(log)):
                print(f"line {number}")

    usual = io.StringIO()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with redirect_stdout(usual):
            threads = [threading.Thread(target=work, args=(tmp_path / f"{n}.log",)) for n in range(2)]
            for thread in threads:
                thread.start()
            printed = 0
            while any(thread.is_alive() for thread in threads):
                print("of the main thread")
                printed += 1
            for thread in threads:
                thread.join()
            # What another test has left behind may still be inside.
            assert getattr(sys.stdout, "usual", sys.stdout) is usual
    finally:
        sys.setswitchinterval(interval)
    assert usual.getvalue() == "of the main thread\n" * printed
    for number in range(2):
        text = (tmp_path / f"{number}.log").read_text()
        assert text == "".join(f"line {line}\n" for line in range(rounds))


def test_hanging_thread_does_not_block_other_logs(tmp_path: Path) -> None:
    is_inside, may_end = threading.Event(), threading.Event()

    def stay() -> None:
        with printing_to(str(tmp_path / "stays.log")):
            is_inside.set()
            may_end.wait()

    stays = threading.Thread(target=stay)
    stays.start()
    try:
        is_inside.wait()
        with redirect_stdout(io.StringIO()) as usual:
            with printing_to(str(tmp_path / "other.log")):
                print("of a step")
            print("of nobody")
        assert usual.getvalue() == "of nobody\n"
        assert (tmp_path / "other.log").read_text() == "of a step\n"
    finally:
        may_end.set()
        stays.join()
