from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from runtui.logs.diagnose.boxes import is_heading
from runtui.logs.diagnose.findings import findings
from runtui.logs.diagnose.harmless import (
    HeldTexts,
    both_ends,
    may_tell,
    pattern_of,
    tells_nothing,
    without_exceptions,
)
from runtui.logs.diagnose.lines import plain_text, without_rank
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.rules import RULES, Says
from runtui.logs.diagnose.words import NOUGHTS

HERE = Path(__file__).parent
DIGIT = re.compile(rb"[0-9]")


def lines_of_logs() -> list[bytes]:
    """Return all lines of the corpus and the wordings, some of them with other numbers."""
    logs = [*(HERE / "corpus").rglob("*"), *(HERE / "wordings").iterdir()]
    lines = sorted({line for log in logs if log.is_file() for line in log.read_bytes().split(b"\n")})
    chance = random.Random(1)
    others = [DIGIT.sub(lambda _digit: b"%d" % chance.choice((0, 0, 1, 9)), line) for line in lines[::4]]
    return lines + others


def applies(number: int, text: str) -> bool:
    rule = RULES[number]
    is_found = pattern_of(number).search(text) is not None
    return is_found and (rule.says is not Says.BOX or is_heading(text))


def test_no_line_that_a_rule_applies_to_is_taken_for_harmless_by_its_shape() -> None:
    missed = []
    for line in lines_of_logs():
        if not may_tell(line.translate(NOUGHTS)):
            text, lowered = without_rank(plain_text(line)), line.lower()
            missed += [
                (number, line)
                for number, rule in enumerate(RULES)
                if any(literal in lowered for literal in rule.literals) and applies(number, text)
            ]
    assert not missed


@pytest.mark.parametrize(
    ("log", "is_harmless"),
    [
        (b"step 100 error 1.5e-3\nstep 200 error 1.2e-3\n", True),
        (b"[12:00:01] step 7 rel error 0.25 lr 0.1\n" * 40, True),
        (b"srun: error: node1: task 0: Exited with exit code 1\n", False),
        (b"error: 0 errors\n", True),
        (b"error: 3 problems remain\n", False),
        (b"node1: error: no such lattice\n", False),
        (b"step 1 error 0.5\rstep 2 error 0.25\n", False),
        (b'{"level": "info", "msg": "step 1"}\n', False),
    ],
)
def test_log_tells_nothing_if_no_line_of_it_can(log: bytes, is_harmless: bool) -> None:
    assert tells_nothing(log) is is_harmless


def test_lines_seen_with_other_numbers_before_do_not_hide_a_failure() -> None:
    for code in (0, 0, 3):
        log = b"flux-job: task(s) exited with exit code %d\n" % code
        found = findings(Piece("a.log", 0, log, len(log), 1e9))
        assert bool(found) is (code != 0)


@pytest.mark.parametrize(
    ("source", "more"),
    [
        (r"\berror\b(?!: 0| [1-9])\w", r"\berror\b\w"),
        (r"a(?!b(?!0)c)d", "ad"),
        (r"a(?! tolerance)\d{1,6}", r"a(?! tolerance)\d{1,6}"),
        (r"[(?!0]\((?<!1)", r"[(?!0]\("),
    ],
)
def test_exceptions_that_tell_digits_apart_are_left_out(source: str, more: str) -> None:
    assert without_exceptions(source) == more


def test_first_and_last_ones_of_many_lines_are_kept() -> None:
    lines = [(place, place + 1) for place in range(300)]
    assert both_ends(lines[:100]) == lines[:100]
    assert both_ends(lines) == lines[:50] + lines[-50:]


def test_each_line_with_a_text_is_found_once() -> None:
    held = HeldTexts(b"Error: no error\nstep 1\nERROR\n")
    assert list(held.lines_with([b"error"], 0)) == [(0, 15), (23, 28)]
    assert list(held.lines_with([b"error"], 20)) == [(23, 28)]
