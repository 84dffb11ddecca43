from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input

from runtui.tui.widgets.line_prompt import LinePrompt
from tests.tui.screen import screen_text


class Asking(App[None]):
    """A screen that asks something and notes the answers."""

    CSS = "#line-prompt-question { width: auto; } #line-prompt-line { width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.prompt = LinePrompt(lambda: self.said.append("left"))

    def compose(self) -> ComposeResult:
        yield self.prompt


async def test_prompt_is_hidden_until_it_asks() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        assert not app.prompt.display
        app.prompt.ask("save to:", "loss.csv", app.said.append)
        await pilot.pause()
        assert app.prompt.display
        assert "save to:" in screen_text(app)
        assert "loss.csv" in screen_text(app)


async def test_typed_text_is_appended_to_the_initial_text_and_stripped() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.prompt.ask("save to:", "loss", app.said.append)
        await pilot.press(*".csv", "space", "enter")
        assert app.said == ["left", "loss.csv"]
        assert not app.prompt.display


async def test_empty_input_and_escape_return_nothing() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.prompt.ask("save to:", "", app.said.append)
        await pilot.press("space", "enter")
        assert app.said == ["left"]
        app.prompt.ask("save to:", "loss.csv", app.said.append)
        await pilot.press("escape")
        assert app.said == ["left", "left"]
        assert not app.prompt.display


async def test_prompt_can_ask_a_second_question() -> None:
    app = Asking()

    def again(text: str) -> None:
        app.said.append(text)
        app.prompt.ask("replace it?", "", app.said.append)

    async with app.run_test() as pilot:
        app.prompt.ask("save to:", "a", again)
        await pilot.press("enter")
        assert app.prompt.display
        await pilot.press("y", "enter")
        assert app.said == ["left", "a", "left", "y"]


async def test_question_is_shown_literally() -> None:
    app = Asking()
    async with app.run_test() as pilot:
        app.prompt.ask("replace [b]x[/b]?", "", app.said.append)
        await pilot.pause()
        assert "replace [b]x[/b]?" in screen_text(app)


async def test_prompt_has_the_focus_at_once() -> None:
    app = Asking()
    async with app.run_test():
        app.prompt.ask("search", "", app.said.append)
        assert isinstance(app.focused, Input)
