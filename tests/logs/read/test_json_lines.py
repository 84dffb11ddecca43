from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.logs.read.json_lines import readable_line
from runtui.logs.read.styles import styled_line
from runtui.text.sanitize import safe_text


def text_of(raw: bytes | dict[str, object]) -> str:
    line = raw if isinstance(raw, bytes) else json.dumps(raw).encode()
    return "".join(piece.text for piece in readable_line(line))


@pytest.fixture(autouse=True)
def _in_greenwich(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (
            {"log": "step 1\n", "stream": "stderr", "time": "2026-01-31T10:00:00Z"},
            "2026-01-31T10:00:00Z step 1  stream=stderr",
        ),
        (
            {"level": 50, "time": 1700000000123, "pid": 3, "msg": "no mesh", "err": {"type": "Error"}},
            '2023-11-14 22:13:20 ERROR no mesh  pid=3  err={"type":"Error"}',
        ),
        (
            {"asctime": "2026-01-31 10:00:00,123", "levelname": "WARNING", "message": "a\nb", "line": None},
            "2026-01-31 10:00:00,123 WARNING a ⏎ b  line=null",
        ),
        ({"ts": 1700000000.5, "level": "info", "msg": "go"}, "2023-11-14 22:13:20 INFO go"),
        ({"event": "epoch", "time": 3, "loss": 0.5}, "epoch  time=3  loss=0.5"),
        ({"message": "x", "trace": "y" * 500}, f"x  trace={'y' * 199}…"),
    ],
    ids=["docker", "pino", "python", "zap", "small-number-is-no-time", "long-value"],
)
def test_entry_has_time_level_and_message_first(entry: dict[str, object], shown: str) -> None:
    assert text_of(entry) == shown


@pytest.mark.parametrize(
    "line",
    [b'{"loss": 0.5}', b"{not: json}", b"[1, 2]", b'{"message": 3}', b"", b'{"message": "cut off', b"{}"],
    ids=["no-message", "no-json", "list", "number", "empty", "cut", "empty-object"],
)
def test_other_lines_stay_as_they_are(line: bytes) -> None:
    assert readable_line(line) == styled_line(line)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from(["msg", "time", "ts", "level", "log", "x\x1b[31m"]) | st.text(max_size=5)


@given(st.dictionaries(KEYS, VALUES, max_size=6))
def test_any_entry_is_shown_safely(entry: dict[str, object]) -> None:
    assert safe_text(text_of(entry)) == text_of(entry)


@given(st.binary(max_size=60).map(lambda data: b"{" + data + b"}"))
def test_any_bytes_are_shown_safely(data: bytes) -> None:
    assert safe_text(text_of(data)) == text_of(data)
