"""Logs whose lines have time stamps."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from runtui.logs.read.source import FileSource

NOON = datetime(2026, 1, 1, 12).timestamp()


def opened(path: Path, data: bytes) -> FileSource:
    path.write_bytes(data)
    source = FileSource(str(path))
    source.look()
    return source


def stamp(seconds: float) -> bytes:
    return datetime.fromtimestamp(NOON + seconds).strftime("%Y-%m-%d %H:%M:%S").encode()
