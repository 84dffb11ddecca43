"""Rules for the output of failing programs: one table, from which the failure digest takes its knowledge.

To teach the digest another failure, add a row to `RULES` and the output of a program that failed that way to
``tests/logs/diagnose/corpus``. Rows are data: nothing else needs a change.
"""

from __future__ import annotations

import re
from enum import Enum, IntEnum
from typing import NamedTuple

from runtui.store.failure import FailureKind


class Nearness(IntEnum):
    """Nearness of a line's statement to the root cause: of several in one log the nearest counts."""

    VERDICT = 0  # those who ended it say why: the scheduler, the kernel
    CAUSE = 1  # what failed says what failed
    SIGNAL = 2  # how a process ended
    REMARK = 3  # a line that calls itself an error
    COMPLAINT = 4  # what a shell or a tool could not do: scripts often go on, so that the last one counts
    ENDED = 5  # that it was ended: most often a consequence
    CLEANUP = 6  # what a script could not remove in the end


class Says(Enum):
    """Position of the most telling line, relative to the line that the pattern finds."""

    THIS = "this line"
    NEXT = "the next one that is not empty"
    BEFORE = "the one before that is not empty, in a box the first of its paragraph"
    MESSAGE = "the message in the block of YAML that it heads"
    LAST = "this line, if no other one follows"
    FINAL = "the one that ends a Python traceback"
    ROOT = "of a stack of calls, the last one that names a cause"


class Rule(NamedTuple):
    """A rule that recognises one kind of failure.

    Attributes:
        kind: The kind of failure.
        nearness: How near to the root cause.
        literals: Texts in lower case of which a line holds at least one: where a log has none of them,
            the rule costs next to nothing.
        source, flags: The expression that the line, as shown and without the mark of a rank, must match
            somewhere.
        says: Which line is the one to show.
    """

    kind: FailureKind
    nearness: Nearness
    literals: tuple[bytes, ...]
    source: str
    flags: int
    says: Says = Says.THIS

    @property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when it is first needed: a log has the literals of few rules."""
        return re.compile(self.source, self.flags)


def _rule(
    kind: FailureKind,
    nearness: Nearness,
    literals: str,
    pattern: str = "",
    says: Says = Says.THIS,
    flags: int = re.I,
) -> Rule:
    """Return a rule; `literals` are separated by ``|``, and without a `pattern` they are all it asks for."""
    texts = literals.split("|")
    source = pattern or "|".join(map(re.escape, texts))
    return Rule(kind, nearness, tuple(text.encode() for text in texts), source, flags, says)


def _exit_rule(kind: FailureKind, codes: str, nearness: Nearness = Nearness.ENDED) -> Rule:
    """Return the rule for an exit code: shells add 128 to a signal's number, Python negates it."""
    pattern = rf"\bexit(?:ed)?(?: with)?(?: code| status)?:? (?:{codes})(?![\d.])"
    return _rule(kind, nearness, "exit", pattern)


_VERDICT, _CAUSE, _SIGNAL = Nearness.VERDICT, Nearness.CAUSE, Nearness.SIGNAL
_REMARK, _COMPLAINT = Nearness.REMARK, Nearness.COMPLAINT
_ENDED, _CLEANUP = Nearness.ENDED, Nearness.CLEANUP
_NO_FLAGS = 0
_PYTHON_NAME = r"^(?:[A-Za-z_]\w*\.)*"
_BY_SHELL = r"^(?:\S+: (?:line )?\d+:\s+(?:\d+ )?)?"
_NOT_SURVIVED = (
    r"(?!.*(?:\((?:ignored|harmless)\)|\bgoing to \S{1,200} instead|\bretry"
    r"|(?i:\berror (?:norm|estimate|bound)\b)))"
)
_ERROR_LINE = (
    r"^(?:[A-Za-z_][\w.]*(?:Error|Exception): "
    r"|\W*(?:fatal|error|critical|abort\w*|stopp?ing)\b"
    r"|[\w\s.,:/()|\[\]-]{0,120}\b(?-i:ERROR|FATAL|CRITICAL)\b)"
)

_NOT_MINOR = (
    r"(?!(?:warn(?:ing)?|info|note|notice|debug|hint|trace)\b"
    r"|.*(?:\bignor\w+|\bskipp\w+|\bretry|\binstead\b|\bwarning\b|\bharmless\b|\bfall(?:ing)? back))"
)
_CLEANING = r"(?:\S{1,200}: (?:line )?\d+: )?(?:rm|rmdir|unlink|umount|kill): "
# How tools and shells begin their messages: "cp: ", "job.sh: line 3: ", "sh: 1: cd: ", "tar (child): ".
_TOOL = (
    rf"^{_NOT_MINOR}(?!{_CLEANING})(?:[./~][\w./+-]{{0,200}}/)?"
    r"(?-i:[a-z_])[\w.+-]{0,40}(?: \([\w ]{1,20}\))?: "
)
# Not of a tool whose message matters less than what the program says
_NOT_OF_MINOR_TOOL = (
    r"(?!.*\b(?:rm|ls|cat|cd|cp|mv|stat|warning|ignor\w+|instead)\b)"
    r"(?!\S*\b(?:mkdir|rmdir|touch|ln|chmod|chown|grep|head|tail|sort|find|tar|gzip|gunzip|sed|awk|du|df|wc"
    r"|diff|readlink|realpath|scp|git|kill): )"
)
_LACKS = (
    r"no such (?:file|command|program|module)|permission denied|operation not permitted|directory nonexistent"
    r"|can't cd to|not found|no module named|does not exist|cannot find"
)
_COULD_NOT = (
    r"can(?:'t|not)\b|could ?n[o']t\b|unable to\b|failed\b|invalid\b|illegal\b|unknown\b|unrecogni[sz]ed\b"
    r"|unterminated\b|missing\b|syntax error|unexpected\b|expected\b|unbound variable|parameter not set"
    r"|too many\b|bad (?:substitution|interpreter|option)|ambiguous redirect|file exists|is a directory"
    r"|not a directory|directory not empty|argument list too long|input/output error|exec format error"
    r"|connection (?:refused|reset|timed out)|text file busy|stale file handle|no such process"
    r"|name or service not known|device or resource busy|resource temporarily unavailable"
)

