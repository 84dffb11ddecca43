"""Run-times of C++, Elixir, Go, Haskell, Java, Julia, MATLAB, Node.js, OCaml, PHP, R, Ruby and Rust."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, NO_FLAGS, REMARK, SIGNAL, Rule, Says, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.EXCEPTION, REMARK, "unhandled exception", r"^unhandled exception(?:\. \S| at 0x)"),
    rule(FailureKind.EXCEPTION, SIGNAL, "libc++abi: terminating", r"^libc\+\+abi: terminating$"),
    # Rust before 1.73, which says it in one line
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "panicked at '",
        r"^thread '.{1,200}' panicked at '.",
    ),
    # Go, libc++abi
    rule(FailureKind.EXCEPTION, CAUSE, "all goroutines are asleep|fatal error: concurrent map "),
    rule(FailureKind.EXCEPTION, CAUSE, "pure virtual function called!"),
    # The JVM, R, Julia, MATLAB, Octave, Lua
    rule(FailureKind.EXCEPTION, REMARK, "exception in thread ", r'^Exception in thread "[^"]{0,200}" \S'),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "c stack usage|evaluation nested too deeply",
        r"^Error: (?:C stack usage |evaluation nested too deeply)",
    ),
    rule(FailureKind.CANCELLED, ENDED, "interruptexception", r"^ERROR: (?:LoadError: )?InterruptException:"),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "unrecognized function or variable '|undefined function |index exceeds the number of array elements",
        r"^Unrecognized function or variable '|^Undefined function (?:or variable )?'"
        r"|^Index exceeds the number of array elements",
    ),
    rule(
        FailureKind.EXCEPTION,
        REMARK,
        "error: '|: out of bound ",
        r"^error: (?:'\w+' undefined|.*: out of bound )",
    ),
    # Exceptions that Julia's loggers report, and those that R's conditions are caused by
    rule(FailureKind.EXCEPTION, CAUSE, "exception =", r"^\W{0,8}exception = *$", Says.NEXT),
    rule(FailureKind.EXCEPTION, CAUSE, "exception = ", r"^\W{0,8}exception = *\(?\w"),
    rule(FailureKind.EXCEPTION, CAUSE, "caused by error", r"^Caused by error(?: in .{1,200})?:$", Says.NEXT),
    rule(FailureKind.EXCEPTION, CAUSE, "fatal error: exception ", r"^Fatal error: exception [A-Z]"),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        ":in `|:in '",
        r"^\S{1,300}:\d+:in [`'][^']{1,200}': .* \([A-Z]\w*(?:::\w+)*\)$",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "php fatal error: |fatal error: uncaught ",
        r"^(?:PHP )?Fatal error: +\S",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "** (", r"^\*\* \([A-Z][\w.]*\) \S", flags=NO_FLAGS),
    rule(FailureKind.EXCEPTION, CAUSE, "callstack (from hascallstack)", says=Says.BEFORE),
    rule(FailureKind.EXCEPTION, CAUSE, "[unhandledpromiserejection: "),
    rule(FailureKind.EXCEPTION, CAUSE, "lua: ", r"^lua: \S+:\d+: "),
    rule(FailureKind.EXCEPTION, CAUSE, "uncaught ", r"^Uncaught \w*Error: ", flags=NO_FLAGS),
    rule(FailureKind.EXCEPTION, CAUSE, "error using ", r"^\{?Error using +\S", Says.NEXT, NO_FLAGS),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "error in ",
        r"^Error in \S{1,200} \(line \d+\)$",
        Says.BEFORE,
        NO_FLAGS,
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "panicked at ",
        r"^thread '.*' (?:\(\d+\) )?panicked at \S+:\d+:\d+:$",
        Says.NEXT,
    ),
    rule(
        FailureKind.EXCEPTION,
        SIGNAL,
        "terminate called ",
        r"^terminate called (?:after throwing|without an active|recursively)",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "what():", r"^what\(\):\s*$", Says.NEXT),
    rule(FailureKind.EXCEPTION, CAUSE, "what(): ", r"^what\(\): +\S"),
    rule(FailureKind.EXCEPTION, CAUSE, "throw test that evaluated to true: "),
    rule(FailureKind.EXCEPTION, SIGNAL, "*** caught standard std::exception"),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "terminating due to uncaught|terminating with uncaught",
        r"terminating (?:due to|with) uncaught (?:\w+ )?exception",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "pure virtual method called"),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "error|exception",
        r'^(?:Exception in thread "[^"]{0,200}" )?(?:[a-z][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception)\b',
        Says.ROOT,
        NO_FLAGS,
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "panic: ", r"^panic: "),
    rule(
        FailureKind.MISSING,
        REMARK,
        "cannot open the connection",
        r"^Error in .{1,400} : cannot open the connection",
    ),
    rule(FailureKind.EXCEPTION, CAUSE, "error in ", r"^Error in .{1,400} : ?$", Says.NEXT, NO_FLAGS),
    rule(FailureKind.EXCEPTION, CAUSE, "error in ", r"^Error in .{1,400} : .", flags=NO_FLAGS),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "nested task error: ",
        r"^nested task error: ",
    ),
    rule(
        FailureKind.EXCEPTION,
        SIGNAL,
        "taskfailedexception|processexitedexception|compositeexception",
        r"^ERROR: (?:LoadError: )?(?:TaskFailed|ProcessExited|Composite)Exception\b",
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "error: loaderror|error: ",
        r"^ERROR: (?:LoadError: )?\w+(?:Error|Exception)(?::|\(| with )",
        flags=NO_FLAGS,
    ),
)
