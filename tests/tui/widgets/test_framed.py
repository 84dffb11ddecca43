"""Titles in a frame: what is drawn for them, and what is not."""

from __future__ import annotations

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from runtui.tui.widgets.framed import Framed


class _Box(Framed):
    DEFAULT_CSS = "_Box { border: round red; height: 8; }"

    def __init__(self) -> None:
        super().__init__()
        self.inside = self.painted = 0

    def render_lines(self, crop) -> list[Strip]:
        self.painted += 1
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        self.inside += 1
        return Strip([Segment(f"line {y}")])


class _Screen(App[None]):
    def compose(self) -> ComposeResult:
        yield _Box()


def _rows(pilot: Pilot[None]) -> list[str]:
    strips = pilot.app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


async def test_new_title_redraws_only_the_border() -> None:
    async with _Screen().run_test(size=(30, 10)) as pilot:
        box = pilot.app.query_one(_Box)
        box.show_titles("first", "below")
        await pilot.pause()
        assert "first" in _rows(pilot)[0]
        assert "below" in _rows(pilot)[7]
        inside, painted = box.inside, box.painted
        box.show_titles("second")
        await pilot.pause()
        assert box.painted > painted
        rows = _rows(pilot)
        assert "second" in rows[0]
        assert "below" not in rows[7]
        assert "line 0" in rows[1]
        assert box.inside == inside


async def test_same_title_redraws_nothing() -> None:
    async with _Screen().run_test(size=(30, 10)) as pilot:
        box = pilot.app.query_one(_Box)
        box.show_titles("first", "below")
        await pilot.pause()
        painted = box.painted
        box.show_titles("first", "below")
        await pilot.pause()
        assert box.painted == painted
