"""Log entries that are JSON objects or pairs of keys and values, and the lines that they hold.

Sources of the forms: the json-file driver of Docker, pino and bunyan, python-json-logger, structlog, loguru,
zap, logrus, slog, Serilog, and the fields of Elastic's common schema.
"""

from __future__ import annotations

import re
from typing import Any

from runtui.logs.diagnose.words import vocabulary
from runtui.logs.read.json_entries import LEVEL_KEYS, MESSAGE_KEYS, json_object

_DETAIL_KEYS = (
    "exc_info", "exception", "stack_trace", "stack", "stacktrace", "traceback", "error", "err",
    "errorVerbose", "@x", "full_message", "error.stack_trace",
)  # fmt: skip
_INNER_KEYS = ("stack", "stacktrace", "stack_trace", "traceback", "message", "msg", "value")
_ERROR_LEVELS = frozenset(
    ("error", "err", "critical", "fatal", "panic", "dpanic", "emerg", "alert", "severe")
)
_WARNING_LEVELS = frozenset(("warn", "warning", "wrn"))
_FIRST_ERROR_LEVEL = 50  # of pino and bunyan; Python's is 40, which is their warning
_MOST_DETAILS = 200  # lines of one entry

_LONGEST_KEY = 40  # bytes
MARKS_OF_PAIRS = (b"msg=", b"message=", b'event="')
"""Texts of which an entry of pairs has one."""

_PAIRS = re.compile(r"\s*([\w.@-]{1,40})=(\"(?:[^\"\\]|\\.)*\"|[^\s\"]*)(?=\s|$)")
_FEWEST_PAIRS = 2  # keys
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": ""}


def may_have_entries(data: bytes) -> bool:
    """Return whether a text may have entries, which is quickly seen."""
    lines = vocabulary(data).lines
    return b'{"' in lines or any(key in lines for key in MARKS_OF_PAIRS)


def may_be_packed(line: bytes) -> bool:
    """Return whether a line may be an entry, as far as its ends tell."""
    if line.startswith(b"{"):
        return line.rstrip().endswith(b"}")
    return b"=" in line[:_LONGEST_KEY] and any(key in line for key in MARKS_OF_PAIRS)


def messages(line: bytes) -> list[bytes]:
    """Return the message of an entry, followed by the traceback that it has; other lines as they are."""
    entry = json_object(line) if line.startswith(b"{") else _pairs(line)
    if entry is None:
        return [line]
    record = entry.get("record")  # of loguru, where the text has all
    message = next((entry[key] for key in MESSAGE_KEYS if isinstance(entry.get(key), str)), None)
    details = [text for key in _DETAIL_KEYS for text in _details(entry.get(key))]
    if message is None and not details:
        return [line]
    found = [] if message is None else message.rstrip("\n").split("\n")
    if found and not isinstance(record, dict):
        label = _label(entry)
        if label and not found[0].lstrip().lower().startswith((label.rstrip(": ").lower(), *_ERROR_LEVELS)):
            found[0] = f"{label}{found[0]}"
    return [text.encode("utf-8", "replace") for text in (*found, *details[:_MOST_DETAILS])]


def _pairs(line: bytes) -> dict[str, Any] | None:
    """Return the keys and values of a line such as `level=error msg="no mesh"`; None for any other."""
    text = line.decode("utf-8", "replace").rstrip()
    entry: dict[str, Any] = {}
    place = 0
    while place < len(text):
        found = _PAIRS.match(text, place)
        if found is None:
            return None
        value = found[2]
        if value.startswith('"'):
            value = _ESCAPED.sub(lambda escaped: _ESCAPES.get(escaped[1], escaped[1]), value[1:-1])
        entry[found[1]] = value
        place = found.end()
    return entry if len(entry) >= _FEWEST_PAIRS else None


def _details(value: object) -> list[str]:
    if isinstance(value, list):
        if value and all(isinstance(item, dict) and "exc_type" in item for item in value):
            return [f"{item['exc_type']}: {item.get('exc_value', '')}" for item in value]  # of structlog
        value = "\n".join(text for text in value if isinstance(text, str))
    if isinstance(value, dict):
        value = next((value[key] for key in _INNER_KEYS if isinstance(value.get(key), str)), None)
    return value.rstrip("\n").split("\n") if isinstance(value, str) and value else []


def _label(entry: dict[str, Any]) -> str:
    level = next((entry[key] for key in LEVEL_KEYS if key in entry), None)
    if level is None and isinstance(entry.get("log"), dict):
        level = entry["log"].get("level")
    if isinstance(level, str):
        if level.lower() in _ERROR_LEVELS:
            return "ERROR: "
        return "WARNING: " if level.lower() in _WARNING_LEVELS else ""
    return "ERROR: " if isinstance(level, int) and level >= _FIRST_ERROR_LEVEL else ""
