from __future__ import annotations

from runtui.render.group_details import group_lines
from runtui.store.failure import FailureKind, FailureSummary
from runtui.store.record import RunRecord

NOW = 1_795_262_400.0  # seconds since the epoch


def run(number: int, status: str = "completed", **values: object) -> RunRecord:
    record = RunRecord(f"run-{number}", f"run-{number}", status, created=NOW - 3600, started=NOW - 3600)
    return record._replace(completed=NOW - 3600 + 60 * (number + 1), **values)


def text(*runs: RunRecord) -> list[str]:
    lines = group_lines("host = node17", runs, NOW)
    return ["".join(span.text for span in line).rstrip() for line in lines]


def test_group_counts_statuses_most_frequent_first() -> None:
    lines = text(run(0), run(1, "failed"), run(2))
    assert lines[0] == "host = node17  3 runs"
    assert [line.split() for line in lines[1:3]] == [["2", "✓", "completed"], ["1", "✗", "failed"]]


def test_reasons_tags_and_users_are_counted_but_not_a_single_host() -> None:
    oom = FailureSummary(FailureKind.OOM, "out of memory")
    lines = text(
        run(0, "failed", digest=oom, tags=("prod", "night"), user="alice"),
        run(1, "failed", digest=oom, tags=("prod",), user="bob"),
    )
    assert "reasons  2 oom: out of memory" in lines
    assert "tags     prod 2, night 1" in lines
    assert "users    alice 1, bob 1" in lines
    assert not any(line.startswith("hosts") for line in lines)


def test_long_value_list_ends_with_a_count_of_the_rest() -> None:
    lines = text(*(run(number, host=f"node{number}") for number in range(9)))
    (hosts,) = [line for line in lines if line.startswith("hosts")]
    assert hosts.endswith(", and 3 more")
    assert hosts.count("node") == 6


def test_durations_show_range_and_median_of_ended_runs() -> None:
    live = run(0, "running")._replace(completed=None)
    lines = text(run(0), run(1), run(9), live)
    (took,) = [line for line in lines if line.startswith("took")]
    assert took.split(maxsplit=1)[1] == "1m00s to 10m00s, median 2m00s"
    assert not any(line.startswith("took") for line in text(live))
    assert "median" not in "\n".join(text(run(3), run(3)))


def test_the_latest_failures_are_listed_newest_first() -> None:
    failed = [run(number, "failed", description=f"failure {number}") for number in range(12)]
    lines = text(*failed)
    begin = lines.index("failed  newest first") + 1
    assert [line.split()[-1] for line in lines[begin : begin + 10]] == [str(n) for n in range(11, 1, -1)]
    assert lines[-1] == "and 2 more"
    assert "failed  newest first" not in text(run(0))


def test_huge_group_counts_only_its_first_runs_and_says_so() -> None:
    lines = text(*[run(0)] * 5_001)
    assert lines[0] == "host = node17  5,001 runs, 5,000 of them counted here"
    assert lines[1].split()[0] == "5,000"
