"""Words that codes, launchers and shells write around a program's message, and words of messages themselves.

To teach the digest the box of another code, add what stands in it beside the message to `_AROUND`, and what
tells where the error is to `_PLACE`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from runtui.logs.diagnose.epilogues import is_epilogue
from runtui.logs.diagnose.noise import is_minor
from runtui.logs.diagnose.refusals import is_negative


def _any(*sources: str) -> str:
    return f"(?:{'|'.join(sources)})"


_IDENTIFIER = _any(
    r"\"[^\"]*\"",
    r"'[^']*'",
    r"`[^`']*'",
    r"\[[^\]]*\]",
    r"<[^>]*>",
    r"\([^()]*\)",
    r"[\w/.~-]*(?:[_/]|::|\.\w|\d)[\w/.:~<>#*+-]*(?:\([^()]*\))?",
    r"#?\d+",
)
_PART = r"(?:function|(?:sub)?routine|file|line|rank|task|pe|node|proc(?:ess(?:or)?)?)s?"
_OTHER_PART = r"(?:module|procedure|method|thread|object|component)s?"

OF_PLACE = re.compile(
    _any(
        rf"\b(?:in|at|from|by|on)\s+(?:the\s+)?(?:(?:{_PART}|{_OTHER_PART})\b\s*[:#=]?\s*)?{_IDENTIFIER}",
        rf"\b{_PART}\s*[:#=]?\s*{_IDENTIFIER}",
        r"\b(?:(?:function|(?:sub)?routine)\s+|(?:in|at|from)\s+(?=(?-i:[A-Z]{2})))\w+",
        r"\bfrom\s+\w+\s+(?=:)",
        r"\bwhile\s+in\b.*",
        _IDENTIFIER,
    ),
    re.IGNORECASE,
)
"""Words that tell where in a program an error is."""

OF_ERROR = re.compile(
    _any(
        r"errors?|fatal|abort(?:ed|ing)?|exceptions?|stop(?:ped|ping)?|severe|internal|critical|program(?:me)?",
        r"runtime|run|time|messages?|is|has|have|occurr?ed|encountered|an?|the|was|user|system|input|output|i|o",
        r"will|be|terminat(?:ed|ing|ion)|because|of|detected|called|caught|following|assertion|failed|panic",
        r"failure|simulation|execution|job|with|code|number|type|processing|reasons?|problem|details?",
        r"information|additional|description|arguments?|bug|unexpected|at|in|from|on|to|that|it|while",
        r"due|previous|above|earlier|abnormal(?:ly)?|signal|received|using",
    ),
    re.IGNORECASE,
)
"""Words of a line that tells no more than that there is an error."""

_PLACE = re.compile(
    r"\W{0,12}"
    + _any(
        r"(?:in |at |from |inside )?(?:the )?(?:source |src_)?"
        + _any(
            r"file|function|(?:sub)?routine|module|program|mpi[_ ]?(?:rank|task)|openmp thread|rank|process",
            r"thread|node|host(?: ?name)?|pid|task|date|time|user|location|where|path|version|command|line",
            r"src_line|throw number|type|error code(?: is)?|current input line|object|position|block",
            r"exit_?code|date and time[^:]{0,20}",
        )
        + r"\s*[:=#<]",
        r"(?:in|at|from) (?:function|(?:sub)?routine|file|line|module|thorn|program)\b",
        r"(?:called from|issued by|while executing|for further details|for more information)\b",
        r"(?:(?:in|at|from) )?\[?(?:file )?\S+\.(?:c|cc|cpp|cxx|cu|h|hpp|hh|f|f\d\d|for|py|jl|rs|go)"
        r"\W{1,3}(?:line )?\d+(?::\d+)?\W*$",
        r"#\d+ |File \"|image\s+pc\s+routine\b",
        r"at [\w$.<>/ ]{1,200}\([^()]{0,200}\)\W*$",
        r"(?:call(?:ing)? stack|stack ?(?:trace|frames)|backtrace|traceback|routine calling stack)\b",
        r"(?:error object|options used):",
    ),
    re.IGNORECASE,
)
"""A line that tells where and in what circumstances, not what."""

_AROUND = re.compile(
    r"\W{0,12}"
    + _any(
        # Advice
        r"possible (?:solutions?|reasons?|causes?)\b.{0,40}:$",
        r"please |see (?:also|https?|the\b|\S+ for)|website\b|https?://|contact\b|note:|re-?run with",
        r"you may or may not|exactly when|to break execution|do ?n[o']t panic",
        # Stopping
        r"(?:program )?(?:stopp?(?:ed|ing)?|abort(?:ing|ed)?)\b(?!: *\w+\W+\w).{0,24}$",
        r"(?:exit(?:ing|ed)?|terminat\w*)\b.{0,12}$",
        r"simulation (?:aborted|stopped|terminated)|execution (?:of \S+ )?(?:is )?terminated",
        r"(?:good ?)?bye\b|a? ?core (?:was )?dump|flag reset",
        r".{0,60}\bdying\b|the program (?:has|will)\b.{0,40}(?:stop|abort|terminat)|return\w* (?:exit )?code",
        r"decision taken to exit|abinit_abort|leave_new|foam (?:parallel run )?(?:exiting|aborting)",
        r"(?:\[.{1,20}\] )?calling mpi_abort|finali[sz]ing|execution_code|exit_?(?:code|flag)",
        # Times and sizes
        r"job cpu time|elapsed time|file lengths|(?:total )?(?:cpu|wall)\b.{0,20}time",
        # Ends of boxes, and what tells only that there was an error
        r"error termination|abnormal termination of|error stop\W*$|image \d+ exited\b",
        r"this type of error is most|there is an error in the|qtrace dump|end of\b",
        r"found error: ?\d|g4exception|(?:fatal exception|event must be aborted)",
        r"(?:track|step) information|(?:error: )?unknown error\b|charm\+\+ fatal error",
        # The boxes of mpirun
        r"with errorcode|a non-zero exit code|per user-direction|the first process to do so|process name: ",
        r"exit code: |mpi(?:run|exec) (?:noticed|detected)|one or more processes exited|in communicator",
        r"\[[\w/ -]{9}\] process > ",
        r"the job (?:to be|has been)|=+ +bad termination|your application terminated",
    )
    + r"|.*\b(?:received an error in communication|mpi slaves will be stopped|exit_flag:)",
    re.IGNORECASE,
)
"""What codes and launchers say around a message, which tells nothing of the cause."""

_LAUNCHER = re.compile(
    _any(
        r"CMake Error",
        r"\S+: (?:line )?\d+: ",  # shells
        r"\W{0,3}"
        + _any(
            r"(?:srun|yhrun|slurmstepd)\b\S*: ",
            r"(?:mpirun|mpiexec|prterun|prun|aprun|jsrun|orterun|ibrun|hydra\w*)\b\S*: ",
            r"terminated with an error exit status",
            r"MPICH ERROR \[|MPI_ABORT was|MPT ERROR|application called MPI_Abort|Abort\(\d|forrtl: ",
            r"NOTE: invoking",
            r"(?:Killed|Aborted|Terminated|Segmentation fault)\b|(?:Program|Process) received signal",
            r"Primary job|\[?[\w.:-]{1,80}\]? \*\*\* |caught signal|mpi application rank \d",
            r"APPLICATION TERMINATED|(?:Rank \d+ (?:\[[^\]]{1,60}\] ){0,2})?internal ABORT - process",
        ),
    ),
    re.IGNORECASE,
)
"""The beginning of what launchers, shells and run-times say of an end."""

_EXIT = re.compile(
    r"\b"
    + _any(
        r"exit(?:ed|s)?\b[^:]{0,20}\b(?:code|status|value)",
        r"(?:fail(?:ed|s)?|finish(?:ed|es)|end(?:ed|s)|return(?:ed|s)|crash(?:ed|es)|terminat(?:ed|es)|stopped"
        r"|aborted)\b[^:]{0,40}\b(?:return|exit)[ _-]?(?:code|status|value)",
    )
    + r"\s{0,4}[:=]?\s{0,4}[(\[]?-?\d{1,3}\W{0,3}(?:(?:exit|abort)ing\W{0,3})?$"
    r"|^make(?:\[\d+\])?: \*\*\* \[.{1,200}\] Error \d+$",
    re.IGNORECASE,
)
"""The exit code of a program."""

_PROGRESS = re.compile(
    _any(
        r"\W{0,12}\[?(?:info|debug|notice|trace)\b",
        r"\W{0,12}(?:(?!errors?\b|problems?\b|fail)(?:[a-z]+ ){0,2}[a-z]{3,}ing\b)",
        r"\W{0,12}(?:we |now )?us(?:e|ing)\b",
        r"\W{0,12}(?:welcome|copyright)",
        r"(?:\W{0,4}\[[^\]]{1,60}\])?\W{0,4}(?:submitted|launched|cached|queued|scheduled|executed|created)\b",
        r".*\b(?:done|finished|complet\w+|success\w*|writt?en|wrote|saved|start(?:ed|s)?|began|begin|loaded)\b",
        r".*\b(?:initiali[sz]\w*|read|version|warn\w*|note)\b",
        r".*\b(?:step|iter\w*|epoch|cycle|time)\b\W{0,3}\d",
        r".*(?:(?<![=!<>])=(?!=)|\.{3}|:\s*[-+\d.]+\s*$)",
    ),
    re.IGNORECASE,
)
"""Lines of programs that are at work."""

_VALUE = re.compile(r"\w[\w ]{0,60}[:=]\s*[-+]?[\d.]+(?:e[-+]?\d+)?\s*$", re.IGNORECASE)
_COUNTED = re.compile(
    r"\w{1,40}\s*=\s*[-+]?[\d.]+\s*$|.{0,200}[-=]{7,}$|.*\d ?%|.*\b\d+ of \d+\b"
    r"|.{1,200}:\s*(?:0|none|no)\s*$"
    r"|\W*(?:no|0) (?:\w+ ){0,2}(?:problems?|warnings?|issues?)\b",
    re.IGNORECASE,
)
"""Values, counts of nothing, titles between rules, and bars."""

_PLACED = re.compile(
    r"(?:\W{0,4}(?:(?:source )?file|line|function|(?:sub)?routine|module|rank|process|pe|node|task)"
    r"(?:\s{0,4}[:=#]\s{0,12}|\s{1,12})\S{1,200}){1,4}\s{1,12}(?=\S)",
    re.IGNORECASE,
)
"""Places before a message in the same line."""

_FEWEST_WORDS = 2  # of a message behind a place
_MOST_KNOWN = 1024  # lines that are remembered: programs print many of them again
_WORD = re.compile(r"[^\W\d_]+")
_MEANINGLESS = frozenset(("false", "true", "message", "reason", "error", "details", "..."))


def words_of(text: str) -> list[str]:
    """Return the words of a line; a letter, or one repeated, is none: boxes have them drawn large."""
    return [word for word in _WORD.findall(text) if len(set(word.lower())) > 1]


@lru_cache(maxsize=_MOST_KNOWN)
def is_telling(text: str) -> bool:
    """Return whether a line can be a program's message: no frame, place, or what codes write around one."""
    words = words_of(text)
    return (
        bool(words)
        and not is_minor(text)
        and (not _PLACE.match(text) or _says_more(text))
        and not _COUNTED.match(text)
        and (_VALUE.match(text) is None or is_negative(text))
        and not _AROUND.match(text)
        and not is_epilogue(text.encode())
        and text.lower().strip(" .:!*<>|") not in _MEANINGLESS
        and not (text.endswith(":") and all(map(OF_ERROR.fullmatch, words)))
    )


def _says_more(text: str) -> bool:
    """Return whether a place is followed by what is wrong there."""
    place = _PLACED.match(text)
    rest = text[place.end() :] if place else ""
    return len(words_of(rest)) >= _FEWEST_WORDS and is_negative(rest)


def is_of_launcher(text: str) -> bool:
    """Return whether a line tells how a process ended, in the words of what started it."""
    return _LAUNCHER.match(text) is not None


def is_of_exit(text: str) -> bool:
    """Return whether a line tells that a program failed with an exit code, and nothing else."""
    return _EXIT.search(text) is not None


def is_progress(text: str) -> bool:
    """Return whether a line tells what a program does or did."""
    return _PROGRESS.match(text) is not None
