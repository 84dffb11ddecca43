"""What tells why a run failed, among all that the end of its log tells.

Each block of ``endings.txt`` is the end of a log below the kind and the line that it tells.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.pieces import Piece

ENDINGS = [
    tuple(block.split("\n", 1))
    for block in re.split(
        r"^@ ", (Path(__file__).parent / "endings.txt").read_text(encoding="utf-8"), flags=re.MULTILINE
    )[1:]
]
STEPS = "".join(f"step {step} t={step / 10} residual={10.0**-step}\n" for step in range(40))


@pytest.mark.parametrize(
    ("expected", "text"),
    ENDINGS,
    ids=[f"{number}-{head[:40]}" for number, (head, _text) in enumerate(ENDINGS)],
)
def test_the_program_tells_why_and_not_what_became_of_it(expected: str, text: str) -> None:
    data = (STEPS + text).encode()
    found = digest_of(Facts(), [Piece("a.log", 0, data, len(data), 1e9)])
    assert f"{found.kind} | {found.line.strip()}" == expected
