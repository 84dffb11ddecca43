from __future__ import annotations

from runtui.tui.widgets.log_bookmarks import LogBookmarks, LogPlace

PLACE = LogPlace("ant", "logs/run.log", 1)


def test_bookmarks_are_gone_through_in_the_order_of_the_log() -> None:
    bookmarks = LogBookmarks()
    assert bookmarks.next(PLACE, 0) is None
    for offset in (50, 10, 30):
        assert bookmarks.toggle(PLACE, offset)
    assert [bookmarks.next(PLACE, offset) for offset in (-1, 10, 20, 50)] == [10, 30, 30, 10]
    assert not bookmarks.toggle(PLACE, 30)
    assert bookmarks.of(PLACE) == [10, 50]


def test_each_state_of_each_log_has_its_own() -> None:
    bookmarks = LogBookmarks()
    bookmarks.toggle(PLACE, 10)
    others = (PLACE._replace(run="bee"), PLACE._replace(log="x"), PLACE._replace(generation=2))
    assert [bookmarks.of(other) for other in others] == [(), (), ()]
