"""The line of a log at hand, and the selected lines."""

from __future__ import annotations

import pytest

from runtui.logs.read.lines import Line
from runtui.logs.viewport import Kept, Viewport
from runtui.tui.widgets.log_selection import LogSelection


@pytest.fixture
def viewport() -> Viewport:
    """Lines 0 to 99, of which 10 to 14 are on screen."""
    viewport = Viewport(lambda _kept: 1)
    viewport.height = 5
    viewport.append([Kept(Line(10 * number, 10 * number + 10, b"%d" % number)) for number in range(100)])
    viewport.show(10)
    return viewport


@pytest.fixture
def selection(viewport: Viewport) -> LogSelection:
    return LogSelection(viewport, viewport.rows)


def numbers(selection: LogSelection) -> list[int]:
    return [int(kept.line.raw) for kept in selection.lines()]


def test_first_line_on_screen_is_used_without_a_current_line(selection: LogSelection) -> None:
    assert numbers(selection) == [10]
    assert selection.place is None
    assert not selection.is_here_shown


def test_current_line_is_used_while_on_screen(selection: LogSelection, viewport: Viewport) -> None:
    selection.set_here(12)
    assert numbers(selection) == [12]
    assert selection.is_here(viewport.kept[12])
    assert selection.offset(0) == 120
    assert selection.offset(1) is None
    viewport.show(50)
    assert numbers(selection) == [50]


@pytest.mark.parametrize(("at_the_end", "first"), [(False, 10), (True, 14)])
def test_a_selection_begins_at_the_edge_of_the_screen(
    selection: LogSelection, at_the_end: bool, first: int
) -> None:
    assert selection.begin(at_the_end=at_the_end)
    assert numbers(selection) == [first]


def test_selection_begins_at_the_current_line(selection: LogSelection) -> None:
    selection.set_here(12)
    selection.begin(at_the_end=True)
    assert numbers(selection) == [12]


def test_a_selection_grows_and_shrinks_in_both_directions(selection: LogSelection) -> None:
    selection.begin(at_the_end=False)
    assert selection.move(3) == 13
    assert numbers(selection) == [10, 11, 12, 13]
    assert selection.move(-5) == 8
    assert numbers(selection) == [8, 9, 10]
    assert selection.move(-500) == 0
    assert selection.move(500) == 99


def test_selection_is_unchanged_when_earlier_lines_are_read(
    selection: LogSelection, viewport: Viewport
) -> None:
    selection.begin(at_the_end=False)
    selection.move(1)
    viewport.prepend([Kept(Line(-10, 0, b"-1"))])
    assert numbers(selection) == [10, 11]


def test_selected_lines_exclude_notices(selection: LogSelection, viewport: Viewport) -> None:
    viewport.kept[11] = viewport.kept[11]._replace(notice="the log was truncated")
    selection.begin(at_the_end=False)
    selection.move(2)
    assert numbers(selection) == [10, 12]


def test_selection_ends_when_its_first_line_is_dropped(selection: LogSelection, viewport: Viewport) -> None:
    selection.begin(at_the_end=False)
    selection.end_if_gone()
    assert selection.is_active
    del viewport.kept[:20]
    selection.end_if_gone()
    assert not selection.is_active


def test_selecting_without_lines_does_nothing(selection: LogSelection, viewport: Viewport) -> None:
    viewport.kept.clear()
    viewport.show_end()
    assert not selection.begin(at_the_end=True)
    assert selection.move(1) is None
    assert numbers(selection) == []
