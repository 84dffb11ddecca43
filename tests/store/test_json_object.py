"""JSON objects are read within limits, and what is none says so."""

from __future__ import annotations

import json
import math

import pytest

from runtui.store.errors import MetadataError
from runtui.store.json_object import DEEPEST_JSON, has_long_numbers, parse_object


def nested(levels: int, opening: str, closing: str) -> bytes:
    inner = levels - 1
    return ('{"x": ' + opening * inner + "1" + closing * inner + "}").encode()


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("brackets", [("[", "]"), ('{"k":', "}")])
def test_nesting_beyond_the_limit_is_refused(brackets: tuple[str, str], exact: bool) -> None:
    assert parse_object(nested(DEEPEST_JSON, *brackets), exact=exact)
    for levels in (DEEPEST_JSON + 1, 100_000):
        with pytest.raises(MetadataError, match="nested too deeply"):
            parse_object(nested(levels, *brackets), exact=exact)


def test_adjacent_brackets_do_not_count_as_nesting() -> None:
    found = parse_object(b'{"x": [' + b"[{}]," * 1000 + b'0], "text": "' + b"[{" * 1000 + b'"}')
    assert len(found["x"]) == 1001


@pytest.mark.parametrize("exact", [True, False])
def test_nonstandard_json_of_writers_is_read(exact: bool) -> None:
    assert math.isnan(parse_object(b'{"x": NaN}', exact=exact)["x"])
    assert parse_object(b'{"x": -Infinity}', exact=exact) == {"x": -math.inf}
    assert parse_object(b'\xef\xbb\xbf{"x": 1}', exact=exact) == {"x": 1}
    assert parse_object(b'{"x": "caf\xe9"}', exact=exact) == {"x": "caf\ufffd"}
    assert parse_object(b'{"x": 1, "x": 2}', exact=exact) == {"x": 2}


def test_long_integers_are_exact() -> None:
    assert parse_object(b'{"x": 123456789012345678901234567890}') == {"x": 123456789012345678901234567890}


@pytest.mark.parametrize(
    ("data", "why", "is_passing"),
    [
        (b"", "f is empty", True),
        (b" \n", "f is empty", True),
        (b'{"x": ', "f is not valid JSON (line 1, column 7)", True),
        (b"[]", "f holds a list, not an object", False),
        (b'{"x": ' + b"1" * 5000 + b"}", "f holds a number too long to read", False),
    ],
)
def test_invalid_object_error_names_the_problem(data: bytes, why: str, is_passing: bool) -> None:
    with pytest.raises(MetadataError) as caught:
        parse_object(data, name="f")
    assert (str(caught.value), caught.value.passing) == (why, is_passing)


def test_long_integers_stay_exact_after_the_faster_library_is_loaded() -> None:
    number = 12345678901234567891234
    data = json.dumps({"a": number, "b": 1}).encode()
    parse_object(b"{}", exact=False)
    assert parse_object(data) == {"a": number, "b": 1}
    assert has_long_numbers(data)
    assert not has_long_numbers(b'{"a": 123456789012345678, "b": "x"}')
