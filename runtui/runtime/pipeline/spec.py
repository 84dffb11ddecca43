"""Pipelines as users write them: a TOML file of steps, or a folder of numbered scripts."""

from __future__ import annotations

import os
import re
import shlex
import sys
import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from runtui.batch.registry import LOCAL, places
from runtui.runtime.pipeline.plan import (
    CallWork,
    CommandWork,
    Mode,
    Plan,
    PlanError,
    Step,
    Work,
    check_plan,
)
from runtui.store.errors import MetadataError, OutsideRunError, explain
from runtui.store.paths import sandboxed_join
from runtui.store.regular_file import read_file
from runtui.text.durations import parse_age
from runtui.text.sanitize import safe_text

_LARGEST_FILE = 4 * 1024 * 1024  # bytes

_PIPELINE_KEYS = ("description", "tags", "mode", "workers", "steps")
_STEP_KEYS = (
    "name",
    "command",
    "call",
    "needs",
    "mode",
    "on",
    "outputs",
    "temporary",
    "timeout",
    "retries",
    "resources",
)
_RESOURCES = ("time", "partition", "memory", "cpus", "account", "array", "options")

_PLACE = re.compile(r"(?<!\$)\{(run|results|checkpoints|logs|here)\}")
_NUMBERED = re.compile(r"([0-9]+)[-_.].*")
_SHELLS = {".sh": "sh", ".bash": "bash"}


class PipelineError(PlanError):
    """An invalid pipeline; the message says where."""


class PipelineSpec(NamedTuple):
    """A pipeline, with placeholders in its steps.

    Attributes:
        source: The absolute path of the file or the folder that it was read from.
        steps: Its steps; their outputs are paths below the run, or begin with a placeholder.
        description, tags: Of its runs.
        workers: How many steps run at once; None for as many as there are processors.
    """

    source: str
    steps: tuple[Step, ...]
    description: str | None = None
    tags: tuple[str, ...] = ()
    workers: int | None = None

    @property
    def here(self) -> str:
        """The directory that it lies in; commands run there."""
        return self.source if os.path.isdir(self.source) else os.path.dirname(self.source)

    def plan_for(self, paths: Mapping[str, str], mode: Mode | None = None, on: str | None = None) -> Plan:
        """Return the plan for one run.

        Args:
            paths: Where the run's parts are, by the names of their placeholders.
            mode: Where functions run, whatever the steps say; None for what they say.
            on: The compute framework of all steps, likewise.

        Raises:
            PipelineError: An output would lie outside of the run.
        """
        places = {**paths, "here": self.here}
        return Plan(tuple(_placed(step, places, mode, on) for step in self.steps))


def read_pipeline(source: str) -> PipelineSpec:
    """Return the pipeline that a file or a folder of numbered scripts holds.

    Raises:
        PipelineError: It cannot be read, or makes no sense; the message says where.
    """
    path = os.path.abspath(source)
    if os.path.isdir(path):
        return _read_folder(path)
    shown = safe_text(source, 200)
    try:
        data, _stamp = read_file(path, _LARGEST_FILE)
        document = tomllib.loads(data.decode())
    except FileNotFoundError:
        raise PipelineError(
            f"there is no {shown}: name a pipeline's TOML file, or a folder of scripts"
        ) from None
    except OSError as error:
        raise PipelineError(f"{shown}: {explain(error, with_path=False)}") from None
    except MetadataError as error:
        raise PipelineError(f"{shown}: {error}") from None
    except UnicodeDecodeError:
        raise PipelineError(f"{shown} is not UTF-8 text") from None
    except (ValueError, RecursionError) as error:
        if not source.endswith(".toml"):
            raise PipelineError(
                f"{shown} is no pipeline: name a TOML file, or a folder of numbered scripts"
            ) from None
        raise PipelineError(f"{shown}: {safe_text(str(error), 300)}") from None
    try:
        return _read_document(document, path)
    except PlanError as error:
        raise PipelineError(f"{shown}: {error}") from None


