"""Arguments of commands that give parameters: what is changed, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.command_arguments import ArgumentStyle, changed_command, value_in_command
from runtui.store.errors import StoreError
from runtui.store.parameter_changes import ChangedValue, changed_params


def changed(command: str, old: object, new: object, style: ArgumentStyle = ArgumentStyle.OPTIONS) -> str:
    _params, changes = changed_params({"beta": old}, {"beta": new})
    return " ".join(changed_command(command.split(), changes, style))


@pytest.mark.parametrize(
    ("command", "wanted"),
    [
        ("sim --beta 3 --n 2", "sim --beta 4 --n 2"),
        ("sim --beta=3", "sim --beta=4"),
        ("sim -beta 3", "sim -beta 4"),
        ("sim beta=3.0 out", "sim beta=4 out"),
        ("sim ++beta=3", "sim ++beta=4"),
        ("env OMP_NUM_THREADS=3 sim --beta 3", "env OMP_NUM_THREADS=3 sim --beta 4"),
    ],
    ids=["two-words", "equals", "one-dash", "assignment", "added-in-hydra", "environment"],
)
def test_each_spelling_is_changed(command: str, wanted: str) -> None:
    assert changed(command, 3, 4) == wanted


@pytest.mark.parametrize(
    ("command", "old", "new", "why"),
    [
        ("sim in.json", 3, 4, "the command has no argument for it"),
        ("sim --beta 3 --beta 3", 3, 4, "the command gives it 2 times"),
        ("sim --beta 5", 3, 4, "it is 3, but the command gives it 5"),
        ("sim --beta --n 2", 3, 4, "it is a switch of the command"),
        ("sim --beta 3", 3, [1, 2], "cannot be written as an argument"),
        ("sim --beta 3", 3, None, "cannot be written as an argument"),
        ("sim --beta 3", 3, "--help", "cannot be written as an argument"),
    ],
    ids=["absent", "twice", "differs", "switch", "list", "null", "option"],
)
def test_uncertain_changes_are_refused(command: str, old: object, new: object, why: str) -> None:
    with pytest.raises(StoreError, match=f"beta cannot be changed: .*{why}"):
        changed(command, old, new)


def test_line_for_a_shell_is_not_changed() -> None:
    words = ("sh", "-c", "sim --beta 3 | tee log")
    _params, changes = changed_params({"beta": 3}, {"beta": 4})
    with pytest.raises(StoreError, match="a line for a shell"):
        changed_command(words, changes, ArgumentStyle.OPTIONS)
    with pytest.raises(StoreError, match="a line for a shell"):
        changed_command(words, changes, ArgumentStyle.FILE)
    _params, others = changed_params({"n": 3}, {"n": 4})
    assert changed_command(words, others, ArgumentStyle.FILE) == words


def test_parameters_are_added_where_the_program_takes_them() -> None:
    assert changed("train.py", 3, 4, ArgumentStyle.HYDRA) == "train.py beta=4"
    assert changed("train.py", True, False, ArgumentStyle.HYDRA) == "train.py beta=false"
    assert changed("sac.py main", 3, 4, ArgumentStyle.SACRED) == "sac.py main with beta=4"
    assert changed("sac.py with n=2", 3, 4, ArgumentStyle.SACRED) == "sac.py with n=2 beta=4"
    assert changed("sim", 3, 4, ArgumentStyle.FILE) == "sim"
    new = ChangedValue("a.b", None, "4", None, 4)
    assert changed_command(["train.py"], [new], ArgumentStyle.HYDRA) == ("train.py", "++a.b=4")
    with pytest.raises(StoreError, match="would need quotes"):
        changed("train.py", "a", "b,c", ArgumentStyle.HYDRA)


def test_spelling_of_booleans_stays() -> None:
    assert changed("sim --beta True", True, False) == "sim --beta False"
    assert changed("sim --beta true", True, False) == "sim --beta false"


@given(
    st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12), max_size=8),
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(["two", "equals"]),
)
def test_nothing_but_the_argument_changes(others: list[str], value: float, spelling: str) -> None:
    """Whatever else a command holds, the child's command gives the new value, and all else stays."""
    argument = ["--beta", "3"] if spelling == "two" else ["--beta=3"]
    words = ["sim", *others, *argument]
    _params, changes = changed_params({"beta": 3}, {"beta": value})
    try:
        found = changed_command(words, changes, ArgumentStyle.OPTIONS)
    except StoreError:
        return
    assert list(found[: len(others) + 1]) == words[: len(others) + 1]
    given_value = value_in_command(found, "beta") or ""
    assert (int(given_value) if isinstance(value, int) else float(given_value)) == value