# Of two rules that tell something of the same line the one that stands first counts. Patterns begin with a
# word or an anchor and repeat no group that can be empty: they see lines that anybody may have written.
RULES: tuple[Rule, ...] = (
    # Schedulers and the kernel
    _rule(
        FailureKind.NODE,
        _VERDICT,
        "due to node failure|node failure on",
        r"cancelled at .* due to node failure|srun: error: .*node failure on",
    ),
    _rule(
        FailureKind.PREEMPTED,
        _VERDICT,
        "due to preemption|due to job requeue|term_preempt|job preempted",
    ),
    _rule(
        FailureKind.TIMEOUT,
        _VERDICT,
        "due to time limit",
        r"cancelled at .* due to time limit|due to time limit \*\*\*",
    ),
    _rule(
        FailureKind.TIMEOUT,
        _VERDICT,
        "exceeded limit",
        r"pbs: job killed: (?:walltime|cput|ncpus)\b.* exceeded limit",
    ),
    _rule(FailureKind.TIMEOUT, _VERDICT, "term_runlimit|term_cpulimit|term_deadline"),
    _rule(FailureKind.KILLED, _VERDICT, "term_threadlimit|term_processlimit|term_filelimit"),
    _rule(
        FailureKind.TIMEOUT,
        _VERDICT,
        "cpu time limit exceeded|cputime limit exceeded|job exceeded its time limit",
    ),
    _rule(
        FailureKind.OOM,
        _VERDICT,
        "oom-kill|oom_kill",
        r"detected \d+ oom.kill event|oom-kill:constraint|invoked oom-killer",
    ),
    _rule(FailureKind.OOM, _VERDICT, "out of memory: kill", r"out of memory: killed? process \d+"),
    _rule(
        FailureKind.OOM,
        _VERDICT,
        "memory limit",
        r"exceeded (?:job|step) memory limit|exceeded memory limit \(\d+ >|step \S+ exceeded .*memory limit",
    ),
    _rule(
        FailureKind.OOM, _VERDICT, "out of memory", r"task s? ?\d\S*: out of memory|task \d+: out of memory"
    ),
    _rule(
        FailureKind.OOM,
        _VERDICT,
        "exceeded limit",
        r"pbs: job killed: (?:mem|vmem|pmem|pvmem)\b.* exceeded limit",
    ),
    _rule(
        FailureKind.OOM,
        _VERDICT,
        "cgroup mem limit exceeded|term_memlimit|term_swap|memory cgroup out of memory",
    ),
    _rule(FailureKind.OOM, _CAUSE, "memory allocation of ", r"memory allocation of \d+ bytes failed"),
    _rule(FailureKind.TIMEOUT, _CAUSE, "maximum cpu time exceeded", r"^maximum cpu time exceeded"),
    _rule(FailureKind.NODE, _CAUSE, "uncorrectable ecc error|gpu has fallen off the bus"),
    _rule(FailureKind.OOM, _SIGNAL, "memory budget", r"\bexceeded \d+ ?% memory budget"),
    # Resources, in whatever way a program tells of them
    _rule(FailureKind.DISK, _CAUSE, "no space left on device|disk quota exceeded|quota exceeded"),
    _rule(FailureKind.DISK, _CAUSE, "requested and", r"\b\d+ requested and \d+ written"),
    _rule(FailureKind.DISK, _CAUSE, "erroneous write", r"^Erroneous write\. Write -?\d+ instead of \d+"),
    _rule(
        FailureKind.DISK,
        _CAUSE,
        "file write failed|wrote only|disk is full|file size limit exceeded|not enough space on the d"
        "|out of disk space",
        r"file write failed|: wrote only \d+ of \d+ bytes|\bdisk is full$|file size limit exceeded"
        r"|not enough space on the (?:disk|device)|\bout of disk space\b",
    ),
    _rule(
        FailureKind.OOM,
        _CAUSE,
        "out of memory",
        r"(?:cuda|hip|gpu\w*|device|xla|rocm|host|java|fatal|heap|error|failed|ran|process"
        r"|exception|resource_exhausted)\b"
        r".{0,60}(?<!\w)out of memory(?!\w)|(?<!\w)out of memory.{0,30}(?:error|allocat|exception)",
    ),
    _rule(FailureKind.OOM, _CAUSE, "outofmemoryerror|cuda_error_out_of_memory"),
    _rule(FailureKind.OOM, _CAUSE, "out of memory", r"^out of memory[.!]?$"),
    _rule(
        FailureKind.OOM,
        _CAUSE,
        "errormemoryallocation|erroroutofmemory|_alloc_failed|resourceexhaustederror|oom when allocating"
        "|cl_mem_object_allocation_failure|cl_out_of_",
        r"(?:cuda|hip)Error(?:MemoryAllocation|OutOfMemory)|\b\w+_ALLOC_FAILED\b|\bResourceExhaustedError\b"
        r"|\bOOM when allocating|\bCL_(?:MEM_OBJECT_ALLOCATION_FAILURE|OUT_OF_\w+MEMORY)",
    ),
    _rule(
        FailureKind.OOM, _CAUSE, "memoryerror|bad_alloc", _PYTHON_NAME + r"\w*MemoryError\b|std::bad_alloc"
    ),
    _rule(
        FailureKind.OOM,
        _CAUSE,
        "allocate",
        r"cannot allocate (?:memory|vector of size)|(?:unable|failed|not able) to (?:re)?allocate .{0,60}"
        r"(?:byte|memory|[kmgt]i?b\b)|allocation would exceed memory limit|error allocating \d+ bytes"
        r"|insufficient virtual memory",
    ),
    _rule(
        FailureKind.OOM,
        _CAUSE,
        "insufficient virtual memory|insufficient memory|not enough memory|memory exhausted",
    ),
    _rule(
        FailureKind.LICENCE,
        _CAUSE,
        "licens|licenc",
        r"licen[sc]ed number of users already reached"
        r"|licen[sc]e (?:checkout|check-out) (?:failed|denied|error)"
        r"|licen[sc]e (?:manager|server) (?:error|.{0,20}\b(?:not responding|down|unavailable))"
        r"|licen[sc]e error\b"
        r"|licen[sc]e (?:has )?expired|error.{0,20}\blicen[sc]e\b",
    ),
    _rule(
        FailureKind.LICENCE,
        _CAUSE,
        "licens|licenc",
        r"(?:cannot|could not|unable to|failed to|failure to) (?:check ?out|obtain|acquire|get|connect|find)"
        r".{0,40}\blicen[sc]e"
        r"|^\W*(?:no|insufficient) (?:valid |free |more )?licen[sc]es? .{0,20}(?:available|found)",
    ),
    _rule(
        FailureKind.LICENCE,
        _CAUSE,
        "flexnet licensing error|flexlm error|all licenses are reserved|no socket connection to license",
    ),
    # Missing files, modules and programs
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "error while loading shared libraries|symbol lookup error|no such module|modules are unknown"
        "|module(s) are unknown|module(s) or extension(s) exist|cannot open shared object file"
        "|unable to locate a modulefile",
        r"error while loading shared libraries|symbol lookup error|no such module|modules are unknown"
        r"|module\(s\) are unknown|module\(s\) or extension\(s\) exist|cannot open shared object file"
        r"|unable to locate a modulefile(?!.*\(ignored\))",
    ),
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "not found",
        r": version `\S+' not found|: command not found$|: not found$|^srun: .*not found"
        r"|^zsh: command not found: "
        r"|error: file .{1,200} not found|^\s*file \S{1,200} not found$",
    ),
    _rule(FailureKind.MISSING, _CAUSE, "was unable to find the specified executable"),
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "modulenotfounderror|importerror",
        _PYTHON_NAME + r"(?:ModuleNotFoundError|ImportError)\b",
    ),
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "filenotfounderror|permissionerror|no such file or directory|permission denied",
        _PYTHON_NAME
        + r"(?:FileNotFoundError|PermissionError|IOError|OSError)\b.*"
        + rf"|^{_NOT_OF_MINOR_TOOL}.*(?:: |\()(?:no such file or directory|permission denied)\b",
    ),
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "there is no package called|does not exist or is not accessible"
        "|unable to launch the specified application"
        "|could not find or load main class|classnotfoundexception|noclassdeffounderror|can't open file"
        "|forrtl: severe (29)|filenotfoundexception",
        r"there is no package called|does not exist or is not accessible"
        r"|unable to launch the specified application|could not find or load main class"
        r"|\bjava[\w.]*\.(?:ClassNotFoundException|NoClassDefFoundError|FileNotFoundException)\b"
        r"|: can't open file '|forrtl: severe \(29\)",
    ),
    _rule(FailureKind.ERROR, _CAUSE, "input error", r"^ *INPUT ERROR *$", Says.NEXT, _NO_FLAGS),  # ORCA
    _rule(FailureKind.NUMERICS, _CAUSE, "error (orca_", r"Error \(ORCA_\w+\): .*\bnot (?:yet )?converge"),
    _rule(FailureKind.ERROR, _CAUSE, "error (orca_", r"Error \(ORCA_\w+\): "),
    _rule(
        FailureKind.ERROR,
        _ENDED,
        "termination (",
        r"\((?:0|1)\) (?:Abnormal termination \(signal|Normal termination \(return value [1-9])",  # HTCondor
    ),
    _rule(
        FailureKind.MISSING,
        _CAUSE,
        "cannot find file|file not found|error on open: |missing input files for rule",
        r"^cannot find file|^file not found:|^missing input files for rule"
        r"|^Unit\s{1,8}\d{1,6} Error on OPEN: \S",
    ),
    # Numbers
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "lincs warnings|lincs/settle|constraint failure|not finite|particles communicated to pme",
        r"too many lincs warnings|too many lincs/settle warnings|constraint failure|is not finite"
        r"|particles communicated to pme rank .* are more than",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "lost atoms|non-numeric|bond atoms|angle atoms|dihedral atoms|improper atoms|out of range atoms",
        r"^ERROR.*(?:lost atoms|non-numeric|\b(?:bond|angle|dihedral|improper) atoms .* missing"
        r"|out of range atoms)",
        flags=_NO_FLAGS | re.I,
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "convergence not achieved|convergence failure|run not converged. to continue",
        r"^convergence not achieved|^convergence failure\b|\brun not converged\. to continue",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "nan or inf |nans found|nan found|nan detected|nans detected|nan encountered|nans encountered",
        r"(?<!no )(?<!0 )\bnans?(?: or inf)? (?:found|detected|encountered)\b(?!: ?0)",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "not converge|no convergence|failed to converge|solve linear system|singular matrix"
        "|matrix is singular|too many attempts|computing cholesky",
        _ERROR_LINE + r".*\b(?:not converged?|no convergence|failed to converge|unable to solve linear system"
        r"|singular matrix|matrix is singular|too many attempts made)\b|^problems computing cholesky",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "zbrent|edddav|brmix|very serious problems|sub-space-matrix|zheev|zpotrf|dav: ",
        r"zbrent: fatal error|error \w*edddav|brmix: very serious problems"
        r"|sub-space-matrix is not hermitian|error.{0,30}zheev|zpotrf failed",
    ),
    _rule(FailureKind.NUMERICS, _CAUSE, "sigfpe", r"Foam::sigFpe::sigHandler", flags=_NO_FLAGS),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "floatingpointerror|zerodivisionerror|overflowerror|linalgerror",
        _PYTHON_NAME
        + r"(?:FloatingPointError|ZeroDivisionError|OverflowError|LinAlgError|LinAlgException)\b",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "nan|inf|not a number|diverg|blew up|blown up|courant number",
        _ERROR_LINE
        + r".*(?:\bcourant number is|\bnans?\b|\binfs?\b|\binfinit|not a number|\bdiverg|blew up|blown up)",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "diverged|divergence detected|blew up|blown up",
        r"^\W*(?:the )?(?:solution|solver|simulation|iteration|calculation|run) (?:has )?(?:diverged"
        r"|blew up|blown up)|^divergence detected\b",
    ),
    _rule(
        FailureKind.NUMERICS,
        _REMARK,
        "not converge|no convergence|blows up|blowing-up|blowing up",
        r"^(?!.*\b(?:warning|if|retry\w*|continu\w+)\b)"
        r"(?:.*\b(?:did|could) not converge\b|\W*no convergence\b|.*\bblow(?:s|ing)[ -]up\b)",
    ),
    _rule(FailureKind.NUMERICS, _CAUSE, "is larger than|nan", r"^stp_?ctl ?: .*(?:is larger than|\bNaN\b)"),
    _rule(
        FailureKind.NUMERICS,
        _SIGNAL,
        "floating point exception|floating-point exception|sigfpe|arithmetic exception",
        r"floating.point exception(?!s? (?:trapping|handling|are signalling))|\bsigfpe\b(?! trap)"
        r"|erroneous arithmetic operation",
    ),
    _rule(
        FailureKind.NUMERICS,
        _CAUSE,
        "forrtl: error (65)|forrtl: error (73)|forrtl: error (72)",
        r"forrtl: error \((?:65|72|73)\)",
    ),
    # Assertions
    _rule(
        FailureKind.ASSERT,
        _CAUSE,
        "assert",
        _PYTHON_NAME + r"AssertionError\b|(?:: |::)assertion [`'\"].* failed|assertion (?:failed|`left)"
        r"|java\.lang\.AssertionError|^ERROR: (?:LoadError: )?AssertionError\b|^assertion failed"
        r"|^E +(?:assert |AssertionError)",
    ),
    _rule(FailureKind.ASSERT, _CAUSE, "check failed: ", r"^(?:F\S* .*\] ?|.* F .*\] )?check failed: "),
    _rule(FailureKind.ASSERT, _CAUSE, "cpassert failed"),
    _rule(
        FailureKind.ASSERT, _CAUSE, "violated condition was:", r"^the violated condition was:\s*$", Says.NEXT
    ),
    _rule(
        FailureKind.ASSERT,
        _CAUSE,
        "is not true|are not all true",
        r"^error(?: in .{0,200})?: .{1,400} (?:is not|are not all) true$",
    ),
    # Bad memory that says where
    _rule(
        FailureKind.SEGFAULT,
        _CAUSE,
        "error: addresssanitizer|error: memorysanitizer|error: hwaddresssanitizer",
        r"==\d+==\s*error: \w*sanitizer: ",
    ),
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "error: leaksanitizer|warning: threadsanitizer",
        r"==\d+==\s*error: leaksanitizer|warning: threadsanitizer: ",
    ),
    _rule(FailureKind.ERROR, _CAUSE, "runtime error: ", r"^\S+:\d+:\d+: runtime error: "),
    _rule(
        FailureKind.SEGFAULT,
        _CAUSE,
        "free(): |malloc(): |realloc(): |double free or corruption|corrupted size vs"
        "|corrupted double-linked|munmap_chunk(): |malloc_consolidate(): |stack smashing detected"
        "|buffer overflow detected|unaligned tcache",
        r"(?:free|malloc|realloc|munmap_chunk|malloc_consolidate)\(\): \w|double free or corruption"
        r"|corrupted (?:size vs|double-linked)|\*\*\* (?:stack smashing|buffer overflow) detected",
    ),
    _rule(
        FailureKind.SEGFAULT,
        _CAUSE,
        "nil pointer dereference|illegal memory access|invalid device ordinal|misaligned address",
        r"nil pointer dereference|illegal memory access|misaligned address",
    ),
    _rule(FailureKind.SEGFAULT, _CAUSE, "*** caught segfault ***"),
    # Threads and processes that could not be started
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "pthread_create failed|thread creation failed|fork: ",
        r"pthread_create failed|thread creation failed|\bfork: (?:retry: )?resource temporarily unavailable",
    ),
    # Exceptions that only tell of another process, before those that tell of the cause
    _rule(FailureKind.CANCELLED, _ENDED, "keyboardinterrupt", _PYTHON_NAME + r"KeyboardInterrupt\b"),
    _rule(
        FailureKind.SEGFAULT,
        _SIGNAL,
        "signals.sigsegv|signals.sigbus",
        r"died with <Signals\.SIG(?:SEGV|BUS)",
    ),
    _rule(
        FailureKind.KILLED,
        _SIGNAL,
        "signals.sigkill|signals.sigterm|brokenprocesspool|terminatedworkererror|workerlosterror"
        "|killedworker: ",
        r"died with <Signals\.SIG(?:KILL|TERM)|"
        + _PYTHON_NAME
        + r"(?:BrokenProcessPool|TerminatedWorkerError|WorkerLostError|KilledWorker)\b",
    ),
    _rule(FailureKind.EXCEPTION, _REMARK, "calledprocesserror", _PYTHON_NAME + r"CalledProcessError\b"),
    _rule(
        FailureKind.EXCEPTION,
        _SIGNAL,
        "exceptiongroup|childfailederror|connectionreseterror|brokenpipeerror",
        r"(?:^| )(?:\w+\.)*(?:BaseExceptionGroup|ExceptionGroup|ChildFailedError|ConnectionResetError"
        r"|BrokenPipeError)\b",
    ),
    # Graphics cards and the ranks' communication
    _rule(
        FailureKind.MPI,
        _CAUSE,
        "nccl",
        r"watchdog caught collective operation timeout|nccl (?:error|warn .*(?:fail|timeout))|(?:unhandled"
        r"|internal|remote) (?:system|cuda|process|)\s*error.*nccl|nccl operations have failed",
    ),
    _rule(FailureKind.MPI, _SIGNAL, "mca_btl_tcp_frag_", r"mca_btl_tcp_frag_\w+: \w+ error \("),
    _rule(FailureKind.MPI, _CAUSE, "mpi_err_", r"\*\*\* MPI_ERR_\w+: "),
    _rule(FailureKind.MPI, _CAUSE, "fatal error in ", r"fatal error in (?:p?mpi\w*|internal_\w+): "),
    _rule(
        FailureKind.MPI,
        _CAUSE,
        "there are not enough slots available|pmix error: |transport retry count exceeded",
    ),
    _rule(FailureKind.NODE, _CAUSE, "was unable to complete a tcp connection|was unable to reliably start"),
    _rule(
        FailureKind.MPI,
        _SIGNAL,
        "connection reset by peer|connection timed out",
        r"btl_tcp.{1,120}failed: connection (?:reset by peer|timed out)",
    ),
    _rule(FailureKind.MPI, _ENDED, "is aborting with error code", r"MPT ERROR: Rank \S+ is aborting with"),
    _rule(FailureKind.NODE, _VERDICT, "lost communication with a remote daemon"),
    _rule(FailureKind.EXCEPTION, _CAUSE, "error using ", r"^Error using +\S", flags=_NO_FLAGS),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "error in ",
        r"^Error in \S{1,200} \(line \d+\)$",
        Says.BEFORE,
        _NO_FLAGS,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "cuda error|cuda driver error|cuda runtime error|cudaerror|hip error|hiperror",
        r"cuda (?:driver |runtime )?error\b|\bcudaError\w+|hip error\b|\bhipError\w+",
    ),
    # Solvers and languages that say it in the next line
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "error in routine|internal error in subroutine|fatal called from file|fatal error in function"
        "|*** error ***",
        r"^\s*error in routine|^fatal error in function \w+:$|^\*\*\* ERROR \*\*\*\s+CP ="
        r"|internal error in subroutine \w+:$|^fatal called from file:",
        Says.NEXT,
    ),
    _rule(FailureKind.ERROR, _CAUSE, "[abort]", r"^(?:\* )?\[ABORT\](?:\s+\*)?$", Says.NEXT),
    _rule(FailureKind.ERROR, _CAUSE, "i refuse to continue with this", says=Says.BEFORE),
    _rule(FailureKind.EXCEPTION, _CAUSE, "*** fatal exception ***", says=Says.BEFORE),
    _rule(FailureKind.ERROR, _CAUSE, "--- !", r"^--- !(?:ERROR|BUG)$", Says.MESSAGE, _NO_FLAGS),
    _rule(FailureKind.ERROR, _CAUSE, "foam fatal", r"--> foam fatal (?:io )?error", Says.NEXT),
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "fatal error:|inconsistency in user input:|invalid input:|input/output error:|system i/o error:"
        "|feature not implemented:|software inconsistency error:|internal error (bug):",
        r"^(?:fatal error|inconsistency in user input|invalid input|(?:file )?input/output error"
        r"|system i/o error|feature not implemented|software inconsistency error|internal error \(bug\)):$",
        Says.NEXT,
    ),
    _rule(FailureKind.ERROR, _REMARK, "error in user input:", r"^error in user input:$", Says.NEXT),
    _rule(FailureKind.ERROR, _CAUSE, "error ", r"^ERROR \d+ \[file \S.*\]:$", Says.NEXT, _NO_FLAGS),
    _rule(FailureKind.ERROR, _CAUSE, "exec error : ", r"^Exec error : \S", flags=_NO_FLAGS),
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "error line number ",
        r"^Error line number \d+, in file \S",
        flags=_NO_FLAGS,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "panicked at ",
        r"^thread '.*' (?:\(\d+\) )?panicked at \S+:\d+:\d+:$",
        Says.NEXT,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _SIGNAL,
        "terminate called ",
        r"^terminate called (?:after throwing|without an active|recursively)",
    ),
    _rule(FailureKind.EXCEPTION, _CAUSE, "what(): ", r"^what\(\): "),
    _rule(FailureKind.EXCEPTION, _CAUSE, "throw test that evaluated to true: "),
    _rule(FailureKind.EXCEPTION, _SIGNAL, "*** caught standard std::exception"),
    _rule(FailureKind.ERROR, _REMARK, "command error:", r"^command error:$", Says.NEXT),
    _rule(FailureKind.ERROR, _ENDED, "error executing process"),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "terminating due to uncaught|terminating with uncaught",
        r"terminating (?:due to|with) uncaught (?:\w+ )?exception",
    ),
    _rule(FailureKind.EXCEPTION, _CAUSE, "pure virtual method called"),
    _rule(
        FailureKind.EXCEPTION,
        _REMARK,
        "error:|exception:",
        _PYTHON_NAME + r"[A-Z]\w*(?:Error|Exception):\s*$",
        flags=_NO_FLAGS,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "traceback (most recent call last)",
        r"traceback \(most recent call last\)",
        Says.FINAL,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "syntaxerror:|indentationerror:|taberror:",
        r"^(?:Syntax|Indentation|Tab)Error: ",
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "error|exception",
        r'^(?:Exception in thread "[^"]{0,200}" )?(?:[a-z][\w$]*\.)*[A-Z][\w$]*(?:Error|Exception)\b',
        Says.ROOT,
        _NO_FLAGS,
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "fortran runtime error",
        r"^(?:fatal )?Fortran runtime error(?:\(\S{1,200}\))?: ",
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "fio-f-|allocate: |null pointer for |subscript out of range|unrecoverable library error"
        "|runtime error: ",
        r"^(?:PG)?FIO-F-\d+/|^(?:DE)?ALLOCATE: |^Null pointer for \S|^Subscript out of range for array"
        r"|^lib-\d+ : UNRECOVERABLE|^Runtime Error: \S{1,200}, line \d+: ",
    ),
    _rule(FailureKind.EXCEPTION, _CAUSE, "forrtl: severe", r"^forrtl: severe \((?!174|29\))\d+\)"),
    _rule(FailureKind.EXCEPTION, _CAUSE, "panic: ", r"^panic: "),
    _rule(
        FailureKind.MISSING,
        _REMARK,
        "cannot open the connection",
        r"^Error in .{1,400} : cannot open the connection",
    ),
    _rule(FailureKind.EXCEPTION, _CAUSE, "error in ", r"^Error in .{1,400} : ?$", Says.NEXT, _NO_FLAGS),
    _rule(FailureKind.EXCEPTION, _CAUSE, "error in ", r"^Error in .{1,400} : .", flags=_NO_FLAGS),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "nested task error: ",
        r"^nested task error: ",
    ),
    _rule(
        FailureKind.EXCEPTION,
        _SIGNAL,
        "taskfailedexception|processexitedexception|compositeexception",
        r"^ERROR: (?:LoadError: )?(?:TaskFailed|ProcessExited|Composite)Exception\b",
    ),
    _rule(
        FailureKind.EXCEPTION,
        _CAUSE,
        "error: loaderror|error: ",
        r"^ERROR: (?:LoadError: )?\w+(?:Error|Exception)(?::|\(| with )",
        flags=_NO_FLAGS,
    ),
    _rule(FailureKind.ERROR, _CAUSE, "error stop", r"^ERROR STOP\b", flags=_NO_FLAGS),
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "error on proc|error: ",
        r"^ERROR(?: on proc \d+)?: .*\(\S*\w\.(?:cpp|h):\d+\)$",
        flags=_NO_FLAGS,
    ),
    _rule(FailureKind.ERROR, _CAUSE, "amrex::", r"^amrex::(?:Error|Abort)::"),
    _rule(FailureKind.ERROR, _CAUSE, "*** error: ", r"^\*\*\* Error: +\S", flags=_NO_FLAGS),
    _rule(
        FailureKind.ERROR,
        _CAUSE,
        "fatal|critical error: ",
        r"^\W{0,4}(?:FATAL(?: ERROR)?(?: from PE\s{1,12}\d+)?|CRITICAL ERROR): +\S",
        flags=_NO_FLAGS,
    ),
    # Ends of processes
    _rule(
        FailureKind.SEGFAULT,
        _SIGNAL,
        "segmentation fault|segmentation violation|sigsegv|bus error|sigbus",
        r"segmentation (?:fault|violation)|\bsigsegv\b|\bbus error\b|\bsigbus\b",
    ),
    _rule(
        FailureKind.CRASH,
        _SIGNAL,
        "illegal instruction|sigill|sigabrt|aborted",
        _BY_SHELL + r"(?:Illegal instruction|Aborted)(?:\s{2,}\S| *\(core dumped\)|$)"
        r"|\b(?:SIGILL|SIGABRT)\b|(?:Signal|STRING|tasks? [\d,-]+): (?:Illegal instruction|Aborted)"
        r"|signal [46] \(",
        flags=_NO_FLAGS,
    ),
    _rule(
        FailureKind.KILLED,
        _SIGNAL,
        "killed|signal 9|sigkill|signal: 9",
        _BY_SHELL + r"killed(?: |$)|tasks? [\d,-]+: killed|exit string: killed|signal:? 9\b"
        r"|received sigkill",
    ),
    # That it was ended
    # A step is cancelled when one of its tasks fails, too; a whole job without a reason by a person.
    _rule(FailureKind.CANCELLED, _SIGNAL, "cancelled at", r"\*\*\* job \S+ on .* cancelled at \S+ \*\*\*"),
    _rule(FailureKind.CANCELLED, _ENDED, "cancelled at", r"\*\*\* (?:job|step) .* cancelled at "),
    _rule(
        FailureKind.CANCELLED,
        _ENDED,
        "term_owner|term_admin|term_force|interrupt",
        r"term_(?:owner|admin|force)|received sigint\b|^interrupted?$",
    ),
    _rule(FailureKind.ERROR, _ENDED, "exited with exit code", r"tasks? [\d,-]+: exited with exit code [1-9]"),
    _rule(
        FailureKind.MPI,
        _ENDED,
        "mpi_abort|primary job  terminated|bad termination of one|exited with non-zero status",
        r"mpi_abort was invoked|called mpi_abort\("
        r"|detected that one or more processes exited with non-zero status|bad termination of one",
    ),
    _rule(
        FailureKind.KILLED,
        _ENDED,
        "terminated|sigterm|signal 15",
        _BY_SHELL + r"terminated(?: |$)|tasks? [\d,-]+: terminated|received sigterm"
        r"|signal 15\b",
    ),
    # A number that a shell, or the simulation, kept
    _exit_rule(FailureKind.SEGFAULT, "139|-11"),
    _exit_rule(FailureKind.KILLED, "137|143|-9|-15"),
    _exit_rule(FailureKind.CRASH, "134|132|-6|-4"),
    _exit_rule(FailureKind.NUMERICS, "136|-8"),
    _exit_rule(FailureKind.MISSING, "126|127"),
    _exit_rule(FailureKind.CANCELLED, "130|-2"),
    _exit_rule(FailureKind.TIMEOUT, "124", _SIGNAL),  # of timeout(1)
    _rule(FailureKind.TIMEOUT, _SIGNAL, "took longer than its", r"it took longer than its [\d.e+]+ s\b"),
    _rule(FailureKind.ERROR, _REMARK, "error: ", r"^[^\s:]+:\d+:(?:\d+:)? (?:fatal )?error: "),
    _rule(FailureKind.ERROR, _REMARK, "undefined reference to"),
    _rule(FailureKind.ERROR, _REMARK, "cmake error", r"^CMake Error(?: at |: )"),
    _rule(FailureKind.ERROR, _REMARK, ": *** ", r"^make(?:\[\d+\])?: \*\*\* "),
    _rule(FailureKind.ERROR, _CAUSE, "petsc error: --", r"PETSC ERROR: -+ Error Message -+$", Says.NEXT),
    _rule(FailureKind.ERROR, _REMARK, "error termination via", r"^error termination via", Says.BEFORE),
    _rule(FailureKind.ERROR, _REMARK, "finished by error termination"),
    _rule(
        FailureKind.ERROR,
        _REMARK,
        "stop ",
        r"^STOP (?!.*(?i:\b(?:normal|success|finished|complet|done\b|end of)))['\"]?[A-Za-z]\w+ \S",
        flags=_NO_FLAGS,
    ),
    _rule(FailureKind.ERROR, _REMARK, "[error]|[critical]|[fatal]", r"\[(?:error|critical|fatal)\][ :]+\S"),
    _rule(FailureKind.ERROR, _REMARK, "*** error *** ", r"\*\*\* ERROR \*\*\* \S"),
    # A line that calls itself an error: only one that begins so, and tells more than a number
    _rule(
        FailureKind.EXCEPTION,
        _REMARK,
        " line ",
        r"^(?!.*\b(?:warning|used only once)).{1,400} at \S+ line \d+\.$",
    ),
    _rule(
        FailureKind.EXCEPTION,
        _REMARK,
        "error|exception",
        _PYTHON_NAME + r"[A-Z]\w*(?:Error|Exception): .",
        flags=_NO_FLAGS,
    ),
    _rule(
        FailureKind.ERROR,
        _REMARK,
        "error|fatal|critical|severe",
        r"^(?:[\w./-]{1,60}: )?\W{0,4}(?:fatal error|internal error|input error|runtime error|fatal"
        r"|critical|severe|error)\b" + _NOT_SURVIVED + r"(?! in user input:$"
        r"| (?:estimate|bar|norm|bound|toleran|limit|level|rate|control|analysis|handling|file|log"
        r"|messages? will))"
        r"\s{0,3}(?:[:!\]*-]|\(\w{1,20}\)|#?\d{1,6}[:\s]|in\b|on\b|at\b"
        r"|while\b)(?!\s*(?:[-+=<>]?\s*[\d.]+(?:e[-+]?\d+)?\s*%?\s*$|(?:none|no)\s*(?:$|[,;)])"
        r"|no (?:\w+ )?(?:errors?|problems?|issues?)\b|0\b))",
    ),
    _rule(
        FailureKind.ERROR,
        _REMARK,
        "error|fatal|critical",
        r"^[\w\s.,:/()|\[\]-]{0,120}\b(?:ERROR|FATAL|CRITICAL)\b(?! (?:ESTIMATE|NORM|BOUND)\b)"
        + _NOT_SURVIVED
        + r"[\s\]|:>-]+(?![\s\]"
        r"|:>-]*[\d.]+(?:e[-+]?\d+)?\s*$)\S",
        flags=_NO_FLAGS,
    ),
    _rule(FailureKind.ERROR, _REMARK, "e r r o r", r"^E R R O R\b\W{1,4}\S", flags=_NO_FLAGS),
    # What a shell or a tool could not do
    _rule(
        FailureKind.MISSING,
        _CLEANUP,
        "cannot remove|failed to remove|no such |not mounted|permission denied|not permitted",
        rf"^{_CLEANING}\S",
    ),
    _rule(
        FailureKind.MISSING,
        _COMPLAINT,
        "no such |permission denied|not permitted|nonexistent|can't cd to|not found|no module named"
        "|does not exist|cannot find",
        rf"{_TOOL}.*(?:{_LACKS})",
    ),
    _rule(
        FailureKind.MISSING,
        _COMPLAINT,
        # Of shells and the C library in other languages
        "nicht gefunden|keine berechtigung|introuvable|aucun fichier ou dossier de ce type"
        "|orden no encontrada|no existe el fichero o el directorio|no existe el archivo o el directorio"
        "|comando non trovato|file o directory non esistente|未找到命令|没有那个文件或目录"
        "|コマンドが見つかりません|そのようなファイルやディレクトリはありません",
    ),
    _rule(
        FailureKind.ERROR,
        _COMPLAINT,
        "can't|cannot|could not|couldn't|unable to|failed|invalid|illegal|unknown|unrecogni|unterminated"
        "|missing|error|expected|unbound|not set|too many|bad |ambiguous|file exists|directory|too long"
        "|connection |busy|stale|no such|service not known|unavailable",
        rf"{_TOOL}.*\b(?:{_COULD_NOT})",
    ),
    _rule(
        FailureKind.ERROR,
        _COMPLAINT,
        "():",
        r"^(?:\[[\d.]{1,20}\] ){0,2}\S{1,80}\.(?:c|cc|cpp|cxx|cu|f90|h|hpp):\w+\(\):\d+: \S",
    ),
    _rule(
        FailureKind.ERROR,
        _COMPLAINT,
        "missing|invalid|not found|does not exist|must be|required|cannot|can't|unable|failed|unknown"
        "|unsupported|too many|too few|too large|too small|usage: |illegal|no such |wrong ",
        rf"^{_NOT_MINOR}(?!.*(?:\b(?:no|0|without) (?:\w+ )?(?:fail|error|miss|problem)|[:=] ?0\b))"
        r".*\b(?:missing|invalid|not found|does not exist|must be|(?:is|are) required"
        r"|required (?:argument|file|input|option|parameter|variable)|cannot|can't|unable to|failed|unknown"
        r"|unsupported|too (?:many|few|large|small)|usage: |illegal|no such|wrong)\b",
        Says.LAST,
    ),
)

