from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from runtui.text.sanitize import safe_text
from runtui.tui.actions import ACTIONS
from runtui.tui.keymap import keymap_of
from tests.run_dirs import write_log, write_run
from tests.tui.screen import browsing


def test_keys_can_be_written_as_characters_or_names() -> None:
    keys, problems = keymap_of({"filter": "/, Q, ctrl+f5", "views": "ctrl+y", "next_failed": "ctrl+],f3"})
    assert problems == []
    assert keys == {
        "filter": ("slash", "Q", "ctrl+f5"),
        "views": ("ctrl+y",),
        "next_failed": ("ctrl+right_square_bracket", "f3"),
    }


def test_two_actions_can_swap_keys() -> None:
    assert keymap_of({"sort_next": "O", "sort_reverse": "o"}) == (
        {"sort_next": ("O",), "sort_reverse": ("o",)},
        [],
    )


def test_invalid_keys_are_ignored_and_reported() -> None:
    keys, problems = keymap_of(
        {
            "next_faild": "x",
            "refresh": "foo",
            "follow": " ,",
            "help": "q",
            "choose": "c",
            "scroll_down": "q",
            "views": "ctrl+y",
        }
    )
    assert keys == {"views": ("ctrl+y",)}
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
def test_no_key_has_two_actions_in_one_place(written: dict[str, str]) -> None:
    keys, problems = keymap_of(written)
    assert keys.keys() <= written.keys()
    assert all(safe_text(problem) == problem for problem in problems)
    assert len(keys) + len(problems) == len(written)
    assert keymap_of({name: ",".join(of_action) for name, of_action in keys.items()}) == (keys, [])


async def test_help_begins_with_ten_keys_is_searched_and_opens_where_one_is(runs_dir: Path) -> None:
    write_log(write_run(runs_dir, "gas"), "a line\n")
    async with browsing(runs_dir, (80, 24)) as user:
        await user.press("question_mark")
        await user.sees("The ten keys you need")
        assert all(len(line) <= 80 for line in user.text.splitlines())
        await user.press("slash", *"pin to the top", "enter")
        await user.sees("pin to the top, or unpin")
        await user.press("slash", *"nothing of the kind", "enter")
        await user.sees("no key for nothing of the kind")
        await user.press("slash", *"quit", "enter", "n")
        await user.press("q")
        await user.sees_no("search  ")
        await user.press("l", "question_mark")
        await user.sees("follow the log")
