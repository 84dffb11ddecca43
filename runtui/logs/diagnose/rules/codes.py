"""Simulation codes, in their own words."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, NO_FLAGS, REMARK, Rule, Says, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.ERROR,
        CAUSE,
        "pricelv: |unrecognized or duplicated keyword|driver_abort: |stop (non-zero) from|sander bomb in"
        "|mfem abort: ",
        r"^PRICELV: \S|^UNRECOGNIZED OR DUPLICATED KEYWORD|^DRIVER_ABORT: \S|^STOP \(non-zero\) from"
        r"|^SANDER BOMB in "
        r"|^MFEM abort: \S",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, CAUSE, "charm++ fatal error:", r"^charm\+\+ fatal error:$", Says.NEXT),
    rule(FailureKind.ERROR, REMARK, "e r r o r   t e r m"),
    rule(FailureKind.ERROR, ENDED, "analysis exited with", r"^Abaqus/Analysis exited with (?:an )?errors?"),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "error in routine|internal error in subroutine|fatal called from file|fatal error in function"
        "|*** error ***",
        r"^\s*error in routine|^fatal error in function \w+:$|^\*\*\* ERROR \*\*\*\s+CP ="
        r"|internal error in subroutine \w+:$|^fatal called from file:",
        Says.NEXT,
    ),
    rule(FailureKind.NUMERICS, CAUSE, "error (orca_", r"Error \(ORCA_\w+\): .*\bnot (?:yet )?converge"),
    rule(FailureKind.ERROR, CAUSE, "error (orca_", r"Error \(ORCA_\w+\): "),
    rule(FailureKind.ERROR, CAUSE, "[abort]", r"^(?:\* )?\[ABORT\](?:\s+\*)?$", Says.NEXT),
    rule(FailureKind.ERROR, CAUSE, "i refuse to continue with this", says=Says.BEFORE),
    rule(FailureKind.ERROR, CAUSE, " neuron: ", r"^\d+ NEURON: \S"),
    rule(FailureKind.ERROR, CAUSE, "g4exception-start", r"\bEEEE -+ G4Exception-START\b", Says.NEXT),
    rule(FailureKind.EXCEPTION, CAUSE, "*** fatal exception ***", says=Says.BEFORE),
    rule(FailureKind.ERROR, CAUSE, "--- !", r"^--- !(?:ERROR|BUG)$", Says.MESSAGE, NO_FLAGS),
    rule(FailureKind.ERROR, CAUSE, "foam fatal", r"--> foam fatal (?:io )?error", Says.NEXT),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "fatal error:|inconsistency in user input:|invalid input:|input/output error:|system i/o error:"
        "|feature not implemented:|software inconsistency error:|internal error (bug):",
        r"^(?:fatal error|inconsistency in user input|invalid input|(?:file )?input/output error"
        r"|system i/o error|feature not implemented|software inconsistency error|internal error \(bug\)):$",
        Says.NEXT,
    ),
    rule(FailureKind.ERROR, REMARK, "error in user input:", r"^error in user input:$", Says.NEXT),
    rule(FailureKind.ERROR, CAUSE, "error ", r"^ERROR \d+ \[file \S.*\]:$", Says.NEXT, NO_FLAGS),
    rule(FailureKind.ERROR, CAUSE, "exec error : ", r"^Exec error : \S", flags=NO_FLAGS),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "error line number ",
        r"^Error line number \d+, in file \S",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "error on proc|error: ",
        r"^ERROR(?: on proc \d+)?: .*\(\S*\w\.(?:cpp|h):\d+\)$",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, CAUSE, "amrex::", r"^amrex::(?:Error|Abort)::"),
    rule(FailureKind.ERROR, CAUSE, "*** error: ", r"^\*\*\* Error: +\S", flags=NO_FLAGS),
    rule(
        FailureKind.ERROR,
        CAUSE,
        "fatal|critical error: ",
        r"^\W{0,4}(?:FATAL(?: ERROR)?(?: from PE\s{1,12}\d+)?|CRITICAL ERROR): +\S",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.ERROR, CAUSE, "petsc error: --", r"PETSC ERROR: -+ Error Message -+$", Says.NEXT),
    rule(FailureKind.ERROR, REMARK, "error termination via", r"^error termination via", Says.BEFORE),
    rule(FailureKind.ERROR, REMARK, "finished by error termination"),
    rule(FailureKind.NUMERICS, CAUSE, "scf not converged after", r"^\W*SCF NOT CONVERGED AFTER +\d+ CYCLES"),
    rule(FailureKind.ERROR, CAUSE, "code termination on task=", r"^Code termination on task=\d+, function "),
    rule(FailureKind.ERROR, CAUSE, "abort: ", r"^ABORT: \S", flags=NO_FLAGS),
)
