"""Log lines that are JSON objects, as a person reads them: time, level and message first, then the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from runtui.logs.read.json_entries import LEVEL_KEYS, MESSAGE_KEYS, json_object
from runtui.logs.read.styles import PLAIN, Style, Styled, styled_line
from runtui.text.sanitize import safe_text

_TIME_KEYS = ("time", "timestamp", "ts", "@timestamp", "asctime", "@t", "datetime", "date", "TIMESTAMP")
_LEVEL_NUMBERS = {10: "TRACE", 20: "DEBUG", 30: "INFO", 40: "WARN", 50: "ERROR", 60: "FATAL"}
"""Levels of pino and bunyan."""

_SECONDS = (1e8, 1e10)
"""Numbers that are taken for seconds since the epoch: from 1973 to 2286."""

_LONGEST_VALUE = 200  # characters of a value behind the message
_LONGEST_LINE = 32 * 1024  # bytes
_REST = Style(dim=True)


def readable_line(raw: bytes) -> tuple[Styled, ...]:
    """Return a line as `styled_line` does, but an entry of a log in JSON as a person reads it.

    Args:
        raw: The line, without its newline. An object without a message is left as it is.
    """
    if raw[:1] == b"{" and len(raw) <= _LONGEST_LINE and raw.rstrip()[-1:] == b"}":
        entry = json_object(raw)
        pieces = None if entry is None else _pieces(entry)
        if pieces is not None:
            return pieces
    return styled_line(raw)


def _pieces(entry: Mapping[str, Any]) -> tuple[Styled, ...] | None:
    message_key = next((key for key in MESSAGE_KEYS if isinstance(entry.get(key), str)), None)
    if message_key is None:
        return None
    time_key = next((key for key in _TIME_KEYS if _time_text(entry.get(key))), "")
    level_key = next((key for key in LEVEL_KEYS if _level_text(entry.get(key))), "")
    lead = [_time_text(entry[time_key])] if time_key else []
    lead += [_level_text(entry[level_key])] if level_key else []
    first = Styled(safe_text("".join(f"{text} " for text in lead)), PLAIN)
    message = styled_line(" ⏎ ".join(entry[message_key].strip("\n").split("\n")))
    shown = {message_key, time_key, level_key}
    rest = "".join(_rest({key: value for key, value in entry.items() if key not in shown}))
    return tuple(piece for piece in (first, *message, Styled(safe_text(rest), _REST)) if piece.text)


def _rest(entry: Mapping[str, Any]) -> Iterator[str]:
    for key, value in entry.items():
        if isinstance(value, str):
            text = value.replace("\n", " ⏎ ")
        else:
            text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
        yield f"  {key}={text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + '…'}"


def _time_text(value: object) -> str:
    """Return a time in words; ``""`` for what is none."""
    if isinstance(value, str):
        return value if any(char.isdigit() for char in value) else ""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    for unit in (1.0, 1e3, 1e6, 1e9):
        if _SECONDS[0] <= value / unit < _SECONDS[1]:
            moment = datetime.fromtimestamp(value / unit).astimezone()
            return moment.strftime("%Y-%m-%d %H:%M:%S")
    return ""


def _level_text(value: object) -> str:
    if isinstance(value, str):
        return value.upper()
    return _LEVEL_NUMBERS.get(value, "") if isinstance(value, int) else ""
