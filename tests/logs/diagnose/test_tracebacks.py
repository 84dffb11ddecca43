from __future__ import annotations

import pytest

from runtui.logs.diagnose.lines import without_rank
from runtui.logs.diagnose.tracebacks import final_line, frames, is_only_handled, root_line

FRAMES = '  File "run.py", line 3, in <module>\n    step()\n'
PLAIN = f"Traceback (most recent call last):\n{FRAMES}ValueError: bad cell\n"
WRAPPED = f"Traceback (most recent call last):\n{FRAMES}"


def last_line(text: str) -> str:
    data = text.encode()
    place = data.lower().index(b"traceback (most recent call last)")
    begin = data.rfind(b"\n", 0, place) + 1
    first, last = final_line(data, begin, data.index(b"\n", place))
    return without_rank(data[first:last].decode()).strip()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param("".join(f"3: {line}\n" for line in PLAIN.splitlines()), id="a rank"),
        pytest.param(
            "╭───── Traceback (most recent call last) ─────╮\n"
            "│ run.py:3 in <module>                        │\n"
            "│ ╭────────── locals ──────────╮              │\n"
            "│ ╰────────────────────────────╯              │\n"
            "╰─────────────────────────────────────────────╯\n"
            "ValueError: bad cell\n",
            id="a frame",
        ),
        pytest.param(
            "      ┌───── Traceback (most recent call last) ─────┐\n"
            "      │ run.py:3 in <module>                        │\n"
            "      └─────────────────────────────────────────────┘\n"
            "      ValueError: bad cell                           \n",
            id="a frame of plain lines that is indented",
        ),
        pytest.param(
            "+------------------------------- Traceback (most recent call last) ----+\n"
            "| run.py:3 in <module>                                                |\n"
            "+---------------------------------------------------------------------+\n"
            "ValueError: bad cell\n",
            id="a frame in ASCII",
        ),
        pytest.param(
            'Traceback (most recent call last):\n\n> File "run.py", line 3, in <module>\n    step(n)\n'
            "    │    └ 3\n    └ <function step at 0x7f>\n\nValueError: bad cell\n",
            id="values below the source",
        ),
        pytest.param(
            "ValueError                                Traceback (most recent call last)\n"
            "Cell In[1], line 1\n----> 1 step()\n\nFile /home/kim/run.py:3, in step()\n\n"
            "ValueError: bad cell\n",
            id="a notebook",
        ),
        pytest.param(
            f"{WRAPPED}ray.exceptions.RayTaskError(ValueError): ray::one() (pid=1, ip=10.0.0.1)\n"
            f"{FRAMES}ValueError: bad cell\n",
            id="frames of another process",
        ),
        pytest.param(
            f"{WRAPPED}torch.multiprocessing.spawn.ProcessRaisedException: \n\n"
            f"-- Process 1 terminated with the following error:\n{PLAIN}\n",
            id="a process that was spawned",
        ),
        pytest.param(
            f"{WRAPPED}papermill.exceptions.PapermillExecutionError: \n{'-' * 75}\n"
            f'Exception encountered at "In [2]":\n{"-" * 75}\n'
            "ValueError                                Traceback (most recent call last)\n"
            "Cell In[2], line 1\n----> 1 step()\n\nValueError: bad cell\n",
            id="a cell",
        ),
        pytest.param(
            f"{WRAPPED}nbclient.exceptions.CellExecutionError: An error occurred while executing a cell:\n"
            f"{'-' * 18}\nimport run\nrun.step()\n{'-' * 18}\n\n"
            "ValueError                                Traceback (most recent call last)\n"
            "Cell In[2], line 1\n----> 1 step()\n\nValueError: bad cell\n",
            id="a cell with its source",
        ),
        pytest.param(
            f"{WRAPPED}torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n"
            f"{'=' * 60}\ntrain.py FAILED\n{'-' * 60}\nRoot Cause (first observed failure):\n[0]:\n"
            "  exitcode  : 1 (pid: 7)\n  traceback : Traceback (most recent call last):\n"
            '    File "train.py", line 9, in main\n      step()\n  ValueError: bad cell\n\n'
            f"{'=' * 60}\n",
            id="the first of several processes",
        ),
    ],
)
def test_last_line_is_that_of_the_inner_exception(text: str) -> None:
    assert last_line(text) == "ValueError: bad cell"


def test_message_that_begins_with_line_breaks_is_told_by_its_first_words() -> None:
    assert last_line(f"{WRAPPED}RunError: \n\n======\nno such cell\nsee the log\n") == "no such cell"
    assert last_line(f"{WRAPPED}RunError:\nReasons:\n  the grid is empty\n") == "the grid is empty"
    assert last_line(f"{WRAPPED}RunError\nstep 1\n") == "RunError"


def test_frames_end_before_the_line_that_tells() -> None:
    data = f"step 1\n{PLAIN}step 2\n".encode()
    assert [data[begin:end].decode() for begin, end in frames(data, data.lower())] == [
        PLAIN.removesuffix("ValueError: bad cell\n")
    ]


def test_root_of_a_stack_of_calls_is_its_last_cause() -> None:
    text = (
        b"java.lang.RuntimeException: step failed\n\tat Run.step(Run.java:3)\n"
        b"Caused by: java.io.IOException: a\n\tat Io.read(Io.java:1)\n\t... 3 more\n"
        b"Caused by: java.lang.NullPointerException: bad cell\n\tat Grid.cell(Grid.java:9)\nend\n"
    )
    begin, end = root_line(text, 0, text.index(b"\n")) or (0, 0)
    assert text[begin:end] == b"Caused by: java.lang.NullPointerException: bad cell"
    assert root_line(b"step failed\nend\n", 0, 11) is None


def test_exception_of_torchrun_without_a_traceback_of_a_process_is_its_own_line() -> None:
    text = (
        f"{WRAPPED}torch.distributed.elastic.multiprocessing.errors.ChildFailedError: \n{'=' * 60}\n"
        f"train.py FAILED\n{'-' * 60}\nFailures:\n  <NO_OTHER_FAILURES>\n"
    )
    assert last_line(text) == "torch.distributed.elastic.multiprocessing.errors.ChildFailedError:"


@pytest.mark.parametrize(
    ("text", "is_handled"),
    [
        ("_queue.Empty\n\nDuring handling of the above exception, another exception occurred:\n", True),
        ("_queue.Empty\n", False),
        ("KeyError: 1\n\nDuring handling of the above exception, another exception occurred:\n", False),
        ("_queue.Empty\n\nThe above exception was the direct cause of the following exception:\n", False),
    ],
)
def test_exception_without_a_message_that_was_handled_is_no_cause(text: str, is_handled: bool) -> None:
    assert is_only_handled(text.encode(), 0, text.index("\n")) is is_handled
