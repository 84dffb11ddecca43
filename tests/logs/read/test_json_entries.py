from __future__ import annotations

import pytest

from runtui.logs.read.json_entries import json_object


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b'{"msg": "no mesh"}', {"msg": "no mesh"}),
        (b"[1]", None),
        (b'{"msg": "cut', None),
        (b"\xff{}", None),
        (b"[" * 100_000, None),
    ],
    ids=["object", "list", "cut", "no-text", "deep"],
)
def test_line_is_an_object_or_none(line: bytes, expected: object) -> None:
    assert json_object(line) == expected
