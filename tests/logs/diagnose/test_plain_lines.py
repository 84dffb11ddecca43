"""Lines of logs without what stands before them, and where they lie in the log."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.diagnose.pieces import encoding_of
from runtui.logs.diagnose.plain_lines import plain_lines
from tests.logs.diagnose.disguises import ENCODINGS, PREFIXES

LOG = b"""begin
Traceback (most recent call last):
  File "run.py", line 3, in <module>
    step()
ValueError: bad value

end of job
"""


@pytest.mark.parametrize("name", PREFIXES)
def test_prefix_is_taken_from_all_lines(name: str) -> None:
    found = plain_lines(PREFIXES[name](LOG), 0)
    assert found.data.rstrip() == LOG.rstrip()


@pytest.mark.parametrize("name", ENCODINGS)
def test_lines_are_those_of_the_program_however_they_are_encoded(name: str) -> None:
    data = ENCODINGS[name](LOG)
    assert plain_lines(data, 0, encoding_of(data)).data.rstrip() == LOG.rstrip()


def test_ranks_of_several_processes_stay_apart() -> None:
    log = b"".join(b"[1,%d]<stderr>:line %d\n" % (rank, number) for number in range(3) for rank in (4, 7))
    assert plain_lines(log, 0).data.splitlines() == [
        b"%d: line %d" % (rank, number) for number in range(3) for rank in (0, 1)
    ]


def test_tools_that_name_themselves_in_each_line_are_no_hosts() -> None:
    log = b"sbatch: error: invalid account\nsbatch: error: invalid partition\nsbatch: error: no job\n"
    assert plain_lines(log, 0).data == log


def test_numbers_that_few_lines_begin_with_are_no_ranks() -> None:
    log = b"model\n3: first choice\n4: second choice\nend\nof\nmenu\n"
    assert plain_lines(log, 0).data == log


@pytest.mark.parametrize(
    ("line", "plain"),
    [
        (b"[2026-11-30 14:06:13,325][__main__][ERROR] - solver diverged", b"[ERROR] - solver diverged"),
        (b"2026-11-30 14:06:13,325 - model.solve - ERROR - no mesh", b"ERROR - no mesh"),
        (b"2026-11-30 14:06:13,325 - model.solve - INFO - step 3", b"step 3"),
        (
            b"Nov  3 04:05:06 cn-0412 kernel: Out of memory: Killed process 7",
            b"Out of memory: Killed process 7",
        ),
    ],
)
def test_name_of_the_logger_is_taken_from_the_line(line: bytes, plain: bytes) -> None:
    assert plain_lines(line, 0).data == plain


def test_entry_of_a_logger_has_its_level_and_its_traceback() -> None:
    entries = [
        {"level": "info", "message": "begin"},
        {
            "level": "error",
            "message": "step failed",
            "exc_info": "Traceback (most recent call last):\nKeyError: 1",
        },
        {"level": 50, "err": {"type": "Error", "stack": "Error: no mesh\n    at run"}, "msg": "stop"},
    ]
    log = b"".join(json.dumps(entry).encode() + b"\n" for entry in entries)
    assert plain_lines(log, 0).data.splitlines() == [
        b"begin",
        b"ERROR: step failed",
        b"Traceback (most recent call last):",
        b"KeyError: 1",
        b"ERROR: stop",
        b"Error: no mesh",
        b"    at run",
    ]


def test_unmarked_lines_are_the_data_itself() -> None:
    found = plain_lines(LOG, 100)
    assert found.data is LOG
    assert (found.place_of(7), found.end_of(40)) == (107, 140)


@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x1b"), max_size=20), max_size=12),
    st.sampled_from(sorted(PREFIXES | ENCODINGS)),
    st.integers(0, 1 << 40),
)
def test_places_lead_to_the_lines_of_the_log(lines: list[str], disguise: str, offset: int) -> None:
    data = (PREFIXES | ENCODINGS)[disguise]("".join(f"{line}\n" for line in lines).encode())
    encoding = encoding_of(data)
    found = plain_lines(data, offset, encoding)
    newline = "\n".encode(encoding or "utf-8")
    begins = {0}
    place = data.find(newline)
    while place >= 0:
        if place % len(newline) == 0:
            begins.add(place + len(newline))
        place = data.find(newline, place + 1)
    position = 0
    for line in found.data.split(b"\n"):
        assert found.place_of(position) - offset in begins or found.begins is None
        assert found.place_of(position) <= found.end_of(position) <= offset + len(data)
        position += len(line) + 1


@given(st.binary(max_size=400), st.sampled_from(("", "utf-16-le", "utf-16-be")))
def test_any_bytes_have_lines(data: bytes, encoding: str) -> None:
    found = plain_lines(data, 0, encoding)
    for position in range(0, len(found.data), 7):
        assert 0 <= found.place_of(position) <= found.end_of(position) <= len(data) + 1