# A folder


def _read_folder(path: str) -> PipelineSpec:
    """Return the pipeline of a folder: each script runs when all with smaller numbers have finished."""
    shown = safe_text(path, 200)
    try:
        numbered = sorted(
            (int(found[1]), name) for name in os.listdir(path) if (found := _NUMBERED.fullmatch(name))
        )
    except OSError as error:
        raise PipelineError(f"{shown}: {explain(error, with_path=False)}") from None
    steps: list[Step] = []
    earlier: list[str] = []
    latest: list[str] = []
    number = None
    for own, name in numbered:
        words = _script_words(os.path.join(path, name))
        if words is None:
            continue
        if own != number:
            earlier, latest, number = latest, [], own
        stem = name.rpartition(".")[0] or name
        latest.append(stem)
        steps.append(Step(stem, CommandWork(words, path), tuple(earlier)))
    if not steps:
        raise PipelineError(f"{shown} has no numbered scripts, such as 10_fetch.py and 20_clean.sh")
    check_plan(Plan(tuple(steps)))
    return PipelineSpec(path, tuple(steps))


def _script_words(path: str) -> tuple[str, ...] | None:
    """Return the command that runs a script, or None for a file that is not one."""
    if not os.path.isfile(path):
        return None
    ending = os.path.splitext(path)[1]
    if ending == ".py":
        return (sys.executable, path)
    if ending in _SHELLS:
        return (_SHELLS[ending], path)
    return (path,) if os.access(path, os.X_OK) else None


# A file


def _read_document(document: Mapping[str, object], path: str) -> PipelineSpec:
    _check_keys(document, _PIPELINE_KEYS, "")
    mode = _mode(document, "")
    tables = document.get("steps")
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise PipelineError("it has no steps: write a [[steps]] table for each")
    steps = tuple(_read_step(table, number, mode) for number, table in enumerate(tables, 1))
    check_plan(Plan(steps))
    workers = document.get("workers")
    if workers is not None and (type(workers) is not int or not 0 < workers <= 1024):
        raise PipelineError("workers must be a number from 1 to 1024")
    return PipelineSpec(
        path, steps, _text(document, "description", ""), _texts(document, "tags", ""), workers
    )


def _read_step(table: Mapping[str, object], number: int, mode: Mode | None) -> Step:
    name = _text(table, "name", f"step {number}: ")
    if not name or safe_text(name, 200) != name:
        raise PipelineError(f"step {number}: it needs a name, of at most 200 plain characters")
    where = f"step {name}: "
    _check_keys(table, _STEP_KEYS, where)
    on = _text(table, "on", where) or LOCAL
    if on not in places():
        raise PipelineError(f"{where}there is no compute framework {on!r}: it can be {', '.join(places())}")
    retries = table.get("retries", 0)
    if type(retries) is not int or not 0 <= retries <= 100:
        raise PipelineError(f"{where}retries must be a number from 0 to 100")
    temporary = table.get("temporary", False)
    if not isinstance(temporary, bool):
        raise PipelineError(f"{where}temporary must be true or false")
    return Step(
        name,
        _work(table, where),
        _texts(table, "needs", where),
        _mode(table, where) or mode or Mode.PROCESS,
        on,
        _texts(table, "outputs", where),
        temporary,
        _timeout(table, where),
        retries,
        _resources(table, where),
    )


def _work(table: Mapping[str, object], where: str) -> Work:
    command, function = table.get("command"), _text(table, "call", where)
    if (command is None) is (function is None):
        raise PipelineError(f"{where}it needs either a command or a call")
    if function is not None:
        if not re.fullmatch(r"[\w.]+:[\w.]+", function):
            raise PipelineError(f"{where}call must be module:function, not {safe_text(function, 80)!r}")
        return CallWork(function)
    if isinstance(command, str) and command.strip():
        return CommandWork(("sh", "-c", command))
    if isinstance(command, list) and command and all(isinstance(word, str) and word for word in command[:1]):
        return CommandWork(_texts(table, "command", where))
    raise PipelineError(
        f"{where}command must be a text for the shell, or a list of a program and its arguments"
    )


