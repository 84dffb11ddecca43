"""The titles in the frame of a log."""

from __future__ import annotations

import pytest

from runtui.tui.widgets.log_title import LogState, ShownLog, lower_title, upper_title

NOW = 1_800_000_000.0
FOLLOWING = LogState("F")
LOG = ShownLog(
    "78f02221-5a3c-4d6e-9f10-000000000000",
    "logs/a.log",
    ("logs/b.log", "logs/a.log"),
    size=2048,
    modified=NOW - 60,
)


def test_title_without_a_log_is_plain() -> None:
    assert upper_title(None, FOLLOWING, NOW) == "log"


def test_upper_title_names_run_log_place_size_and_age() -> None:
    parts = upper_title(LOG, FOLLOWING, NOW).split(" · ")
    assert parts[:3] == ["log: 78f02221 logs/a.log", "2 of 2", "2.0 KiB"]
    assert parts[3].startswith("written ")
    assert len(parts) == 4


def test_single_log_is_not_numbered() -> None:
    assert " of " not in upper_title(LOG._replace(names=("logs/a.log",)), FOLLOWING, NOW)


def test_non_log_file_is_numbered_as_the_last_log() -> None:
    assert "2 of 2" in upper_title(LOG._replace(name="results/table.csv"), FOLLOWING, NOW)


def test_merged_logs_are_counted_and_not_named() -> None:
    title = upper_title(LOG._replace(name="\0", merged=2), FOLLOWING, NOW)
    assert title.startswith("log: 78f02221 2 logs by time · 2.0 KiB")


def test_it_is_said_that_not_all_logs_are_merged() -> None:
    names = tuple(f"logs/{rank}" for rank in range(1300))
    title = upper_title(LOG._replace(name="\0", names=names, merged=256), FOLLOWING, NOW)
    assert title.startswith("log: 78f02221 256 of 1,300 logs by time · ")


def test_log_that_never_existed_has_neither_size_nor_age() -> None:
    assert upper_title(LOG._replace(modified=0.0), FOLLOWING, NOW).endswith("2 of 2")


@pytest.mark.parametrize(("bottom", "percentage"), [(0, "0 %"), (512, "25 %"), (4096, "100 %")])
def test_position_is_shown_when_not_following(bottom: int, percentage: str) -> None:
    assert f" · {percentage} · " in upper_title(LOG, LogState("F", bottom=bottom), NOW)


def test_position_is_omitted_while_following_or_for_an_empty_log() -> None:
    assert "%" not in upper_title(LOG, FOLLOWING, NOW)
    assert "%" not in upper_title(LOG._replace(size=0), LogState("F", bottom=0), NOW)


def test_filter_is_shown_and_truncated() -> None:
    title = upper_title(LOG._replace(filter="e" * 50), FOLLOWING, NOW)
    shown = title.rsplit(" · ", 1)[1]
    assert shown.startswith("only eee")
    assert len(shown) <= len("only ") + 20


def test_titles_contain_no_control_characters() -> None:
    log = LOG._replace(run="r\x1b[2J", name="a\x1b]0;x\x07.log", filter="\x9b1m")
    assert upper_title(log, FOLLOWING, NOW).isprintable()


def test_lower_title_says_that_a_log_with_lines_is_followed() -> None:
    assert lower_title(FOLLOWING) == "following"
    assert lower_title(FOLLOWING._replace(has_lines=False)) == ""


def test_lower_title_parts_have_a_fixed_order() -> None:
    state = LogState("F", "copied 3 lines", "match 1 of 2", 0.5, "the log was truncated", 10, new_lines=1200)
    assert lower_title(state) == (
        "copied 3 lines, match 1 of 2, filtering 50 %, the log was truncated, "
        "1,200 new lines, paused, F to follow"
    )


@pytest.mark.parametrize(
    ("count", "text"), [(0, "paused, F to follow"), (None, "many new lines, paused, F to follow")]
)
def test_number_of_new_lines_is_shown_if_known(count: int | None, text: str) -> None:
    assert lower_title(LogState("F", bottom=10, new_lines=count)) == text


def test_lower_title_is_empty_for_an_empty_log() -> None:
    assert lower_title(LogState("F", bottom=0, has_lines=False, new_lines=3)) == ""


def test_title_shows_the_remapped_follow_key() -> None:
    assert lower_title(LogState("f8", bottom=10)) == "paused, f8 to follow"
