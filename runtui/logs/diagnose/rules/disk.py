"""Disks and quotas that are full."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.DISK, CAUSE, "file too large", r"(?:: |^OSError: \[Errno 27\] )file too large\b"),
    rule(FailureKind.DISK, CAUSE, " is full", r"^/\S{1,200} is full$"),
    rule(
        FailureKind.DISK,
        CAUSE,
        "forrtl: severe (38)|host stdio - ",
        r"^forrtl: severe \(38\)|^(?:PG)?FIO-F-.*/error code returned by host stdio - (?:28|122)\b",
    ),
    rule(FailureKind.DISK, CAUSE, "no space left on device|disk quota exceeded|quota exceeded"),
    rule(FailureKind.DISK, CAUSE, "requested and", r"\b\d+ requested and \d+ written"),
    rule(FailureKind.DISK, CAUSE, "erroneous write", r"^Erroneous write\. Write -?\d+ instead of \d+"),
    rule(
        FailureKind.DISK,
        CAUSE,
        "file write failed|wrote only|disk is full|file size limit exceeded|not enough space on the d"
        "|out of disk space|not enough space for /",
        r"file write failed|: wrote only \d+ of \d+ bytes|\bdisk is full$|file size limit exceeded"
        r"|not enough space on the (?:disk|device)|\bout of disk space\b|\bis not enough space for /\S",
    ),
)
