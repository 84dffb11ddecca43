from __future__ import annotations

from rich.cells import cell_len

from runtui.catalog.catalog import Health, SyncPhase
from runtui.tui.widgets.bars import (
    StatusLine,
    fitting_hints,
    freshness_text,
    health_text,
    hint_content,
    status_content,
)

HINTS = "? help  / filter  l log"
FRESH = Health(SyncPhase.FRESH, watched=3)


def shown(line: StatusLine, width: int = 100) -> str:
    text = status_content(line, width, now=0.0).plain
    assert cell_len(text) == width
    return text


def test_last_hints_are_dropped_if_they_do_not_fit() -> None:
    assert fitting_hints(HINTS, 100) == f" {HINTS}"
    assert fitting_hints(HINTS, cell_len(HINTS) + 2) == " ? help  / filter"
    assert fitting_hints(HINTS, 10) == " ? help"
    assert fitting_hints(HINTS, 6) == " ? …"


def test_live_state_stays_when_hints_and_notices_are_cut() -> None:
    end = f"{health_text(FRESH)} "
    for line in (
        StatusLine(HINTS, FRESH),
        StatusLine(HINTS, FRESH._replace(notice="too many directories to watch " * 9)),
        StatusLine(HINTS, FRESH, task="tag 5,000 runs: 1,200 of 5,000 " * 9),
    ):
        for width in (40, 80):
            assert shown(line, width).endswith(end)


def test_most_urgent_message_is_shown() -> None:
    line = StatusLine(HINTS, FRESH)
    assert HINTS in shown(line)
    line = line._replace(health=FRESH._replace(notice="polling"))
    assert shown(line).startswith(" polling")
    line = line._replace(task="tag 2 runs")
    assert shown(line).startswith(" tag 2 runs")
    line = line._replace(silence=2.9)
    assert shown(line).startswith(" tag 2 runs")
    line = line._replace(silence=3.0, directory="scratch")
    assert "scratch" in shown(line)
    assert "tag 2 runs" not in shown(line)


def test_freshness_text_counts_watched_and_polled_runs() -> None:
    some = FRESH._replace(by_events=True, swept=3034, sweep_interval=233.0)
    assert freshness_text(some) == "3 runs watched by file events; 3,034 others checked every 3m53s"
    assert freshness_text(FRESH._replace(watched=1)) == "1 run watched by polling"
    assert (health_text(some), health_text(FRESH)) == ("● live", "● live (polling)")


def test_keys_of_hints_are_coloured_and_labels_plain() -> None:
    content = hint_content(f" {HINTS}")
    assert content.plain == f" {HINTS}"
    assert [content.plain[span.start : span.end] for span in content.spans if span.style] == ["?", "/", "l"]