def _timeout(table: Mapping[str, object], where: str) -> float | None:
    value = table.get("timeout")
    if value is None:
        return None
    if isinstance(value, str):
        try:
            return parse_age(value)
        except ValueError:
            pass
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < float("inf"):
        return float(value)
    raise PipelineError(f"{where}timeout must be a number of seconds, or a text such as 90s or 1h30m")


def _resources(table: Mapping[str, object], where: str) -> Mapping[str, str]:
    value = table.get("resources", {})
    if not isinstance(value, dict):
        raise PipelineError(f"{where}resources must be a table, such as {{ time = '01:00:00', cpus = 4 }}")
    _check_keys(value, _RESOURCES, f"{where}resources: ")
    found: dict[str, str] = {}
    for key, item in value.items():
        if isinstance(item, bool) or not isinstance(item, (str, int)):
            raise PipelineError(f"{where}resources: {key} must be a text or a number")
        found[key] = str(item)
    return found


def _mode(table: Mapping[str, object], where: str) -> Mode | None:
    text = _text(table, "mode", where)
    if text is None:
        return None
    try:
        return Mode(text)
    except ValueError:
        raise PipelineError(f"{where}mode must be {', '.join(Mode)}, not {safe_text(text, 40)!r}") from None


def _text(table: Mapping[str, object], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise PipelineError(f"{where}{key} must be a text")
    if value is not None and "\0" in value:
        raise PipelineError(f"{where}{key} has a character that no text can have")
    return value


def _texts(table: Mapping[str, object], key: str, where: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(item, str) and "\0" not in item for item in value):
        raise PipelineError(f"{where}{key} must be a list of texts")
    return tuple(value)


def _check_keys(table: Mapping[str, object], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            likely = get_close_matches(key.casefold(), known, 1, 0.6)
            hint = f", did you mean {likely[0]}?" if likely else f": there are {', '.join(known)}"
            raise PipelineError(f"{where}{safe_text(key, 80)} means nothing here{hint}")


# For a run


def _placed(step: Step, places: Mapping[str, str], mode: Mode | None, on: str | None) -> Step:
    """Return a step with its placeholders replaced by paths."""
    work: Work
    if isinstance(step.work, CallWork):
        work = step.work._replace(search=(places["here"],))
    else:
        is_shell = step.work.words[:2] == ("sh", "-c")
        words = tuple(
            _filled(word, places, is_quoted=is_shell and place == 2)
            for place, word in enumerate(step.work.words)
        )
        work = CommandWork(words, step.work.directory or places["here"])
    outputs = tuple(_output(output, places, step.name) for output in step.outputs)
    return step._replace(work=work, outputs=outputs, mode=mode or step.mode, on=on or step.on)


def _filled(text: str, places: Mapping[str, str], *, is_quoted: bool = False) -> str:
    def put(found: re.Match[str]) -> str:
        path = places[found[1]]
        return shlex.quote(path) if is_quoted else path

    return _PLACE.sub(put, text)


def _output(output: str, places: Mapping[str, str], step: str) -> str:
    """Return the path of an output, which is always in the run: it may have to be removed."""
    path = os.path.join(places["run"], _filled(output, places))
    relative = os.path.relpath(path, places["run"])
    try:
        if relative == os.curdir or relative.split(os.sep)[0] == os.pardir:
            raise OutsideRunError("it is the run itself, or outside")
        # The output itself may be a link out of the run, which the step has made.
        sandboxed_join(places["run"], os.path.dirname(relative))
    except OutsideRunError:
        raise PipelineError(f"step {step}: the output {safe_text(output, 80)} is not in the run") from None
    return path
