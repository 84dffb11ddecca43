"""Verdicts of schedulers, launchers and the kernel on a job, and what they say of its end."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, SIGNAL, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.NODE,
        VERDICT,
        "due to node failure|node failure on",
        r"cancelled at .* due to node failure|srun: error: .*node failure on",
    ),
    rule(
        FailureKind.PREEMPTED,
        VERDICT,
        "due to preemption|due to job requeue|term_preempt|job preempted",
    ),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "due to time limit",
        r"cancelled at .* due to time limit|due to time limit \*\*\*",
    ),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "exceeded limit",
        r"pbs: job killed: (?:walltime|cput|ncpus)\b.* exceeded limit",
    ),
    rule(FailureKind.TIMEOUT, VERDICT, "term_runlimit|term_cpulimit|term_deadline"),
    rule(FailureKind.KILLED, VERDICT, "term_threadlimit|term_processlimit|term_filelimit"),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "cpu time limit exceeded|cputime limit exceeded|job exceeded its time limit",
    ),
    rule(FailureKind.TIMEOUT, CAUSE, "maximum cpu time exceeded", r"^maximum cpu time exceeded"),
    rule(FailureKind.NODE, VERDICT, "lost communication with a remote daemon"),
    # That it was ended
    # A step is cancelled when one of its tasks fails, too; a whole job without a reason by a person.
    rule(FailureKind.CANCELLED, SIGNAL, "cancelled at", r"\*\*\* job \S+ on .* cancelled at \S+ \*\*\*"),
    rule(FailureKind.CANCELLED, ENDED, "cancelled at", r"\*\*\* (?:job|step) .* cancelled at "),
    rule(
        FailureKind.CANCELLED,
        ENDED,
        "term_owner|term_admin|term_force|interrupt",
        r"term_(?:owner|admin|force)|received sigint\b|^interrupted?$",
    ),
)

RECORDED: tuple[Rule, ...] = (
    # As `runtui.batch` words what a scheduler says of a job
    rule(FailureKind.OOM, VERDICT, "(out_of_memory)"),
    rule(FailureKind.TIMEOUT, VERDICT, "limit (timeout)|in the scheduler (deadline)"),
    rule(FailureKind.NODE, VERDICT, "its node failed (node_fail)|its node did not start (boot_fail)"),
    rule(FailureKind.PREEMPTED, VERDICT, "it was preempted (preempted)|it was revoked (revoked)"),
    rule(FailureKind.CANCELLED, VERDICT, "it was cancelled (cancelled)"),
    rule(
        FailureKind.CANCELLED,
        VERDICT,
        "cancelled by ",
        r"^cancelled by \S{1,80}(?: before it (?:began|started))?$",
    ),
    rule(FailureKind.CANCELLED, VERDICT, "interrupted by sigint", r"^interrupted by SIGINT\b"),
    rule(FailureKind.REQUEUED, VERDICT, "was requeued: ", r"^job \S{1,100} was requeued: "),
    rule(
        FailureKind.LOST,
        ENDED,
        "lost: |the scheduler no longer knows it",
        r"^lost: |\bthe scheduler no longer knows it\b",
    ),
)
"""Rules for reasons that this program itself recorded; they come before the others."""
