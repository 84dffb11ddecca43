"""Python tracebacks, and exceptions that only tell of another process."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import (
    CAUSE,
    ENDED,
    NO_FLAGS,
    PYTHON_NAME,
    REMARK,
    SIGNAL,
    Rule,
    Says,
    rule,
)
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.CANCELLED, ENDED, "keyboardinterrupt", PYTHON_NAME + r"KeyboardInterrupt\b"),
    rule(
        FailureKind.SEGFAULT,
        SIGNAL,
        "signals.sigsegv|signals.sigbus",
        r"died with <Signals\.SIG(?:SEGV|BUS)",
    ),
    rule(
        FailureKind.KILLED,
        SIGNAL,
        "signals.sigkill|signals.sigterm|brokenprocesspool|terminatedworkererror|workerlosterror"
        "|killedworker: ",
        r"died with <Signals\.SIG(?:KILL|TERM)|"
        + PYTHON_NAME
        + r"(?:BrokenProcessPool|TerminatedWorkerError|WorkerLostError|KilledWorker)\b",
    ),
    # Of torchrun, which wraps how each of its processes ended
    rule(
        FailureKind.KILLED,
        SIGNAL,
        "exitcode",
        r"\bfailed \(exitcode: -(?:9|15)\)|^exitcode\s{1,8}: -(?:9|15)\b",
    ),
    rule(
        FailureKind.SEGFAULT,
        SIGNAL,
        "exitcode",
        r"\bfailed \(exitcode: -(?:7|11)\)|^exitcode\s{1,8}: -(?:7|11)\b",
    ),
    rule(FailureKind.EXCEPTION, REMARK, "calledprocesserror", PYTHON_NAME + r"CalledProcessError\b"),
    rule(
        FailureKind.EXCEPTION,
        SIGNAL,
        "exceptiongroup|childfailederror|connectionreseterror|brokenpipeerror|tuneerror",
        r"(?:^| )(?:\w+\.)*(?:BaseExceptionGroup|ExceptionGroup|ChildFailedError|ConnectionResetError"
        r"|BrokenPipeError|TuneError)\b",
    ),
    rule(
        FailureKind.EXCEPTION,
        REMARK,
        "error:|exception:",
        PYTHON_NAME + r"[A-Z]\w*(?:Error|Exception):\s*$",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "traceback (most recent call last)|raytaskerror(",
        r"traceback \(most recent call last\)|^(?:\w+\.)*RayTaskError\(\w+\): ",
        Says.FINAL,
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "syntaxerror:|indentationerror:|taberror:",
        r"^(?:Syntax|Indentation|Tab)Error: ",
    ),
)
