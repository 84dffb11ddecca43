"""Running a batch script again: in a copy of its directory, with its own directives, as a job.

A script writes beside itself, so the copy keeps what its first job has written. Copied are the script and
those files beside it that are no logs and not newer than the script and the inputs that it names: what a job
writes is newer.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from runtui.layouts.base import Entries, entries_of
from runtui.layouts.owned_file import owned_text
from runtui.layouts.script_outputs import SCRIPT
from runtui.layouts.solvers import is_any_log
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.errors import StoreError, explain
from runtui.store.own_command import OwnCommand
from runtui.store.paths import INDEX_FILE, METADATA_FILE
from runtui.text.sanitize import safe_text

_MOST_FILES = 500  # of a directory
_MOST_BYTES = 64 * 1024 * 1024  # in all of them
_INPUT = re.compile(
    r".+\.(?:py|jl|r|m|lua|pl|in|inp|input|nml|ini|cfg|conf|toml|ya?ml|json|par|param|params|mdp|top|sh)",
    re.IGNORECASE,
)
_NEVER_COPIED = frozenset((METADATA_FILE, INDEX_FILE))
_DIRECTIVE = re.compile(r"#SBATCH\s+(.*)")
_KNOWN = {
    **dict.fromkeys(("--time", "-t"), "time"),
    **dict.fromkeys(("--partition", "-p"), "partition"),
    "--mem": "memory",
    **dict.fromkeys(("--cpus-per-task", "-c"), "cpus"),
    **dict.fromkeys(("--account", "-A"), "account"),
}
"""Options of sbatch for resources that runtui shows and changes."""

_DROPPED = frozenset((
    "--job-name", "-J", "--output", "-o", "--error", "-e", "--chdir", "-D", "--workdir", "--open-mode",
    "--dependency", "-d", "--wait", "-W", "--parsable", "--begin", "-b", "--deadline", "--quiet", "-Q",
    "--export",
))  # fmt: skip
"""Options for a job's name, files and place in time, which are the new job's own."""

_FLAGS = frozenset((
    "--wait", "-W", "--parsable", "--quiet", "-Q", "--exclusive", "--requeue", "--no-requeue", "--overcommit",
    "-O", "--oversubscribe", "-s", "--hold", "-H", "--contiguous", "--use-min-nodes", "--spread-job",
    "--reboot", "--kill-on-invalid-dep", "--ignore-pbs", "-I",
))  # fmt: skip
"""Options without a value, or with one in the same word."""

_ARRAY = ("--array", "-a")


class Directives(NamedTuple):
    """Requests of a script to the scheduler.

    Attributes:
        resources: Resources as of ``--resource``.
        is_array: Whether it makes an array of jobs.
    """

    resources: dict[str, str]
    is_array: bool


def script_command(run_dir: str) -> OwnCommand:
    """Return the command that runs the script of a job again, in a copy of its directory.

    Args:
        run_dir: The directory of the script and the job's output; or the output, if that alone is the run.

    Raises:
        StoreError: Which script it is, or what it needs, is not certain; the text says why.
    """
    is_log = not os.path.isdir(run_dir)
    folder = os.path.dirname(run_dir) if is_log else run_dir
    try:
        entries = entries_of(folder)
        script = _script_of(entries)
        text = owned_text(folder, script)
        directives = directives_of(text)
        _check_place(folder, script, text, entries, is_log=is_log)
        inputs = _inputs(script, text, entries)
    except OSError as error:
        raise StoreError(f"its directory cannot be read: {explain(error, with_path=False)}") from None
    if directives.is_array:
        raise StoreError(f"{safe_text(script, 80)} makes an array of jobs: submit it with sbatch yourself")
    return OwnCommand(
        (*_interpreter(text), script),
        "",
        "slurm",
        directives.resources,
        style=ArgumentStyle.OPTIONS,
        inputs=tuple(f"{folder}/{name}" for name in (script, *inputs)),
        script=script,
    )


def directives_of(text: str) -> Directives:
    """Return what the ``#SBATCH`` lines of a script ask for, up to its first command.

    Raises:
        StoreError: They cannot be understood.
    """
    found: dict[str, str] = {}
    others: list[str] = []
    is_array = False
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            break
        directive = _DIRECTIVE.match(line)
        if directive is None:
            continue
        try:
            words: Sequence[str] = shlex.split(directive[1], comments=True)
        except ValueError:
            raise StoreError(f"its script has a line that cannot be read: {safe_text(line, 80)}") from None
        if "hetjob" in words:
            raise StoreError("its script makes a job of several components: submit it with sbatch yourself")
        while words:
            option, value, words = _next_option(words)
            is_array |= option in _ARRAY
            if option in _KNOWN and value is not None:
                found[_KNOWN[option]] = value
            elif option not in _DROPPED and option not in _ARRAY:
                others.append(option if value is None else _joined(option, value))
    if others:
        found["options"] = shlex.join(others)
    return Directives(found, is_array)


def _next_option(words: Sequence[str]) -> tuple[str, str | None, Sequence[str]]:
    """Return the first option of a line, its value or None, and the words after them."""
    first, *rest = words
    if not first.startswith("-") or first == "-":
        raise StoreError(f"its script has a directive that cannot be read: {safe_text(first, 80)}")
    if first.startswith("--"):
        option, equals, value = first.partition("=")
        if equals:
            return option, value, rest
    else:
        option, value = first[:2], first[2:]
        if value:
            return option, value.removeprefix("="), rest
    if option in _FLAGS or not rest or rest[0].startswith("-"):
        return option, None, rest
    return option, rest[0], rest[1:]


def _joined(option: str, value: str) -> str:
    return f"{option}={value}" if option.startswith("--") else f"{option}{value}"


def _script_of(entries: Entries) -> str:
    """Return the one script that a job of the directory can have had."""
    scripts = sorted(
        name
        for name in entries.files
        if SCRIPT.fullmatch(name) and _is_for_slurm(os.path.join(entries.path, name))
    )
    if not scripts:
        raise StoreError("its command is unknown: no script with #SBATCH lines lies beside its output")
    if len(scripts) > 1:
        shown = ", ".join(safe_text(name, 40) for name in scripts[:3])
        raise StoreError(f"which script it ran is not certain: {shown}")
    return scripts[0]


def _is_for_slurm(path: str) -> bool:
    try:
        return re.search("^#SBATCH", owned_text(*os.path.split(path)), re.MULTILINE) is not None
    except StoreError:
        return os.path.getsize(path) > 0  # it may be; whoever uses it is told what is wrong with it


def _check_place(folder: str, script: str, text: str, entries: Entries, *, is_log: bool) -> None:
    """Check that a script does in a copy of its directory what it did there.

    Raises:
        StoreError: It may not; the text says why.
    """
    shown = safe_text(script, 80)
    code = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    if len(folder) > 1 and folder in code:
        raise StoreError(f"{shown} names its own directory, which a copy would write to: submit it yourself")
    if is_log and "../" in code:
        raise StoreError(f"{shown} uses ../, which is another place in a copy: submit it yourself")
    for name in sorted(entries.folders):
        if re.search(rf"(?<![\w./-]){re.escape(name)}/", code):
            raise StoreError(
                f"{shown} uses the folder {safe_text(name, 40)}/, which is not copied: submit it"
            )


def _inputs(script: str, text: str, entries: Entries) -> list[str]:
    """Return the names of the files that a copy needs beside the script."""
    others = {
        name: status
        for name in entries.files
        if name != script
        and name not in _NEVER_COPIED
        and not name.startswith(".")
        and not is_any_log(name)
        and not name.endswith(".err")
        and (status := entries.status_of(name)) is not None
    }
    script_status = entries.status_of(script)
    read = re.sub(r">\s*\S+", "", text)  # without what the script writes
    written = [
        status.st_mtime
        for name, status in others.items()
        if _INPUT.fullmatch(name) and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", read)
    ]
    newest = max([*written, 0.0 if script_status is None else script_status.st_mtime])
    found = sorted(name for name, status in others.items() if status.st_mtime <= newest)
    size = sum(others[name].st_size for name in found)
    if size > _MOST_BYTES or len(found) > _MOST_FILES:
        told = f"{len(found):,} files of {size / 1e6:,.0f} MB"
        raise StoreError(f"its inputs are too much to copy ({told}): submit its script yourself")
    return found


def _interpreter(text: str) -> list[str]:
    """Return the words that run a script, as its first line says."""
    first = text.partition("\n")[0]
    words = first[2:].split() if first.startswith("#!") else []
    return words or ["/bin/sh"]
