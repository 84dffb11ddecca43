from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.text.sanitize import safe_text
from runtui.tui.actions import ACTIONS
from runtui.tui.key_sets import KEY_SETS
from runtui.tui.keymap import keymap_of, keys_of
from tests.run_dirs import write_run
from tests.tui.screen import browsing


def test_keys_may_be_written_as_they_are_typed_or_by_name() -> None:
    keys, problems = keymap_of({"filter": "/, Q, ctrl+f5", "views": "Z", "next_failed": "ctrl+],f3"})
    assert problems == []
    assert keys == {
        "filter": ("slash", "Q", "ctrl+f5"),
        "views": ("Z",),
        "next_failed": ("ctrl+right_square_bracket", "f3"),
    }


def test_two_actions_may_swap_their_keys() -> None:
    assert keymap_of({"sort_next": "O", "sort_reverse": "o"}) == (
        {"sort_next": ("O",), "sort_reverse": ("o",)},
        [],
    )


def test_what_cannot_be_is_left_out_and_said() -> None:
    keys, problems = keymap_of(
        {
            "next_faild": "x",
            "refresh": "foo",
            "follow": " ,",
            "help": "q",
            "choose": "c",
            "scroll_down": "q",
            "views": "Z",
        }
    )
    assert keys == {"views": ("Z",)}
    assert problems == [
        "keys.next_faild is no action: did you mean next_failed?",
        "keys.refresh has foo, which is no key; write f5 or ctrl+x",
        "keys.follow has no key",
        "keys.choose needs a key such as ctrl+x: letters are typed there",
        "keys.help has q, which does quit already; give that one another key",
        "keys.scroll_down has q, which does quit already; give that one another key",
    ]


@given(
    st.dictionaries(
        st.sampled_from([action.name for action in ACTIONS]) | st.text(max_size=5),
        st.text("abqjk,+ctrlf5\x1b ü", max_size=8),
        max_size=6,
    )
)
def test_whatever_is_written_no_key_does_two_things_in_one_place(written: dict[str, str]) -> None:
    keys, problems = keymap_of(written)
    assert keys.keys() <= written.keys()
    assert all(safe_text(problem) == problem for problem in problems)
    assert len(keys) + len(problems) == len(written)
    assert keymap_of({name: ",".join(of_action) for name, of_action in keys.items()}) == (keys, [])


@pytest.mark.parametrize("key_set", KEY_SETS)
def test_the_sets_of_keys_can_be_had_as_they_are(key_set: str) -> None:
    keys, problems = keys_of(key_set, {})
    assert problems == []
    assert keys.keys() == KEY_SETS[key_set].keys()


def test_own_keys_come_before_those_of_a_set() -> None:
    keys, problems = keys_of("emacs", {"files": "ctrl+n", "undo": "ctrl+u"})
    assert problems == []
    assert (keys["files"], keys["cursor_down"], keys["undo"]) == (("ctrl+n",), ("down",), ("ctrl+u",))
    assert keys_of("ed", {"files": "Z"}) == ({"files": ("Z",)}, ["key_set ed is none of vim, emacs"])


async def test_the_keys_of_a_set_work_and_the_help_shows_them(runs_dir: Path, tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('key_set = "emacs"\ntheme = "high-contrast"\nlow_bandwidth = true\n')
    for day, name in enumerate(("three", "two", "one"), 1):
        write_run(runs_dir, name, created=f"2026-11-{day:02}T02:00:00Z")
    async with browsing(runs_dir, config=config) as user:
        await user.press("ctrl+n", "ctrl+n")
        await user.has_cursor_on("three")
        await user.press("ctrl+p")
        await user.has_cursor_on("two")
        await user.press("question_mark")
        await user.sees("Ctrl+n ↓")
