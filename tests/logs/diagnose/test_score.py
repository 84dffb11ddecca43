"""Precision and recall, as CI prints them."""

from __future__ import annotations

from tests.logs.diagnose.score import LEAST_PRECISION, LEAST_RIGHT, Judged, judged_corpus, score_of


def test_precision_and_recall_are_counted_by_kind() -> None:
    score = score_of(
        [
            Judged("oom", "oom", True),
            Judged("oom", "killed", False),
            Judged("killed", "killed", True),
            Judged("unknown", "killed", False),
            Judged("unknown", "unknown", True),
        ]
    )
    assert [" ".join(line.split()) for line in score.lines[1:4]] == [
        "killed 1 3 33 % 100 % 100 %",
        "oom 2 1 100 % 50 % 50 %",
        "unknown 2 1 100 % 50 % 50 %",
    ]
    assert (score.precision, score.right, score.false_alarms) == (0.5, 2 / 3, 1)


def test_corpus_is_read_as_well_as_promised() -> None:
    score = score_of(judged_corpus())
    assert score.precision >= LEAST_PRECISION
    assert score.right >= LEAST_RIGHT
