"""Precision and recall of the failure digest on the corpus, by kind: ``python -m tests.logs.diagnose.score``.

Precision is the share of the logs that were said to be of a kind which are; recall the share of the logs of a
kind of which that was said. Logs of kind ``unknown`` are of programs that did not fail, or say nothing.
"""

from __future__ import annotations

import sys
import tomllib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.pieces import MOST_BYTES, read_end
from runtui.store.failure import FailureKind

CORPUS = Path(__file__).parent / "corpus"
LEAST_PRECISION = 0.93
"""Least precision of a named kind, of all kinds together."""

LEAST_RIGHT = 0.92
"""Least share of the logs of failures of which kind and line are right."""


class Judged(NamedTuple):
    """A log's kind as expected and as found, and whether the line is the expected one."""

    expected: str
    found: str
    is_line_right: bool

    @property
    def is_right(self) -> bool:
        """Whether kind and line are right."""
        return self.expected == self.found and self.is_line_right


class Score(NamedTuple):
    """The score of logs.

    Attributes:
        lines: The table, as printed.
        precision: Of a named kind.
        right: Share of the failures of which kind and line are right.
        false_alarms: Logs of programs that did not fail, of which a kind was named.
    """

    lines: list[str]
    precision: float
    right: float
    false_alarms: int


def judged_corpus() -> list[Judged]:
    """Return what the digest makes of each log of the corpus."""
    expected = tomllib.loads((CORPUS / "expected.toml").read_text())
    found = []
    for name, entry in sorted(expected.items()):
        pieces, _problem = read_end(str(CORPUS), name, MOST_BYTES)
        digest = digest_of(Facts(), pieces)
        found.append(Judged(name.partition("/")[0], str(digest.kind), digest.line == entry["line"]))
    return found


def score_of(logs: Iterable[Judged]) -> Score:
    """Return the score of logs."""
    logs = list(logs)
    expected = Counter(log.expected for log in logs)
    named = Counter(log.found for log in logs)
    right = Counter(log.found for log in logs if log.expected == log.found)
    lines_right = Counter(log.expected for log in logs if log.is_line_right)
    lines = [f"{'kind':<10} {'logs':>5} {'found':>5} {'precision':>9} {'recall':>7} {'line right':>10}"]
    for kind in sorted(expected | named):
        lines.append(
            f"{kind:<10} {expected[kind]:>5} {named[kind]:>5} {_percent(right[kind], named[kind]):>9} "
            f"{_percent(right[kind], expected[kind]):>7} {_percent(lines_right[kind], expected[kind]):>10}"
        )
    unknown = str(FailureKind.UNKNOWN)
    failures = [log for log in logs if log.expected != unknown]
    said = [log for log in logs if log.found != unknown]
    precise = sum(log.expected == log.found for log in said)
    whole = sum(log.is_right for log in failures)
    alarms = sum(log.expected == unknown for log in said)
    lines.append(
        f"all {len(logs)} logs: precision of a named kind {_percent(precise, len(said))}, recall "
        f"{_percent(sum(log.expected == log.found for log in failures), len(failures))}, kind and line right "
        f"{_percent(whole, len(failures))}, a reason named for {alarms} of {expected[unknown]} without one"
    )
    return Score(lines, precise / max(len(said), 1), whole / max(len(failures), 1), alarms)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "-"


def main() -> int:
    """Print the score of the corpus; return 1 if it is too low."""
    score = score_of(judged_corpus())
    print("\n".join(score.lines))
    return 0 if score.precision >= LEAST_PRECISION and score.right >= LEAST_RIGHT else 1


if __name__ == "__main__":
    sys.exit(main())
