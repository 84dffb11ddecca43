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
    rule(  # OpenRadioss
        FailureKind.NUMERICS,
        CAUSE,
        "run killed: ",
        r"\*\* RUN KILLED: .*\b(?:ENERGY|MASS|TIME STEP)\b",
    ),
    rule(  # FMS, of GFDL's and NOAA's models
        FailureKind.NUMERICS,
        CAUSE,
        "fatal from pe",
        r"^FATAL from PE\s+\d+: .*(?:\boverflow|\bnans?\b|unphysical|extreme .{0,20}values|truncation|\bcfl\b"
        r"|negative \w+ (?:thickness|depth|mass|pressure))",
    ),
    rule(FailureKind.NUMERICS, REMARK, "number of steps exceeded", r"^-- Number of steps exceeded"),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "loss is nan, stopping|negative volume in |test failed repeatedly or with|taken before reaching",
        r"\bloss is nan, stopping\b|^\*\*\* Error \d+ \(.*negative volume in \w+ element"
        r"|\bthe (?:error|corrector convergence) test failed repeatedly or with"
        r"|\bsteps (?:was )?taken before reaching\b",
    ),
    # The second line of R's messages
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "exactly singular|the leading minor of order",
        r"^Lapack routine \w+: system is exactly singular|^the leading minor of order \d+ is not positive",
    ),
    # Fortran's run-time libraries, by number and in words
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "forrtl: error (7|forrtl: error (65)|forrtl: severe (71)|forrtl: severe (164)",
        r"^forrtl: (?:error|severe) \((?:65|7[0-5]|164)\)",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "error: floating point exception|arithmetic exception: ",
        r"^Error: floating point exception, |^Runtime Error: \*\*\* Arithmetic exception: ",
        flags=NO_FLAGS,
    ),
    # Linear algebra
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "zero pivot|detected in input.|mlmg|exactly singular|singularexception|posdefexception"
        "|positive definite"
        "|the leading minor of order|non-finite ",
        r"petsc error: zero pivot |^ERROR -- hypre_\w+: .*\bNaNs detected in input|\bMLMG failed\b"
        r"|\bMLMG: failed to converge|^Error in .*(?:exactly singular|the leading minor of order"
        r"|: non-finite )"
        r"|^ERROR: (?:LoadError: )?(?:\w+\.)*(?:Singular|PosDef)Exception\b"
        r"|^error: .*must be positive definite",
    ),
    # Codes in their own words
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "failed to find consistent initial|failed to find a solution"
        "|maximum number of newton iterations reached"
        "|returned solution is not converged|repeated error test failures|inverted mesh element near",
        r"^(?:- )?(?:failed to find (?:consistent initial values|a solution)\."
        r"|maximum number of newton iterations"
        r" reached|returned solution is not converged|repeated error test failures"
        r"|inverted mesh element near)",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "***error: |too many cutbacks|diverg|in simulator::solve_",
        r"^\*\*\*ERROR: (?:TIME INCREMENT REQUIRED IS LESS|EXCESSIVE DISTORTION AT A TOTAL"
        r"|THE RATIO OF DEFORMATION SPEED)|^\*ERROR: too many cutbacks|^# divergence detected in amg"
        r"|^the iterative \w+ solver in Simulator::solve_\w+ did not\b|^SU2 has diverged\b",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "atoms moving too fast|(shake) cannot be|potim should be|inaccurate quadrature"
        "|number of steps exceeded"
        "|scf not converged after|heading out of bounds|: blowup",
        r"^ERROR: Atoms moving too fast|^Coordinate resetting \(SHAKE\) cannot be"
        r"|^BRIONS problems: POTIM should be"
        r"|^Inaccurate quadrature in \w|^-- Number of steps exceeded, |^SCF NOT CONVERGED AFTER \d"
        r"|^SOLUTION IS HEADING OUT OF BOUNDS|^MAIN: Abnormal termination: BLOWUP",
        flags=NO_FLAGS,
    ),
    rule(
        FailureKind.NUMERICS,
        SIGNAL,
        "maximum number of iterations exceeded: ",
        r"^maximum number of iterations exceeded: \d+$",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "lincs warnings|constraint failure|not finite|particles communicated to pme",
        r"too many lincs warnings|constraint failure|is not finite"
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
        r"^convergence not achieved|^\W{0,8}convergence failure\b|\brun not converged\. to continue",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "nan or inf |nans found|nan found|nan detected|nans detected|nan encountered|nans encountered",
        r"(?<!no )(?<!0 )(?<!warning: )\bnans?(?: or inf)? (?:found|detected|encountered)\b(?!: ?0)",
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
        "zbrent|edddav|brmix|very serious problems|zpotrf|dav: ",
        r"zbrent: fatal error|error \w*edddav|brmix: very serious problems"
        r"|zpotrf failed",
    ),
    rule(FailureKind.NUMERICS, CAUSE, "sigfpe", r"Foam::sigFpe::sigHandler", flags=NO_FLAGS),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "floatingpointerror|zerodivisionerror|overflowerror|linalgerror",
        PYTHON_NAME + r"(?:FloatingPointError|ZeroDivisionError|OverflowError|LinAlgError)\b",
    ),
    rule(
        FailureKind.NUMERICS,
        CAUSE,
        "nan|inf|not a number|diverg|blew up|blown up|courant number",
        ERROR_LINE
        + r".*(?:\bcourant number is|\bnans?\b|\binfs?\b|\binfinit(?!e (?:recursion|loop))|not a number"
        r"|\bdiverg|blew up|blown up)",
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
        r"(?:.*\b(?:did|could) not converge\b|\W*no convergence\b(?! (?:check|test|criteri))"
        r"|.*\bblow(?:s|ing)[ -]up\b)",
    ),
    rule(
        FailureKind.NUMERICS,
        REMARK,
        "underflow|collapsed|too small|fell below|dropped below|became smaller|becomes less"
        "|below the minimum",
        r"^(?!.*\b(?:warn\w*|if|when|reduc\w+|retry\w*|halv\w+|adjust\w*|try\w*|increas\w+|us(?:e|ed|ing)|will)\b)"
        r".*\b(?:time ?-?step|step ?-?size)\b.{0,60}\b(?:underflow|collapsed|too small|(?:fell|dropped|became"
        r"|becomes) (?:below|less than|smaller)|below (?:the )?minimum)\b",
    ),
    rule(FailureKind.NUMERICS, CAUSE, "is larger than|nan", r"^stp_?ctl ?: .*(?:is larger than|\bNaN\b)"),
    rule(
        FailureKind.NUMERICS,
        SIGNAL,
        "floating point exception|floating-point exception|sigfpe|erroneous arithmetic",
        r"floating.point exception(?!s? (?:trapping|handling|are signalling))|\bsigfpe\b(?! trap| ?: enabl)"
        r"|erroneous arithmetic operation",
    ),
)
