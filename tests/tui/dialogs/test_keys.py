from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from runtui.catalog import fields
from runtui.tui.dialogs.keys import key_choices
from tests.run_dirs import write_run
from tests.tui.screen import browsing

COLUMNS = fields.columns()


def test_columns_come_before_other_keys_without_duplicates() -> None:
    keys = [choice.value for choice in key_choices(COLUMNS, ["beta", "status"], "")]
    assert keys == [*COLUMNS, "beta"]


def test_typed_text_is_offered_as_a_key_unless_it_exists() -> None:
    typed = key_choices(COLUMNS, ["beta"], "gamma")[-1]
    assert (typed.value, typed.note) == ("gamma", 'use "gamma" as typed (no run has it)')
    for known in ("", "beta", "status"):
        assert key_choices(COLUMNS, ["beta"], known)[-1].value == "beta"


def test_key_is_sanitised_on_screen_and_used_unchanged() -> None:
    (own,) = key_choices({}, ["\x1b[2J"], "")
    assert own.value == "\x1b[2J"
    assert "\x1b" not in own.label


def test_column_title_is_a_note_if_it_differs_from_the_key() -> None:
    for choice in key_choices(COLUMNS, [], ""):
        title = COLUMNS[choice.value].title
        assert choice.note == ("" if title == choice.value else title)


async def test_runs_are_sorted_by_the_chosen_key(runs_dir: Path) -> None:
    now = datetime.now(UTC)
    for number, (name, beta) in enumerate((("one", 0.3), ("two", 0.1), ("three", 0.2))):
        write_run(runs_dir, name, description=f"a {name}", beta=beta, created=now - timedelta(hours=number))
    async with browsing(runs_dir) as user:
        await user.sees_rows("a one", "a two", "a three")
        await user.press("S", *"beta")
        await user.sees("beta")
        await user.press("enter")
        await user.sees_rows("a two", "a three", "a one")


async def test_second_key_is_added_by_pressing_the_key_again(runs_dir: Path) -> None:
    for name, status, beta in (("ant", "failed", 1), ("bee", "failed", 2), ("cow", "completed", 3)):
        write_run(runs_dir, name, status=status, beta=beta)
    async with browsing(runs_dir, (80, 24), notices=True) as user:
        await user.press("S", *"status", "enter")
        await user.sees("   ▲  id")
        await user.press("S", "S")
        await user.sees("Sort by status, then by")
        await user.press(*"beta", "enter")
        await user.sees("sorted by status, then beta")
        await user.sees("  by beta ▲2")
        await user.sees_rows("ant", "bee", "cow")
        await user.press("S", "S", *"beta", "enter")
        await user.sees("  by beta ▼2")
        await user.sees_rows("bee", "ant", "cow")
        await user.press("S", *"id", "enter")
        await user.sees("id ▲")
        await user.sees_no("by beta")
