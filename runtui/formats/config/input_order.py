"""Order of a run's inputs: the input of the program that ran last comes first.

In one folder lie the inputs of all stages of a run, such as ``em.mdp``, ``nvt.mdp`` and ``md.mdp``, and of
attempts that were never made. What counts is told by the logs: some name their input, most share its stem.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

from runtui.logs.read.log_files import COMPRESSED, is_log_name, unpacked_name
from runtui.logs.read.start_times import start_time
from runtui.store.regular_file import open_regular

_HEAD = 32 * 1024  # bytes of a log in which its program names its input and the time …
_SCRIPT = 16 * 1024  # … and of a script that is compared with what a log repeats
_MOST_NAMES = 64  # names of logs that are looked at
_MOST_LOGS = 12  # logs that are opened
_AT_ONCE = 2.0  # seconds: files written so close to each other are of one moment, as those of a copy
_LEAST_REPEATED = 0.5  # share of a script's lines in the log of the program that read it

_NAMED = re.compile(
    rb"^ +Reading input from (\S+)"  # Quantum ESPRESSO
    rb"|^ CP2K\| Input file name +(\S+)"
    rb"|^ *argument +1 = (\S+)"  # NWChem
    rb"|^-? *input +file +-> +(\S+)"  # ABINIT
    rb"|^ *gmx\S* mdrun .*-s (\S+)\.tpr|^ *gmx\S* mdrun .*-deffnm (\S+)"
    rb"|^ *gmx\S* grompp .*-f (\S+)",
    re.MULTILINE,
)
_PROGRESS = ".sta"
"""End of the names of files in which CalculiX and Abaqus note each increment, often without a log."""

_REPEATS_ITS_INPUT = b"LAMMPS ("
_LOG_AFFIXES = re.compile(
    r"^log[._-]|(?:[._-](?:log|out|output|pwo|nwo|abo|sta))+\d*$|\.p?[oe]\d+$", re.IGNORECASE
)
_NOISE = re.compile(r"[\W_]+")


class _Log(NamedTuple):
    """A log: its name, its beginning, when it was last written and when its program began."""

    name: str
    head: bytes
    modified: float
    started: float | None


def inputs_in_order(run_dir: str, inputs: Sequence[str], names: Collection[str]) -> list[str]:
    """Return inputs in the order of the programs that read them, the last one first, then all others.

    Raises nothing. Opens at most a dozen logs, and none where there is no choice.

    Args:
        run_dir: The run's directory.
        inputs: The names of the inputs in it.
        names: The names of all its entries.
    """
    logs = [name for name in names if (is_log_name(name) or name.endswith(_PROGRESS)) and name not in inputs]
    if len(inputs) < 2 or not logs:
        return list(inputs)
    used: dict[str, None] = {}
    for log in _newest_first(run_dir, logs):
        name = _named_by(log, inputs) or _of_the_stem(log.name, inputs)
        if name is None and log.head.startswith(_REPEATS_ITS_INPUT):
            name = _repeated_by(run_dir, log, inputs)
        if name is not None:
            used.setdefault(name)
    return [*used, *(name for name in inputs if name not in used)]


def _newest_first(run_dir: str, names: Sequence[str]) -> list[_Log]:
    """Return the logs of the programs that began last, by what they say, or else by their files' times."""
    times = []
    for name in sorted(names)[:_MOST_NAMES]:
        try:
            times.append((os.stat(os.path.join(run_dir, name)).st_mtime, name))
        except OSError:
            continue
    logs = []
    for modified, name in sorted(times, reverse=True)[:_MOST_LOGS]:
        try:
            head = _head_of(os.path.join(run_dir, name))
        except OSError:
            continue
        logs.append(_Log(name, head, modified, start_time(head)))
    is_dated = all(log.started is not None for log in logs)
    is_copy = bool(logs) and logs[0].modified - logs[-1].modified <= _AT_ONCE
    if is_dated or is_copy:
        logs.sort(key=lambda log: log.started or 0.0, reverse=True)
    return logs


def _head_of(path: str) -> bytes:
    with open_regular(path, follow_link=True) as file:
        if not path.endswith(COMPRESSED):
            return os.pread(file.descriptor, _HEAD, 0)
    from runtui.logs.read.compressed import open_source  # few runs have such logs

    source = open_source(path)
    source.look()
    return source.read(0, _HEAD)


def _named_by(log: _Log, inputs: Sequence[str]) -> str | None:
    found = _NAMED.search(log.head)
    if found is None:
        return None
    name = os.path.basename(next(filter(None, found.groups()), b"").decode("utf-8", "replace"))
    return name if name in inputs else _of_the_stem(name, inputs)


def _of_the_stem(log: str, inputs: Sequence[str]) -> str | None:
    """Return the input with the stem of a log: ``scf.in`` of ``scf.out``, ``in.prod`` of ``log.prod``."""
    wanted = _NOISE.sub("", _LOG_AFFIXES.sub("", unpacked_name(log))).lower()
    if not wanted:
        return None
    return next((name for name in inputs if _stem(name) == wanted), None)


def _stem(name: str) -> str:
    stem = os.path.basename(name)
    stem = stem[3:] if stem.startswith("in.") else os.path.splitext(stem)[0]
    return _NOISE.sub("", stem).lower()


def _repeated_by(run_dir: str, log: _Log, inputs: Sequence[str]) -> str | None:
    """Return the script of which most lines stand in a log."""
    lines = {b" ".join(line.split()) for line in log.head.split(b"\n")}
    best, found = _LEAST_REPEATED, None
    for name in inputs[:_MOST_LOGS]:
        try:
            with open_regular(os.path.join(run_dir, name)) as file:
                script = os.pread(file.descriptor, _SCRIPT, 0)
        except OSError:
            continue
        stripped = (b" ".join(line.split()) for line in script.split(b"\n"))
        commands = [line for line in stripped if line and not line.startswith(b"#")]
        share = sum(line in lines for line in commands) / max(1, len(commands))
        if share > best:
            best, found = share, name
    return found
