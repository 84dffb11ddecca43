"""Lines that call themselves an error."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import (
    COMPLAINT,
    NO_FLAGS,
    PLANNED,
    PYTHON_NAME,
    REMARK,
    RUN,
    Rule,
    rule,
)
from runtui.store.failure import FailureKind

_NOT_SURVIVED = (
    r"(?!.*(?:\((?:ignored|harmless)\)|\bgoing to \S{1,200} instead|\bretry"
    r"|(?i:\berror (?:norm|estimate|bound)\b)))"
)

_NOT_PLANNED = (
    rf"^(?!.*{PLANNED})"
    r"(?!.*\b(?:normal(?:ly)?|success\w*|complete[dn]?|completion|finished|(?<!not )converged|satisfied"
    r"|requested|early|done|if|when|until|steady state|(?:at|after|with|for) (?:a )?(?:checkpoint|restart)"
    r"|(?:end|stop|final|last) (?:time|date|step|year|day)"
    r"|max(?:imum)? (?:number|time|step|iter)\w*(?!.*exceed)|(?:criteri\w+|toleran\w+|accuracy) (?:is |was )?"
    r"(?:met|reached|fulfilled))\b)"
)

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.ERROR,
        REMARK,
        "netcdf: ",
        r"(?:^|[\s:)])NetCDF: (?!Version|Enabled|Library|yes|Attribute not found)[A-Z]\S* [\w(]",
        flags=NO_FLAGS,
    ),
    # HDF5's stack, of which the last line tells most; programs say better what they wanted
    rule(FailureKind.MISSING, REMARK, "errno = 2,", r"^#\d{3}: \S*H5\w+\.c line .* errno = 2,"),
    rule(
        FailureKind.ERROR,
        COMPLAINT,
        "hdf5-diag: |: h5",
        r"^HDF5-DIAG: Error detected in|^#\d{3}: \S*H5\w+\.c line \d+ in H5\w+\(\): \S",
        flags=NO_FLAGS,
    ),
    # Why a program ended itself
    rule(
        FailureKind.ERROR,
        REMARK,
        "because|due to|since |ing as |terminated|stopped|aborted",
        r"^(?!.*\b(?:(?:normal|success|complet|finish|reach|request)\w*|converged|early|signal)\b)\W{0,4}"
        r"(?:\w+ ){0,4}(?:(?:(?:stopp|terminat|abort|halt)(?:ed|ing)|quitting|exiting|giving up)(?: \w+)? "
        r"(?:because|due to|since|as)|(?:terminated|stopped|aborted)(?: \w+)?:) [^\W\d]\w* \w",
    ),
    rule(  # A reason, and what became of the run
        FailureKind.ERROR,
        REMARK,
        "stopp|terminat|abort|halt",
        _NOT_PLANNED
        + r"\W{0,8}\w+\W{1,3}\w.{0,300}[.!,;:-]\s{1,3}(?:the |this )?(?:"
        + rf"{RUN} (?:(?:is|was|has been|will be|must be) )?(?:stopp|terminat|abort|halt)(?:ed|ing)"
        + rf"|(?:stopp|terminat|abort|halt)ing (?:the |this )?{RUN})\W*$",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "giving up|stop|exit|abort|quit|terminat|halt",
        _NOT_PLANNED
        + r"(?=.*\b(?:not|no|cannot|\w+n't|too|exceed\w*|nans?|(?:in|un)\w{3,}|fail\w*|miss\w+|mis-?match\w*"
        r"|negative|below|above|beyond|out(?:side)?(?: of)?|wrong"
        r"|bad|left|lost|empty|zero|corrupt\w*|diverg\w*"
        r"|giving)\b)"
        r"\W{0,8}\w+\W{1,3}\w.{0,300}[.!,;:-]\s{1,3}(?:giving up|stop(?:ping)?|exit(?:ing)?|abort(?:ing)?"
        r"|quit(?:ting)?|terminating(?: training)?|halt(?:ing)?)\W*$",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "cannot continue|can not continue|can't continue|unable to continue|cannot proceed",
        r"^\W{0,8}(?:(?:cannot|can not|can't|unable to) continue|cannot proceed)\b\W{1,3}\w",
    ),
    rule(FailureKind.ERROR, REMARK, "fail at line=", r"\bFAIL at line=\d+\s+\S+\s+<(?!status=)\S"),
    rule(
        FailureKind.ERROR,
        REMARK,
        "stop |stop:",
        r"^(?:\*{1,3} ?)?STOP[ :](?!.*(?i:\b(?:normal|success|finished|complet|done\b|end of)))"
        r"[ '\"]{0,3}[A-Za-z][\w./:-]*:? +\S",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "[e ",
        r"^\[E [\d:., -]{8,26}[^\]]{0,60}\] \S",
        flags=NO_FLAGS,
    ),  # tornado, IPython, Optuna
    rule(FailureKind.ERROR, REMARK, "[error]|[critical]|[fatal]", r"\[(?:error|critical|fatal)\][ :]+\S"),
    rule(
        FailureKind.ERROR,
        REMARK,
        "fatal problem|fatal condition|fatal failure",
        r"\bfatal (?:problem|condition|failure)\b[^\w\n]{1,8}\w",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "ed an error: ",
        r"^[^:]{0,60}\b(?:detected|encountered) an error: \w+ \w",
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
