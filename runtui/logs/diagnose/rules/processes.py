"""Processes that could not be started, and ends of processes."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, NO_FLAGS, SIGNAL, Nearness, Rule, rule
from runtui.store.failure import FailureKind

_BY_SHELL = r"^(?:\S+: (?:line )?\d+:\s+(?:\d+:? )?)?"
_BAR = r"(?:\d ?%|\d/\d+\b).{0,120}?[\\|/#=.%)\]>-]\s{0,3}"


def _exit_rule(kind: FailureKind, codes: str, nearness: Nearness = ENDED) -> Rule:
    """Return the rule for an exit code: shells add 128 to a signal's number, Python negates it."""
    before = r"\bexit(?:s|ed)?(?: with)?(?: (?:return|error|exit))?(?: ?code| status)?(?::? | ?= ?)"
    pattern = rf"{before}(?:{codes})(?![\d.])"
    return rule(kind, nearness, "exit", pattern)


RULES: tuple[Rule, ...] = (
    # macOS, which adds the signal's number; PETSc; PyTorch's loader
    rule(FailureKind.KILLED, SIGNAL, "killed: 9", _BY_SHELL + r"killed: 9\b"),
    rule(
        FailureKind.CRASH,
        SIGNAL,
        "abort trap: 6|illegal instruction: 4",
        _BY_SHELL + r"(?:abort trap: 6|illegal instruction: 4)\b",
    ),
    rule(FailureKind.KILLED, ENDED, "caught signal number 15", r"petsc error: caught signal number 15\b"),
    rule(
        FailureKind.KILLED,
        SIGNAL,
        "is killed by signal: killed",
        r"dataloader worker \(pid.*\) is killed by signal: killed",
    ),
    # Of zsh and ksh93
    rule(FailureKind.SEGFAULT, SIGNAL, "memory fault", _BY_SHELL + r"memory fault(?:\(coredump\)|$)"),
    rule(
        FailureKind.CRASH,
        SIGNAL,
        "abort (core dumped)|abort(coredump)|illegal hardware instruction",
        _BY_SHELL
        + r"abort ?\(core ?dump(?:ed)?\)|^\S+: (?:abort \(core dumped\)|illegal hardware instruction)",
    ),
    rule(FailureKind.KILLED, SIGNAL, "killed ", r"^\S+: killed\s{2,}\S"),
    # Of a shell, behind a bar of progress that was being drawn
    rule(FailureKind.KILLED, SIGNAL, "killed", _BAR + r"Killed$", flags=NO_FLAGS),
    rule(FailureKind.KILLED, ENDED, "terminated", _BAR + r"Terminated$", flags=NO_FLAGS),
    rule(FailureKind.CRASH, SIGNAL, "aborted", _BAR + r"Aborted(?: \(core dumped\))?$", flags=NO_FLAGS),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "pthread_create failed|thread creation failed|fork: ",
        r"pthread_create failed|thread creation failed|\bfork: (?:retry: )?resource temporarily unavailable",
    ),
    rule(
        FailureKind.SEGFAULT,
        SIGNAL,
        "segmentation fault|segmentation violation|sigsegv|bus error|sigbus",
        r"segmentation (?:fault|violation)|\bsigsegv\b|\bbus error\b|\bsigbus\b",
    ),
    rule(
        FailureKind.CRASH,
        SIGNAL,
        "illegal instruction|sigill|sigabrt|abort",
        _BY_SHELL + r"(?:Illegal instruction|Abort(?:ed)?)(?:\s{2,}\S| *\(core dumped\)|$)"
        r"|\b(?:SIGILL|SIGABRT)\b|(?:Signal|STRING|tasks? [\d,-]+): (?:Illegal instruction|Aborted)"
        r"|signal [46] \(",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.KILLED,
        SIGNAL,
        "killed|signal 9|sigkill|signal: 9",
        _BY_SHELL + r"killed(?:\s{2,}\S|$)|tasks? [\d,-]+: killed|exit string: killed"
        r"|\bsignal:? 9(?=[ .,:;)\]]*(?:\(|$))"
        r"|(?:received|by signal) sigkill|\bfrom signal 9\b",
    ),
    rule(FailureKind.ERROR, ENDED, "exited with exit code", r"tasks? [\d,-]+: exited with exit code [1-9]"),
    rule(
        FailureKind.KILLED,
        ENDED,
        "terminated|sigterm|signal 15|signal (15",
        _BY_SHELL + r"terminated(?:\s{2,}\S| by sig\w+$|$)|tasks? [\d,-]+: terminated|received sigterm"
        r"|\bsignal:? \(?15\b(?! of\b)",
    ),
    _exit_rule(FailureKind.SEGFAULT, "139|-11"),
    _exit_rule(FailureKind.KILLED, "137|143|-9|-15"),
    _exit_rule(FailureKind.CRASH, "134|132|-6|-4"),
    _exit_rule(FailureKind.NUMERICS, "136|-8"),
    _exit_rule(FailureKind.MISSING, "126|127"),
    _exit_rule(FailureKind.CANCELLED, "130|-2"),
    _exit_rule(FailureKind.TIMEOUT, "124", SIGNAL),  # of timeout(1)
    rule(
        FailureKind.ERROR,
        ENDED,
        "exit",
        r"^\W{0,4}(?:[\w ]{0,24}\b)?exit(?:ed)?(?: with)? (?:non-zero )?(?:exit )?(?:code|status|value)"
        r"\W{1,3}[1-9]\d{0,2}\W?$"
        r"|\bexit(?:ed|s)?(?: with)?[ _]?(?:(?:exit|return|error|non-zero) )?(?:code|status)"
        r"\s{0,4}[:=]?\s{0,4}[1-9]\d{0,2}\W*$|^Command exited with non-zero status [1-9]",
    ),
    rule(
        FailureKind.ERROR,
        ENDED,
        "ed with error|armci dassert fail",
        r"\b(?:end|finish|stopp|terminat)ed with errors?\W*$|\bARMCI DASSERT fail\b",
    ),
    rule(FailureKind.TIMEOUT, SIGNAL, "took longer than its", r"it took longer than its [\d.e+]+ s\b"),
)