RECORDED: tuple[Rule, ...] = (
    # As `runtui.batch` words what a scheduler says of a job
    _rule(FailureKind.OOM, _VERDICT, "(out_of_memory)"),
    _rule(FailureKind.TIMEOUT, _VERDICT, "limit (timeout)|in the scheduler (deadline)"),
    _rule(FailureKind.NODE, _VERDICT, "its node failed (node_fail)|its node did not start (boot_fail)"),
    _rule(FailureKind.PREEMPTED, _VERDICT, "it was preempted (preempted)|it was revoked (revoked)"),
    _rule(FailureKind.CANCELLED, _VERDICT, "it was cancelled (cancelled)"),
    _rule(
        FailureKind.CANCELLED,
        _VERDICT,
        "cancelled by ",
        r"^cancelled by \S{1,80}(?: before it (?:began|started))?$",
    ),
    _rule(FailureKind.CANCELLED, _VERDICT, "interrupted by sigint", r"^interrupted by SIGINT\b"),
    _rule(FailureKind.REQUEUED, _VERDICT, "was requeued: ", r"^job \S{1,100} was requeued: "),
    _rule(
        FailureKind.LOST,
        _ENDED,
        "lost: |the scheduler no longer knows it",
        r"^lost: |\bthe scheduler no longer knows it\b",
    ),
)
"""Rules for reasons that this program itself recorded; they come before the others."""
