"""Rules of a user: what they find, and that they win over what the digest knows by itself."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.digest import Facts, digest_of
from runtui.logs.diagnose.own_rules import KINDS, OwnRule, own_rule
from runtui.logs.diagnose.pieces import Piece
from runtui.store.failure import FailureKind, FailureSummary

LOG = b"""2026-03-01 10:00:00 INFO step 1
2026-03-01 10:00:01 WARN mesh 3 tangled
2026-03-01 10:00:02 INFO step 2
2026-03-01 10:00:03 WARN mesh 7 tangled
Segmentation fault (core dumped)
"""


def digest(*rules: OwnRule, log: bytes = LOG, facts: Facts | None = None) -> FailureSummary:
    return digest_of(facts or Facts(), [Piece("a.log", 0, log, len(log), 1e9)], rules)


def test_last_line_that_a_rule_finds_wins_over_built_in_rules() -> None:
    assert digest().kind is FailureKind.SEGFAULT
    found = digest(own_rule("numerics", r"^WARN mesh \d+ tangled"))
    assert found == FailureSummary(
        FailureKind.NUMERICS, "WARN mesh 7 tangled", "a.log", LOG.index(b"2026-03-01 10:00:03")
    )


def test_first_rule_that_finds_a_line_counts() -> None:
    rules = (own_rule("disk", "no such words"), own_rule("oom", "STEP 2"), own_rule("mpi", "tangled"))
    assert digest(*rules).kind is FailureKind.OOM


def test_rule_classifies_the_reason_that_the_run_recorded() -> None:
    found = digest(own_rule("licence", "exit code 77"), facts=Facts("exit code 77"))
    assert found == FailureSummary(FailureKind.LICENCE, "exit code 77")


def test_reason_that_a_user_typed_counts_before_rules() -> None:
    found = digest(own_rule("numerics", "tangled"), facts=Facts("disk full", is_typed=True))
    assert (found.kind, found.line) == (FailureKind.DISK, "disk full")


def test_log_without_such_a_line_is_read_by_the_built_in_rules() -> None:
    assert digest(own_rule("numerics", "diverged|nan at")) == digest()


@pytest.mark.parametrize("kind", KINDS)
def test_rule_can_have_any_kind_that_a_log_can_tell(kind: str) -> None:
    assert digest(own_rule(kind, "tangled")).kind == kind


@pytest.mark.parametrize(
    ("kind", "pattern", "problem"),
    [
        ("lost", "x", "unknown kind"),
        ("crashed", "x", "use one of oom, timeout"),
        ("oom", "(x", "not a regular expression"),
        ("oom", "(a+)+$", "could take for ever"),
        ("oom", "(.*,){20}x", "could take"),
        ("oom", "", "nothing to look for"),
    ],
)
def test_rule_that_cannot_be_used_is_refused_in_one_line(kind: str, pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as refused:
        own_rule(kind, pattern)
    assert "\n" not in str(refused.value)
