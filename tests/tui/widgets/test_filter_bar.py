"""The filter line, as its users meet it."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runtui.catalog.query.completion import Vocabulary, vocabulary_of
from runtui.tui.widgets import filter_bar
from tests.run_dirs import write_run
from tests.tui.screen import Session, browsing
from tests.waiting import PATIENCE, until, wait_until

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """Four runs, two failed and two completed, the newest a gas with parameters."""
    for number, (name, status, tags) in enumerate(
        [
            ("gas", "failed", ["prod"]),
            ("fluid", "completed", ["prod", "sweep"]),
            ("epidemic", "failed", ["with space"]),
            ("plate", "completed", []),
        ]
    ):
        run = write_run(
            runs_dir,
            name,
            status=status,
            tags=tags,
            description=f"a {name}",
            created=NOW - timedelta(hours=number),
            error="out of memory" if name == "gas" else None,
        )
        (run / "run_params.json").write_text(json.dumps({"model": {"beta": 0.1 * number}}))
    return runs_dir


def line_of(user: Session) -> str:
    """Return what stands in the filter line, with what would be added to it."""
    return next((line[2:] for line in reversed(user.text.splitlines()) if line.startswith(" /")), "").strip()


async def sees_line(user: Session, text: str) -> None:
    await until(user.pilot, lambda: line_of(user) == text, f"{text!r} in the filter line", lambda: user.text)


async def test_tab_completes_the_filter_and_cycles(runs: Path) -> None:
    async with browsing(runs, size=(80, 24)) as user:
        await user.press("slash", *"sta")
        await sees_line(user, "status:")
        await user.sees("Tab status:")
        await user.press("tab")
        await user.sees("completed 2  failed 2")
        await user.press("f")
        await sees_line(user, "status:failed")
        await user.press("tab")
        await user.sees_rows("a gas", "a epidemic")
        await user.press(*" -tag:")
        await user.sees("prod 2")
        await user.press("tab")
        await user.sees_rows("a epidemic")
        await user.press("tab")
        await user.sees_rows("a gas", "a epidemic")
        await sees_line(user, "status:failed -tag:sweep")
        await user.press("tab")
        await sees_line(user, 'status:failed -tag:"with space"')
        await user.sees_rows("a gas")
        await user.press("shift+tab", "shift+tab")
        await user.sees_rows("a epidemic")


async def test_right_arrow_inserts_the_suggestion(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("slash", *"status:fai")
        await sees_line(user, "status:failed")
        await user.press("right")
        await user.sees_rows("a gas", "a epidemic")


async def test_filter_completes_parameters_of_the_shown_run(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.sees("model.beta")
        await user.press("slash", *"mod")
        await sees_line(user, "model.beta")
        await user.press("tab")
        await user.press(*"=x")
        await sees_line(user, "model.beta=x")


async def test_suggestion_appears_even_if_found_after_the_last_key(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_count = threading.Event()

    def count_late(*arguments: Any) -> Vocabulary:
        may_count.wait(PATIENCE)
        return vocabulary_of(*arguments)

    monkeypatch.setattr(filter_bar, "vocabulary_of", count_late)
    async with browsing(runs) as user:
        await user.press("slash", *"tag:swe")
        await sees_line(user, "tag:swe")
        may_count.set()
        await sees_line(user, "tag:sweep")


async def test_filter_error_is_marked_and_explained_and_rows_stay(runs: Path) -> None:
    async with browsing(runs, size=(80, 24)) as user:
        await user.press("slash", *"gas age<2d")
        await user.sees_rows("a gas")
        await user.press("x")
        await user.sees("at 9: age needs a time such as 2d or 1h30m")
        await user.sees_rows("a gas")
        assert underlined(user) == "2dx"
        await user.press("enter")
        assert "at 9:" in user.text
        await user.press("slash", "end", "backspace")
        await user.sees_no("at 9:")
        await user.sees_rows("a gas")
        assert underlined(user) == ""


async def test_filter_hint_is_hidden_after_enter(runs: Path) -> None:
    async with browsing(runs, size=(80, 24)) as user:
        await user.press("slash", *"gas")
        await user.sees_rows("a gas")
        await user.press("slash")
        await user.press("enter")
        assert "Tab" not in user.text
        await user.press("escape")
        await user.sees_rows("a gas", "a fluid", "a epidemic", "a plate")


async def test_likely_typo_gets_a_suggestion(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("slash", *"status:faild")
        await user.sees("no run has the status faild: did you mean failed?")
        await user.press(*["backspace"] * 12, *"stauts:failed")
        await user.sees("did you mean status?")


async def test_filter_history_is_kept_across_sessions(runs: Path, state_dir: Path) -> None:
    async with browsing(runs) as user:
        for text in ("status:failed", "gas", "age<soon"):
            await user.press("slash", *text, "enter", "escape")
        kept = state_dir / "runtui" / "filters"
        wait_until(
            lambda: kept.exists() and kept.read_text() == "status:failed\ngas\n", "the filters were kept"
        )
    async with browsing(runs) as user:
        await user.press("slash")
        await user.press("f", "l")

        async def shows(text: str, *keys: str) -> None:
            await user.press(*keys)
            await sees_line(user, text)

        # Read in the background, so perhaps not there at the first key.
        while line_of(user) == "fl":
            await user.press("up")
        await sees_line(user, "gas")
        await user.sees_rows("a gas")
        await shows("status:failed", "up")
        await shows("status:failed", "up")
        await shows("gas", "down")
        await user.press("down")
        await user.sees_rows("a fluid")
        await user.press("down", "j")
        await user.has_cursor_on("a fluid")
        await user.press("escape")
        await user.sees_rows("a gas", "a fluid", "a epidemic", "a plate")


async def test_unwritable_state_directory_is_not_reported(runs: Path, state_dir: Path) -> None:
    (state_dir / "runtui").write_text("a file")
    async with browsing(runs) as user:
        await user.press("slash", *"gas", "enter", "slash", "backspace", "up")
        await user.sees_rows("a gas")


async def test_typing_replaces_the_earlier_filter_and_a_moving_key_keeps_it(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("slash", *"gas", "enter", "slash", *"fluid", "enter")
        await user.sees_rows("a fluid")
        await user.press("slash", "end", *" -fluid", "enter")
        await user.sees("No run matches the filter")


async def test_filter_is_hidden_beside_a_log_at_full_height(runs: Path) -> None:
    async with browsing(runs) as user:
        await user.press("slash", *"gas", "enter")
        await user.sees("/gas")
        await user.press("l")
        await user.sees_no("/gas")
        await user.press("escape")
        await user.sees("/gas")


def underlined(user: Session) -> str:
    """Return the text on the screen that is underlined."""
    strips = user.app.screen._compositor.render_strips()
    return "".join(
        segment.text
        for strip in strips
        for segment in strip
        if segment.style is not None and segment.style.underline
    ).strip()
