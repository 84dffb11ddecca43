"""References within a document."""

from __future__ import annotations

from typing import Any

import pytest

from runtui.formats.config.interpolations import resolved


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${lr}", 0.1),
        ("${model.depth}", 3),
        ("${model.sizes[1]}", 64),
        ("${model.sizes}", [32, 64]),
        ("${alias}", 0.1),
        ("run-${lr}-${model.name}-${flag}", "run-0.1-net-true"),
        ("${.near}", "here"),
        ("${..lr}", 0.1),
        # What is not plain, not there, not in this document, or no end, stays as it is.
        ("${model}", "${model}"),
        ("${nothing}", "${nothing}"),
        ("${oc.env:HOME}/x", "${oc.env:HOME}/x"),
        ("${now:%Y-%m-%d}", "${now:%Y-%m-%d}"),
        (r"\${lr}", r"\${lr}"),
        ("${loop.a}", "${loop.b}"),
        ("${", "${"),
    ],
)
def test_references_to_plain_values_are_replaced(text: str, value: object) -> None:
    document: dict[str, Any] = {
        "lr": 0.1,
        "alias": "${lr}",
        "flag": True,
        "model": {"depth": 3, "name": "net", "sizes": [32, 64]},
        "loop": {"a": "${loop.b}", "b": "${loop.a}"},
        "part": {"near": "here", "asked": text},
    }
    found = resolved(document)
    assert found["part"]["asked"] == value
    assert found["alias"] == 0.1
    assert found["model"] == document["model"]


def test_text_that_grows_without_end_stays_short() -> None:
    document = {f"a{level}": f"${{a{level + 1}}}" * 10 for level in range(30)} | {"a30": "x" * 100}
    assert max(len(text) for text in resolved(document).values()) <= 1000
