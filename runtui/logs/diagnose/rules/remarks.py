"""Lines that call themselves an error."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import NO_FLAGS, PYTHON_NAME, REMARK, Rule, rule
from runtui.store.failure import FailureKind

_NOT_SURVIVED = (
    r"(?!.*(?:\((?:ignored|harmless)\)|\bgoing to \S{1,200} instead|\bretry"
    r"|(?i:\berror (?:norm|estimate|bound)\b)))"
)

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.ERROR,
        REMARK,
        "hdf5-diag: |netcdf: ",
        r"^HDF5-DIAG: Error detected in|^NetCDF: (?:HDF|Access|DAP|Invalid|Unknown|Name) \w",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "stop ",
        r"^STOP (?!.*(?i:\b(?:normal|success|finished|complet|done\b|end of)))['\"]?[A-Za-z]\w+ \S",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, REMARK, "[error]|[critical]|[fatal]", r"\[(?:error|critical|fatal)\][ :]+\S"),
    rule(
        FailureKind.ERROR,
        REMARK,
        "fatal problem|fatal condition|fatal failure",
        r"\bfatal (?:problem|condition|failure)\b[^\w\n]{1,8}\w",
    ),
    rule(FailureKind.ERROR, REMARK, "*** error *** ", r"\*\*\* ERROR \*\*\* \S"),
    rule(
        FailureKind.EXCEPTION,
        REMARK,
        " line ",
        r"^(?!.*\b(?:warning|used only once)).{1,400} at \S+ line \d+(?:, <\$?\w*> (?:line|chunk) \d+)?\.$",
    ),
    rule(
        FailureKind.EXCEPTION,
        REMARK,
        "error|exception",
        PYTHON_NAME + r"[A-Z]\w*(?:Error|Exception): .",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "error|fatal|critical|severe",
        r"^(?:[\w./-]{1,60}: )?\W{0,4}(?:fatal error|internal error|input error|runtime error|fatal"
        r"|critical|severe|error)\b" + _NOT_SURVIVED + r"(?! in user input:$"
        r"| (?:estimate|bar|norm|bound|toleran|limit|level|rate|control|analysis|handling|file|log"
        r"|messages? will))"
        r"\s{0,3}(?:[:!\]*-]|\(\w{1,20}\)|#?\d{1,6}[:\s]|in\b|on\b|at\b"
        r"|while\b)(?!\s*(?:[-+=<>]?\s*[\d.]+(?:e[-+]?\d+)?\s*%?\s*$|(?:none|no)(?: found)?\s*(?:$|[,;)])"
        r"|(?:no|0) (?:\w+ )?(?:errors?|problems?|issues?|warnings?|failures?)\b|0\s*(?:[,;(]|\w+: ?\d)))",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "error|fatal|critical",
        r"^[\w\s.,:/()|\[\]-]{0,120}\b(?:ERROR|FATAL|CRITICAL)\b(?! (?:ESTIMATE|NORM|BOUND)\b)"
        + _NOT_SURVIVED
        + r"[\s\]|:>-]+(?![\s\]"
        r"|:>-]*[\d.]+(?:e[-+]?\d+)?\s*$)\S",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, REMARK, "e r r o r", r"^E R R O R\b\W{1,4}\S", flags=NO_FLAGS),
)
