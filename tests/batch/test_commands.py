"""How long schedulers have to answer."""

from __future__ import annotations

import threading

import pytest

from runtui.batch.base import BatchError, BatchUnreachableError
from runtui.batch.commands import answers_within, ask, in_threads


def test_answer_has_exit_code_output_and_one_line_error() -> None:
    answer = ask(["sh", "-c", "cat; echo one >&2; echo two >&2; exit 3"], text="said")
    assert (answer.code, answer.text, answer.complaint) == (3, "said", "one two")
    assert ask(["true"]).complaint == "exit code 0"


def test_environment_variables_are_added_and_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIRST", "1")
    words = ["sh", "-c", 'echo "${FIRST-gone} ${SECOND-gone}"']
    assert ask(words, without=["FIRST"], variables={"SECOND": "2"}).text == "gone 2\n"


def test_commands_in_a_block_share_one_timeout() -> None:
    with answers_within(0.5):
        for _command in range(2):
            with pytest.raises(BatchUnreachableError, match="sleep did not answer in time"):
                ask(["sleep", "600"])
    assert ask(["true"]).code == 0


def test_a_command_that_cannot_even_be_killed_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    never = threading.Event()

    def hangs(*_arguments: object, **_more: object) -> None:
        never.wait()  # as where its file system does not answer

    monkeypatch.setattr("subprocess.run", hangs)
    with answers_within(0.1), pytest.raises(BatchUnreachableError, match="squeue did not answer in time"):
        ask(["squeue"])
    never.set()


def test_calls_at_the_same_time_have_the_time_of_the_block_each() -> None:
    outcomes: list[str] = []

    def hang() -> None:
        with pytest.raises(BatchUnreachableError):
            ask(["sleep", "600"])
        outcomes.append("silent")

    with answers_within(2.0):
        in_threads([hang, hang, lambda: outcomes.append(ask(["echo", "here"]).text.strip())])
    assert sorted(outcomes) == ["here", "silent", "silent"]
    with pytest.raises(BatchError, match="cannot run no-such-command"):
        in_threads([lambda: ask(["no-such-command"]), lambda: outcomes.append("last")])
    assert outcomes[-1] == "last"


def test_missing_command_is_named_in_the_error() -> None:
    with pytest.raises(BatchError, match="cannot run no-such-command"):
        ask(["no-such-command"])


def test_of_a_long_complaint_what_was_fatal_is_kept_or_the_end() -> None:
    lines = [
        "squeue: error: resolve_ctls_from_dns_srv: res_nsearch error: Unknown host",
        "squeue: error: fetch_config: DNS SRV lookup failed",
        "squeue: error: _establish_config_source: failed to fetch config",
        "squeue: fatal: Could not establish a configuration source",
    ]

    def complaint(said: list[str]) -> str:
        return ask(["sh", "-c", "cat >&2; exit 1"], text="\n".join(said)).complaint

    assert complaint(lines) == lines[3]
    assert complaint(lines[:3]) == " ".join(lines[1:3])
    assert complaint(lines[1:2] * 2) == " ".join(lines[1:2] * 2)
