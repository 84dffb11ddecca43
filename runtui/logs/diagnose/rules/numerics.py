"""Numbers that blew up and solvers that did not converge."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import (
    CAUSE,
    ERROR_LINE,
    NO_FLAGS,
    PYTHON_NAME,
    REMARK,
    SIGNAL,
    Rule,
    rule,
)
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "lincs warnings|lincs/settle|constraint failure|not finite|particles communicated to pme",
        r"too many lincs warnings|too many lincs/settle warnings|constraint failure|is not finite"
        r"|particles communicated to pme rank .* are more than",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "lost atoms|non-numeric|bond atoms|angle atoms|dihedral atoms|improper atoms|out of range atoms",
        r"^ERROR.*(?:lost atoms|non-numeric|\b(?:bond|angle|dihedral|improper) atoms .* missing"
        r"|out of range atoms)",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "convergence not achieved|convergence failure|run not converged. to continue",
        r"^convergence not achieved|^convergence failure\b|\brun not converged\. to continue",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "nan or inf |nans found|nan found|nan detected|nans detected|nan encountered|nans encountered",
        r"(?<!no )(?<!0 )\bnans?(?: or inf)? (?:found|detected|encountered)\b(?!: ?0)",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "not converge|no convergence|failed to converge|solve linear system|singular matrix"
        "|matrix is singular|too many attempts|computing cholesky",
        ERROR_LINE + r".*\b(?:not converged?|no convergence|failed to converge|unable to solve linear system"
        r"|singular matrix|matrix is singular|too many attempts made)\b|^problems computing cholesky",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "zbrent|edddav|brmix|very serious problems|sub-space-matrix|zheev|zpotrf|dav: ",
        r"zbrent: fatal error|error \w*edddav|brmix: very serious problems"
        r"|sub-space-matrix is not hermitian|error.{0,30}zheev|zpotrf failed",
    ),
    rule(FailureKind.NUMERICS, CAUSE, "sigfpe", r"Foam::sigFpe::sigHandler", flags=NO_FLAGS),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "floatingpointerror|zerodivisionerror|overflowerror|linalgerror",
        PYTHON_NAME + r"(?:FloatingPointError|ZeroDivisionError|OverflowError|LinAlgError|LinAlgException)\b",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "nan|inf|not a number|diverg|blew up|blown up|courant number",
        ERROR_LINE
        + r".*(?:\bcourant number is|\bnans?\b|\binfs?\b|\binfinit|not a number|\bdiverg|blew up|blown up)",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "diverged|divergence detected|blew up|blown up",
        r"^\W*(?:the )?(?:solution|solver|simulation|iteration|calculation|run) (?:has )?(?:diverged"
        r"|blew up|blown up)|^divergence detected\b",
    ),
    rule(
        FailureKind.NUMERICS,
        REMARK,
        "not converge|no convergence|blows up|blowing-up|blowing up",
        r"^(?!.*\b(?:warning|if|retry\w*|continu\w+)\b)"
        r"(?:.*\b(?:did|could) not converge\b|\W*no convergence\b|.*\bblow(?:s|ing)[ -]up\b)",
    ),
    rule(FailureKind.NUMERICS, CAUSE, "is larger than|nan", r"^stp_?ctl ?: .*(?:is larger than|\bNaN\b)"),
    rule(
        FailureKind.NUMERICS,
        SIGNAL,
        "floating point exception|floating-point exception|sigfpe|arithmetic exception",
        r"floating.point exception(?!s? (?:trapping|handling|are signalling))|\bsigfpe\b(?! trap)"
        r"|erroneous arithmetic operation",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "forrtl: error (65)|forrtl: error (73)|forrtl: error (72)",
        r"forrtl: error \((?:65|72|73)\)",
    ),
)
