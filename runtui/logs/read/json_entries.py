"""Log entries that are JSON objects, and the keys of what they tell.

Sources of the keys: the json-file driver of Docker, pino and bunyan, python-json-logger, structlog, zap,
logrus, slog, Serilog, and the fields of Elastic's common schema.
"""

from __future__ import annotations

import json
from typing import Any

MESSAGE_KEYS = (
    "log",
    "msg",
    "message",
    "event",
    "text",
    "MESSAGE",
    "@m",
    "@mt",
    "textPayload",
    "short_message",
)
"""Keys of an entry's message."""

LEVEL_KEYS = ("level", "levelname", "severity", "lvl", "log.level", "level_name", "@l", "@level")
"""Keys of an entry's level."""


def json_object(line: bytes | str) -> dict[str, Any] | None:
    """Return the object that a line consists of, or None."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None
