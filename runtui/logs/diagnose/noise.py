"""Lines of jobs that ended well, and yet look like errors: of modules, libraries and the scheduler's daemons.

To teach another, add it to `_NOISE`, or to `_SURVIVED` if it can also be why a job failed, with a word of it
to the words below.
"""

from __future__ import annotations

import re
from functools import lru_cache

from runtui.logs.diagnose.lines import line_around
from runtui.logs.diagnose.words import vocabulary

_NOISE = re.compile(
    # Tests, an epilogue, and what a compiler's runtime notes at the end
    rb"[^\n]*(?:\b(?:caught|failed|raised|detected) as expected\b"
    rb"|syntax error near unexpected token|floating.point exceptions are signalling"
    rb"|\bnccl info\b"
    # Libraries of a graphics card or a network that are not there, or twice
    rb"|could not load dynamic library|couldn't load driver|factory for plugin cu\w+"
    rb"|\bimplib-gen: |\bln: [^\n]{1,200}: file exists"
    rb"|no gpu/tpu found|unable to register cu\w+ factory|error initializing an openfabrics device"
    # The shell of a batch job, and languages that are not installed
    rb"|warning: setlocale: lc_\w+: cannot change locale|\bcan(?:no|')t set (?:the locale|lc_\w+)"
    rb"|perl: warning: setting locale failed"
    rb"|your shell has not been properly configured|inappropriate ioctl for device|no value for \$?term\b"
    # Housekeeping of Slurm
    rb"|slurmstepd[^\s:]{0,60}: error: (?:task/cgroup|_is_a_lwp|acct_gather|x?cgroup|proctrack|jobacct_gather"
    rb"|unable to (?:add|get|remove|rmdir|unlink|tmpdir)|common_file_write_content|_?cgroup\w*:"
    rb"|mpi/pmi2: no value for key))[^\n]*$",
    re.IGNORECASE,
)
_WORDS = (
    b"syntax error", b"signalling", b"dynamic library", b"load driver", b"factory", b"gpu/tpu",
    b"openfabrics", b"properly configured", b"ioctl", b"no value for", b"slurmstepd",
    b"nccl info", b"implib", b"file exists", b"as expected", b"locale", b"set lc_",
)  # fmt: skip
"""Words of which each such line has one: most logs have none, which is quickly seen."""

_SURVIVED = re.compile(
    rb"[^\n]*(?:failed to load (?:library|module)|unable to locate a modulefile"
    rb"|lmod has detected the following error|\(\d+\):error:\d+: "
    rb"|pmix error: [^\n]{1,60} in file (?:gds_|dstore_|psec|ptl_)"
    # The files that a shell reads at login, and what is there, or gone, already
    rb"|(?:/\.(?:bashrc|bash_profile|profile|zshrc|zprofile|t?cshrc|login)"
    rb"|/etc/(?:profile|bashrc)[\w./-]{0,60}): (?:line )?\d+: "
    rb"|mkdir: [^\n]{1,200}: file exists|\brm: cannot remove [^\n]{1,200}: no such file or directory"
    rb"|\bmodules?\b[^\n]{0,200}\b(?:conflict|cannot be loaded)|\bconflict[^\n]{0,200}\bmodules?\b)[^\n]*$",
    re.IGNORECASE,
)
_SURVIVED_WORDS = (
    b"failed to load", b"module", b"lmod has", b":error:", b"pmix error", b"rc: ", b"profile", b"/.login",
    b"file exists", b"rm: cannot",
)  # fmt: skip

NOISE_WORDS = (*_WORDS, *_SURVIVED_WORDS)
"""Words of which each line has one that does not count, or most often does not."""


_MOST_KNOWN = 1024  # lines that are remembered: several rules ask for the same
_CELL = r"\s{0,40}[-+]?\d[\d.,]{0,20}(?:e[-+]?\d{1,3})?(?: ?[a-z%]{1,3})?\s{0,40}"
"""A number in a table, with its unit."""

_MINOR = re.compile(
    r"^\W{0,4}(?:INFO|DEBUG|NOTICE|TRACE)\b(?=[\s:\]])"
    r"|^(?:major|minor): "  # HDF5
    r"|(?i:\b(?:errors?|warnings?) (?:summary|statistics)\b)"  # the heading of a count, which can be of none
    r"|^(?:\S{1,300}:\d+: )?[A-Z]\w*Warning: "
    r"|^(?:\W{0,4}|.{0,60}[\s\[(:-])(?<!NCCL )WARN(?:ING)?\b(?!: ThreadSanitizer)"
    r"|(?i:\b(?:ignor(?:ed|ing)|retr(?:ying|ied)|(?:will|to) retry|anew|falling back|not a failure|harmless"
    r"|(?<![\w.])(?:0(?! (?-i:FATAL|ERROR))|no|none|zero) (?:\w+ ){0,2}(?:failed|errors?|failures?))\b"
    r"|\(failed:\s{0,8}\d+[;)]|\berrors?(?: messages?)?\s{0,8}[:=]\s{0,40}0\W*$)"
    r"|\|" + _CELL + r"\|(?:" + _CELL + r"\|){0,20}(?:" + _CELL + r")?$"  # a row of a table
)
"""A line that says of itself that the run goes on."""


@lru_cache(maxsize=_MOST_KNOWN)
def is_minor(text: str) -> bool:
    """Return whether a line says of itself that the program goes on."""
    return _MINOR.search(text) is not None


def without_noise(data: bytes) -> bytes:
    """Return a text in which lines that never tell why a job failed are blank; as long as it was."""
    lines = vocabulary(data).lines
    return _blanked(data, _NOISE, _WORDS) if any(word in lines for word in _WORDS) else data


def without_survived(data: bytes) -> bytes:
    """Return a text in which lines are blank, too, that may tell why a job failed but most often do not."""
    return _blanked(without_noise(data), _SURVIVED, _SURVIVED_WORDS)


def is_often_survived(text: str) -> bool:
    """Return whether a line may tell why a job failed but most often does not, as one of a login file."""
    return _SURVIVED.match(text.encode("utf-8", "replace")) is not None


def _blanked(data: bytes, pattern: re.Pattern[bytes], words: tuple[bytes, ...]) -> bytes:
    lowered = data.lower()
    bounds: set[tuple[int, int]] = set()
    for word in words:
        place = lowered.find(word)
        while place >= 0:
            begin, end = line_around(lowered, place)
            if pattern.match(data, begin, end):
                bounds.add((begin, end))
            place = lowered.find(word, end)
    if not bounds:
        return data
    blanked = bytearray(data)
    for begin, end in bounds:
        blanked[begin:end] = b" " * (end - begin)
    return bytes(blanked)
