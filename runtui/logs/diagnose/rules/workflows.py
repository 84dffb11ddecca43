"""Workflow managers."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, REMARK, Rule, Says, rule
from runtui.store.failure import FailureKind

_NOT_RETRIED = r"^(?!.*\bis retried\b).*"

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.KILLED,
        ENDED,
        "an error exit status (1",
        _NOT_RETRIED + r"terminated with an error exit status \((?:137|143)\)",
    ),
    rule(
        FailureKind.MISSING,
        ENDED,
        "an error exit status (1",
        _NOT_RETRIED + r"terminated with an error exit status \((?:126|127)\)",
    ),
    rule(FailureKind.TIMEOUT, CAUSE, "process exceeded running time limit"),
    rule(
        FailureKind.ERROR,
        ENDED,
        "terminated with an error exit status",
        _NOT_RETRIED + r"terminated with an error exit status",
    ),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "missing output file(s)",
        r"^missing output file\(s\) .* expected by process",
    ),
    rule(
        FailureKind.MISSING,
        REMARK,
        "missinginputexception|missingoutputexception",
        r"^Missing(?:In|Out)putException\b",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "workflowerror|lockexception|ambiguousruleexception",
        r"^(?:WorkflowError|LockException|AmbiguousRuleException)\b",
    ),
    rule(FailureKind.ERROR, REMARK, "command error:", r"^command error:$", Says.NEXT),
    rule(FailureKind.ERROR, ENDED, "error executing process"),
    # Cromwell, Toil, Airflow, Spark, whose jobs say why in lines of their own
    rule(
        FailureKind.ERROR,
        ENDED,
        "workflowmanageractor: |failedjobsexception|exiting the worker|airflowexception: |aborting job"
        "|failed to execute job ",
        r"WorkflowManagerActor: Workflow \S+ failed|FailedJobsException\b"
        r"|Exiting the worker because of a failed|AirflowException: Bash command failed"
        r"|\bTask \d+ in stage [\d.]+ failed \d+ times; aborting job|Failed to execute job \d+ for task",
    ),
    rule(
        FailureKind.ERROR,
        ENDED,
        "not been declared as a valid return code",
        r"\bexited with return code -?\d+ which has not been declared as a valid return code",
    ),
    rule(FailureKind.EXCEPTION, REMARK, "exception: ", r"^Exception: [\"']?\w+(?:Error|Exception)\("),
)
