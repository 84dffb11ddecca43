"""Boxes, headings and last words of programs that no other table knows.

What the message in a box says, decides the kind; `runtui.logs.diagnose.boxes` finds it.
"""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import NO_FLAGS, REMARK, RUN, Rule, Says, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.ERROR,
        REMARK,
        "error|fatal|abort|exception|severe|critical|e r r o r|panic|assertion failed|<f>",
        r"\b(?:error|fatal|abort(?:ed|ing)?|exception|severe|critical|panic|assertion)\b|\bE R R O R\b"
        r"|<F> <",
        Says.BOX,
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "abort",
        r"^\W{0,4}ABORT(?:ING|ED)?\b[:!]? +(?!.*\b(?:if|on|when)\b)\w+ \w+",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, REMARK, "called cmiabort", says=Says.NEXT),
    rule(
        FailureKind.ERROR,
        REMARK,
        "stop ",
        r"^STOP (?!.*(?i:\b(?:normal|success|finish|complet|done\b|end\b|ok\b|0\b)))[\w.-]+$",
        Says.SAID,
        NO_FLAGS,
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "found error: |is reached - terminating|program stopped after an error|terminated -abnormally-"
        "|error detected, aborting|bad trouble in subroutine",
        r"^found error: ?\d|is reached - terminating|program stopped after an error|terminated -abnormally-"
        r"|error detected, aborting|^\W*bad trouble in subroutine",
        Says.SAID,
    ),
    rule(  # A farewell, which tells why only with what stands before it
        FailureKind.ERROR,
        REMARK,
        "stop|exit|abort|terminat|halt|quit|giving up|shutting down|failed|not started",
        r"^\W{0,8}(?:\[\w{1,20}\] )?"
        rf"(?:(?:the |this )?(?:{RUN} )?(?:(?:is|was|has been|will be|must) )?(?:now )?"
        r"(?:exit(?:ing)?|stop(?:s|ping|ped)?|abort(?:ing|ed)?|terminat(?:ing|ed)|halt(?:ing|ed)?|quit(?:ting)?"
        r"|giving up|failed|not started)"
        rf"|(?:shutting down|(?:stopp|abort|terminat|halt)ing (?:the |this )?{RUN})"
        r"|(?:forced|fortran) stop)(?: (?:now|here|at step \d+))?\W*$",
        Says.SAID,
    ),
)
