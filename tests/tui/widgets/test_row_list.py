from __future__ import annotations

from textual.app import App, ComposeResult
from textual.pilot import Pilot

from runtui.render.styled import StyledText
from runtui.tui.widgets.row_list import RowList

HEIGHT = 10  # rows


class Rows(App[None]):
    """A list of rows that fills the screen."""

    CSS = "RowList { overflow-x: hidden; }"

    def __init__(self) -> None:
        super().__init__()
        self.list = RowList("nothing here")

    def compose(self) -> ComposeResult:
        yield self.list

    def on_mount(self) -> None:
        self.list.focus()


def lines(app: Rows) -> list[str]:
    return [app.list.render_line(y).text.rstrip() for y in range(app.list.size.height)]


async def filled(pilot: Pilot[None], count: int) -> None:
    pilot.app.list.show([(StyledText(f"row {number}"),) for number in range(count)])
    await pilot.pause()


async def test_empty_list_shows_its_message_and_ignores_keys() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        await pilot.press("j", "G", "k", "pagedown")
        assert app.list.cursor == 0
        assert lines(app)[0] == "nothing here"
        app.list.show((), "all is done")
        assert lines(app)[0] == "all is done"


async def test_cursor_stays_visible_and_stops_at_the_ends() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        await filled(pilot, 100)
        assert lines(app)[0] == "› row 0"
        for keys, row in (
            (["k"], 0),
            (["j", "j"], 2),
            (["pagedown"], 2 + HEIGHT),
            (["G"], 99),
            (["j"], 99),
            (["pageup"], 99 - HEIGHT),
            (["g"], 0),
        ):
            await pilot.press(*keys)
            await pilot.pause()
            assert app.list.cursor == row, keys
            assert f"› row {row}" in lines(app), keys


async def test_cursor_stays_at_its_place_if_possible() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        await filled(pilot, 50)
        app.list.move_to(30)
        await filled(pilot, 40)
        assert app.list.cursor == 30
        await filled(pilot, 5)
        assert app.list.cursor == 4
        assert lines(app)[4] == "› row 4"
        await filled(pilot, 0)
        assert app.list.cursor == 0
        assert lines(app)[0] == "nothing here"


async def test_click_moves_the_cursor_to_the_clicked_row() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        await filled(pilot, 100)
        app.list.move_to(50)
        await pilot.pause()
        first = int(lines(app)[0].split()[-1])
        await pilot.click(app.list, offset=(3, 2))
        assert app.list.cursor == first + 2


async def test_only_rows_on_screen_are_read() -> None:
    asked: set[int] = set()

    class Counted(list):
        def __getitem__(self, place):
            asked.add(place)
            return super().__getitem__(place)

    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        app.list.show(Counted([(StyledText(str(number)),) for number in range(100_000)]))
        await pilot.pause()
        await pilot.press("G")
        await pilot.pause()
    assert 0 < len(asked) <= 3 * HEIGHT


async def test_cursor_skips_rows_on_which_it_may_not_stop() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        app.list.show([(StyledText(f"row {number}"),) for number in range(30)], "", [2, 5, 28])
        await pilot.pause()
        for keys, row in ((["g"], 2), (["k"], 2), (["j"], 5), (["k"], 2), (["G"], 28), (["j"], 28)):
            await pilot.press(*keys)
            assert app.list.cursor == row
        assert lines(app)[-1] == "  row 29"
        await pilot.press("g")
        assert lines(app)[0] == "  row 0"


async def test_list_without_stops_shows_no_cursor() -> None:
    app = Rows()
    async with app.run_test(size=(40, HEIGHT)) as pilot:
        app.list.show([(StyledText("a note"),)], "", ())
        await pilot.pause()
        assert not app.list.has_cursor
        assert lines(app)[0] == "  a note"


async def test_row_that_is_cut_ends_in_an_ellipsis() -> None:
    app = Rows()
    async with app.run_test(size=(12, HEIGHT)) as pilot:
        app.list.show([(StyledText("ten cells."),), (StyledText("eleven"), StyledText(" cells"))])
        await pilot.pause()
        assert lines(app)[:2] == ["› ten cells.", "  eleven ce…"]
