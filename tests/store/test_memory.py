"""The memory that a user may have, and what is said when there is too little."""

from __future__ import annotations

import pytest

from runtui.store.memory import Allowance, want_of_memory
from tests.store.children import output_of

LIMITED = """
    import resource, sys
    kinds = {"v": resource.RLIMIT_AS, "d": resource.RLIMIT_DATA}
    for kind, size in zip(sys.argv[1::2], sys.argv[2::2]):
        resource.setrlimit(kinds[kind], (int(size), resource.RLIM_INFINITY))
    import threading
    from runtui.store.memory import memory_allowance, memory_variables, spare_memory, want_of_memory
    spare_memory()
    print(memory_allowance(), memory_variables(), threading.stack_size(), sep="|", end="|")
    print(want_of_memory(MemoryError()))
"""


def said(*limits: object) -> list[str]:
    return output_of(LIMITED, *limits).split("|")


def test_unlimited_memory_changes_no_settings() -> None:
    allowance, variables, stack, text = said()
    assert (allowance, variables, stack) == ("None", "{}", "0")
    assert "out of memory" in text


def test_lower_of_two_memory_limits_applies_and_is_named() -> None:
    allowance, variables, stack, text = said("v", 8_000_000_000, "d", 4_000_000_000)
    assert allowance == "`ulimit -d` allows 4000 MB"
    assert variables == "{'MALLOC_ARENA_MAX': '1'}"
    assert int(stack) == 8 << 20
    assert text == "out of memory: `ulimit -d` allows 4000 MB; raise that, and try again"


@pytest.mark.parametrize(
    ("error", "is_about_memory"),
    [
        (MemoryError(), True),
        (RuntimeError("can't start new thread"), True),
        (RuntimeError("something else"), False),
        (OSError(12, "Cannot allocate"), False),
    ],
)
def test_only_memory_errors_are_explained_as_out_of_memory(
    error: BaseException, is_about_memory: bool
) -> None:
    assert bool(want_of_memory(error)) is is_about_memory


def test_memory_allowances_are_ordered_by_size() -> None:
    assert min(Allowance(2, "a"), Allowance(1, "b")).told_by == "b"
