from __future__ import annotations

import json

import pytest

from runtui.logs.diagnose.entries import may_be_packed, may_have_entries, messages

TRACEBACK = 'Traceback (most recent call last):\n  File "run.py", line 3\nKeyError: 1'
TOLD = [b"Traceback (most recent call last):", b'  File "run.py", line 3', b"KeyError: 1"]


def told(entry: dict[str, object]) -> list[bytes]:
    line = json.dumps(entry).encode()
    assert may_be_packed(line)
    assert may_have_entries(line)
    return messages(line)


@pytest.mark.parametrize(
    "entry",
    [
        pytest.param({"levelname": "ERROR", "message": "no", "exc_info": TRACEBACK}, id="python-json-logger"),
        pytest.param({"level": "error", "event": "no", "exception": TRACEBACK}, id="structlog"),
        pytest.param({"level": "error", "ts": 1.7, "msg": "no", "stacktrace": TRACEBACK}, id="zap"),
        pytest.param({"level": 50, "msg": "no", "err": {"stack": TRACEBACK}}, id="bunyan"),
        pytest.param(
            {"log.level": "error", "message": "no", "error.stack_trace": TRACEBACK}, id="Elastic's schema"
        ),
        pytest.param(
            {"log": {"level": "error"}, "message": "no", "error": {"stack_trace": TRACEBACK}}, id="nested"
        ),
        pytest.param({"@l": "Error", "@mt": "no", "@x": TRACEBACK}, id="Serilog"),
    ],
)
def test_entry_of_an_error_is_its_message_and_its_traceback(entry: dict[str, object]) -> None:
    assert told(entry) == [b"ERROR: no", *TOLD]


def test_levels_that_are_no_errors_are_not_shown() -> None:
    assert told({"level": "info", "msg": "step 1"}) == [b"step 1"]
    assert told({"level": 30, "msg": "step 1"}) == [b"step 1"]
    assert told({"level": "warning", "msg": "few cells"}) == [b"WARNING: few cells"]
    assert told({"level": "error", "msg": "Error: no mesh"}) == [b"Error: no mesh"]


def test_serialized_entry_of_loguru_is_its_text() -> None:
    text = f"2026-11-30 16:36:39.512 | ERROR    | __main__:run:6 - no\n{TRACEBACK}\n"
    entry = {
        "text": text,
        "record": {"level": {"name": "ERROR"}, "message": "no", "exception": {"type": "K"}},
    }
    assert told(entry) == text.rstrip("\n").encode().split(b"\n")


def test_exceptions_of_structlog_as_dictionaries_have_their_type() -> None:
    entry = {"event": "no", "exception": [{"exc_type": "ValueError", "exc_value": "bad cell", "frames": []}]}
    assert told(entry) == [b"no", b"ValueError: bad cell"]


def test_pairs_of_keys_and_values_are_an_entry() -> None:
    line = b'time="2026-11-03T04:05:06Z" level=error msg="no \\"mesh\\"\\nin a.dat"'
    assert may_be_packed(line)
    assert messages(line) == [b'ERROR: no "mesh"', b"in a.dat"]
    assert messages(b"level=info msg=begin step=3") == [b"begin"]


@pytest.mark.parametrize(
    "line",
    [
        b'{"step": 3, "loss": 0.1}',
        b"{not: json}",
        b"[1, 2]",
        b"dt=0.1 n=3",
        b'x=1 msg="open',
        b"if msg=3 then",
        b"{" * 5000 + b"}" * 5000,
    ],
)
def test_other_lines_are_as_they_were(line: bytes) -> None:
    assert messages(line) == [line]
