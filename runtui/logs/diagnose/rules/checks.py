"""Assertions, sanitizers, and the checks of the C library."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, PYTHON_NAME, Rule, Says, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.ASSERT,
        CAUSE,
        "assertion |mfem verification failed|assert fail|failed assertion",
        r"^\S+/c\+\+/v1/\S+:\d+: assertion .* failed\b|^MFEM Verification failed: "
        r"|\bassert(?:ion)? fail(?:ure|ed)?\b(?! (?:count|rate))"
        r"|\bfailed assertion\b(?! (?:count|rate))",
    ),
    rule(FailureKind.SEGFAULT, CAUSE, "has overflowed its stack|fatal error: stack overflow"),
    rule(
        FailureKind.ASSERT,
        CAUSE,
        "assert",
        PYTHON_NAME + r"AssertionError\b|\bassertion [`'\"].* failed|assertion (?:failed|`left)"
        r"|java\.lang\.AssertionError|^ERROR: (?:LoadError: )?AssertionError\b|^assertion failed"
        r"|^E +(?:assert |AssertionError)",
    ),
    rule(FailureKind.ASSERT, CAUSE, "check failed: ", r"^(?:F\S* .*\] ?|.* F .*\] )?check failed: "),
    rule(FailureKind.ASSERT, CAUSE, "cpassert failed"),
    rule(
        FailureKind.ASSERT, CAUSE, "violated condition was:", r"^the violated condition was:\s*$", Says.NEXT
    ),
    rule(
        FailureKind.ASSERT,
        CAUSE,
        "is not true|are not all true",
        r"^error(?: in .{0,200})?: .{1,400} (?:is not|are not all) true$",
    ),
    rule(
        FailureKind.SEGFAULT,
        CAUSE,
        "error: addresssanitizer|error: memorysanitizer|error: hwaddresssanitizer",
        r"==\d+==\s*error: \w*sanitizer: ",
    ),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "error: leaksanitizer|warning: threadsanitizer",
        r"==\d+==\s*error: leaksanitizer|warning: threadsanitizer: ",
    ),
    rule(FailureKind.ERROR, CAUSE, "runtime error: ", r"^\S+:\d+:\d+: runtime error: "),
    rule(
        FailureKind.SEGFAULT,
        CAUSE,
        "free(): |malloc(): |realloc(): |double free or corruption|corrupted size vs"
        "|corrupted double-linked|munmap_chunk(): |malloc_consolidate(): |stack smashing detected"
        "|buffer overflow detected",
        r"(?:free|malloc|realloc|munmap_chunk|malloc_consolidate)\(\): \w|double free or corruption"
        r"|corrupted (?:size vs|double-linked)|\*\*\* (?:stack smashing|buffer overflow) detected",
    ),
    rule(FailureKind.SEGFAULT, CAUSE, "*** caught segfault ***"),
)
