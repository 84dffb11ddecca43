from __future__ import annotations

from typing import Any

import pytest

from runtui.store.errors import StoreError
from runtui.store.parameter_changes import Factor, changed_params, parse_change, parse_changes, typed_value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.1", 0.1),
        ("1e-3", 0.001),
        (".5", 0.5),
        ("2.", 2.0),
        ("7", 7),
        ("true", True),
        ("null", None),
        ("[1, 2]", [1, 2]),
        ('"7"', "7"),
        ("upwind", "upwind"),
        ("", ""),
    ],
)
def test_values_have_the_type_that_was_typed(text: str, value: Any) -> None:
    found = typed_value(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["dt", "=1", "dt*=x", "*=2"])
def test_text_that_is_no_change_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write"):
        parse_change(text)


def test_line_of_changes_is_split_at_spaces_outside_quotes() -> None:
    assert parse_changes('dt=0.01 n*=2 name="a b"') == {"dt": 0.01, "n": Factor("2"), "name": "a b"}
    assert parse_changes("  ") == {}
    with pytest.raises(ValueError, match="quote"):
        parse_changes('name="a b')


def test_values_are_changed_and_added() -> None:
    params = {"dt": 0.3, "n": 64, "model": {"grid": [64, 32]}, "a.b": 1}
    changes = {
        "dt": Factor("3"),
        "n": Factor("0.5"),
        "model.grid[1]": 16,
        "model.viscosity": 0.1,
        "solver.kind": "gmres",
        "a.b": 2,
    }
    found, told = changed_params(params, changes)
    assert found == {
        "dt": 0.9,
        "n": 32,
        "model": {"grid": [64, 16], "viscosity": 0.1},
        "a.b": 2,
        "solver": {"kind": "gmres"},
    }
    assert isinstance(found["n"], int)
    assert [change.text for change in told][:4] == [
        "dt = 0.9 (was 0.3)",
        "n = 32 (was 64)",
        "model.grid[1] = 16 (was 32)",
        "model.viscosity = 0.1 (new)",
    ]
    assert params["n"] == 64


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"scheme": Factor("2")}, "scheme cannot be multiplied: it is upwind"),
        ({"gamma": Factor("2")}, "no parameter gamma to multiply"),
        ({"dt.x": 1}, "dt.x cannot be added: dt is 0.1"),
        ({"grid[9]": 1}, r"no parameter grid\[9\]"),
        ({"a..b": 1}, r"no parameter a\.\.b"),
        ({"dt": Factor("1e400")}, "too large|inf"),
    ],
    ids=["text", "missing", "not-a-group", "index", "empty-part", "overflow"],
)
def test_changes_that_cannot_be_applied_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(StoreError, match=words):
        changed_params({"dt": 0.1, "scheme": "upwind", "grid": [1]}, changes)
