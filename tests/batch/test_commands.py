"""How long schedulers have to answer."""

from __future__ import annotations

import pytest

from runtui.batch.base import BatchError, BatchUnreachableError
from runtui.batch.commands import answers_within, ask


def test_an_answer_has_a_code_a_text_and_a_complaint_in_one_line() -> None:
    answer = ask(["sh", "-c", "cat; echo one >&2; echo two >&2; exit 3"], text="said")
    assert (answer.code, answer.text, answer.complaint) == (3, "said", "one two")
    assert ask(["true"]).complaint == "exit code 0"


def test_variables_are_added_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "1")
    words = ["sh", "-c", 'echo "${FIRST-gone} ${SECOND-gone}"']
    assert ask(words, without=["FIRST"], variables={"SECOND": "2"}).text == "gone 2\n"


def test_all_commands_of_a_block_have_the_same_time_together() -> None:
    with answers_within(0.5):
        for _command in range(2):
            with pytest.raises(BatchUnreachableError, match="sleep did not answer in time"):
                ask(["sleep", "600"])
    assert ask(["true"]).code == 0


def test_a_command_that_is_not_installed_is_named() -> None:
    with pytest.raises(BatchError, match="cannot run no-such-command"):
        ask(["no-such-command"])
