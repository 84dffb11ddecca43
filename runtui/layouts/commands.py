"""The commands that other programs' runs were started with: one row per layout.

Only what a record tells with certainty is a command; all else is refused with the reason. The records are
files that the calling user owns, and what they tell is shown before it runs. A command runs where it ran, if
its program makes a directory of its own for each run; else it would write over what its first run wrote.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from runtui.layouts.owned_file import owned_json, owned_text, owned_yaml
from runtui.layouts.registry import examine
from runtui.layouts.script_command import script_command
from runtui.store.command_arguments import ArgumentStyle
from runtui.store.errors import StoreError
from runtui.store.metadata import read_owned
from runtui.store.own_command import OwnCommand, own_command, planned_command
from runtui.store.paths import METADATA_FILE
from runtui.text.sanitize import safe_text
from runtui.text.shell import shown_command

CommandReader = Callable[[str], OwnCommand]
"""Function that returns the command of the run in a directory, or raises a `StoreError` that says why not."""

_PYTHON = "python3"
_KEYS = ("command", "cmd", "argv")
_DIRECTORY_KEYS = ("working_directory", "working_dir", "workdir", "cwd")
_SHELL_SIGNS = re.compile(r"[|&;<>()$`*?\[\]{}~#\n]")
_SCRIPT = re.compile(r".+\.py", re.DOTALL)
_LOCAL_SOURCE = "LOCAL"


def run_command(base: str, name: str) -> OwnCommand:
    """Return the command that the run `name` can be run again with.

    Args:
        base: The runs directory.
        name: The run, or a child that waits to be started.

    Raises:
        StoreError: There is none; the text says why.
    """
    own, planned = own_command(base, name), planned_command(base, name)
    if planned is not None and own is not None and own.job:
        own = replace(planned, system=own.system, resources=own.resources, job=own.job)
    elif planned is not None:
        own = planned
    if own is not None:
        if own.has_input:
            raise StoreError(
                "its command read a file as its standard input: launch it with that file, < FILE"
            )
        return own
    run_dir = os.path.join(base, name)
    try:
        examined = examine(run_dir)
    except OSError:
        examined = None
    if examined is None or examined.layout is None:
        return _of_metadata(run_dir)
    reader = COMMANDS.get(examined.layout.name)
    if reader is None:
        raise StoreError("runtui did not launch it: start its own program or script again")
    return _checked(reader(os.path.abspath(run_dir)))


def _of_metadata(run_dir: str) -> OwnCommand:
    """Return the command in a metadata.json that another program wrote."""
    unknown = "runtui did not launch it, so its command is unknown, or it is not your run"
    try:
        metadata, is_own = read_owned(run_dir)
    except StoreError:
        raise StoreError(unknown) from None
    written = next((metadata[key] for key in _KEYS if metadata.get(key)), None)
    if written is None or not is_own:
        raise StoreError(unknown)
    words = _words_of(written)
    listed = (metadata[key] for key in _DIRECTORY_KEYS if isinstance(metadata.get(key), str))
    directory = next((each for each in listed if os.path.isabs(each)), "")
    if not directory:
        raise StoreError(f"its command is known, but {METADATA_FILE} has no working_directory for it")
    return _checked(OwnCommand(words, directory, style=ArgumentStyle.OPTIONS))


def _words_of(written: object) -> tuple[str, ...]:
    """Return a command that is written as a list or as a line; one for a shell stays its line."""
    if isinstance(written, list) and written and all(isinstance(word, str) for word in written):
        words = tuple(written)
    elif not isinstance(written, str):
        raise StoreError("its command is neither text nor a list of texts")
    elif _SHELL_SIGNS.search(written):
        return ("sh", "-c", written)
    else:
        try:
            words = tuple(shlex.split(written))
        except ValueError:
            raise StoreError("its command lacks a quote") from None
    if not words:
        raise StoreError("its command is empty")
    return (_PYTHON, *words) if _SCRIPT.fullmatch(words[0]) else words  # as in sys.argv


def _hydra(run_dir: str) -> OwnCommand:
    """Return the program with the overrides of its task, where it began: each run makes its own directory."""
    document = owned_yaml(run_dir, ".hydra/hydra.yaml")
    own = _mapping(document, "hydra")
    job, runtime, overrides = (_mapping(own, key) for key in ("job", "runtime", "overrides"))
    name, directory = job.get("name"), runtime.get("cwd")
    if not isinstance(name, str) or not isinstance(directory, str):
        raise StoreError("its command is unknown: .hydra/hydra.yaml has no job.name and runtime.cwd")
    script = f"{name}.py"
    _check_file(directory, script)
    words = [_PYTHON, script]
    if isinstance(config := job.get("config_name"), str):
        words.append(f"--config-name={config}")
    task = overrides.get("task")
    words += [word for word in task if isinstance(word, str)] if isinstance(task, list) else []
    return OwnCommand(tuple(words), directory, style=ArgumentStyle.HYDRA)


def _wandb(run_dir: str) -> OwnCommand:
    """Return the program and its arguments, in the directory whose ``wandb/`` holds the run."""
    files = "files/" if os.path.isdir(os.path.join(run_dir, "files")) else ""
    record = owned_json(run_dir, f"{files}wandb-metadata.json")
    program, arguments = record.get("program"), record.get("args", [])
    if not isinstance(program, str) or not isinstance(arguments, list):
        raise StoreError("its command is unknown: wandb-metadata.json names no program")
    folder = os.path.dirname(run_dir)
    directory = record.get("cwd")
    if not isinstance(directory, str):
        if os.path.basename(folder) != "wandb":
            raise StoreError("its command is known, but not the directory that it ran in")
        directory = os.path.dirname(folder)
    _check_file(directory, program)
    if not all(isinstance(word, str) for word in arguments):
        raise StoreError("its command is unknown: the arguments in wandb-metadata.json are no texts")
    python = record.get("executable")
    python = python if isinstance(python, str) and os.access(python, os.X_OK) else _PYTHON
    return OwnCommand((python, program, *arguments), directory, style=ArgumentStyle.OPTIONS)


def _guild(run_dir: str) -> OwnCommand:
    """Return the operation's command, in the directory of the new run: it ran in that of the old one."""
    listed = owned_yaml(run_dir, ".guild/attrs/cmd").get("list")
    if not isinstance(listed, list) or not listed:
        raise StoreError("its command is unknown: .guild/attrs/cmd is no list")
    words = [word if isinstance(word, str) else str(word) for word in listed]
    if os.path.isabs(words[0]) and not os.access(words[0], os.X_OK):
        raise StoreError(f"its program is gone: {safe_text(words[0], 120)}")
    if os.path.lexists(os.path.join(run_dir, ".guild", "attrs", "deps")):
        raise StoreError("its operation needs files that Guild resolves: start it with `guild run`")
    source = os.path.join(run_dir, ".guild", "sourcecode")
    if os.path.isdir(source):
        words = ["env", f"PYTHONPATH={source}", *words]
    return OwnCommand(tuple(words), "", style=ArgumentStyle.OPTIONS)


def _sacred(run_dir: str) -> OwnCommand:
    """Return the experiment's main file with its command and the changes of its configuration."""
    record = owned_json(run_dir, "run.json")
    experiment, meta = _mapping(record, "experiment"), _mapping(record, "meta")
    script, directory = experiment.get("mainfile"), experiment.get("base_dir")
    if not isinstance(script, str) or not isinstance(directory, str):
        raise StoreError("its command is unknown: run.json names no experiment.mainfile and base_dir")
    _check_file(directory, script)
    words = [_PYTHON, script]
    if isinstance(command := meta.get("command", record.get("command")), str):
        words.append(command)
    options = _mapping(meta, "options")
    if isinstance(store := options.get("--file_storage"), str):
        words.append(f"--file_storage={store}")
    update = options.get("UPDATE")
    if not isinstance(update, list):
        named, updates = meta.get("named_configs"), _mapping(meta, "config_updates")
        update = [*(named if isinstance(named, list) else []), *_assignments(updates)]
    if not all(isinstance(word, str) for word in update):
        raise StoreError("its command is unknown: the changes in run.json are no texts")
    return OwnCommand((*words, *(["with", *update] if update else [])), directory, style=ArgumentStyle.SACRED)


def _assignments(updates: Mapping[str, Any], prefix: str = "") -> list[str]:
    found: list[str] = []
    for key, value in updates.items():
        if isinstance(value, dict):
            found += _assignments(value, f"{prefix}{key}.")
        else:
            found.append(f"{prefix}{key}={value!r}")  # Sacred reads it as Python
    return found


def _mlflow(run_dir: str) -> OwnCommand:
    """Refuse: a child would lie in MLflow's own folder, and it records no arguments of a script."""
    tags = os.path.join(run_dir, "tags")
    source = owned_text(tags, "mlflow.source.name").strip()
    try:
        entry = owned_text(tags, "mlflow.project.entryPoint").strip()
    except StoreError:
        name = safe_text(source, 80)
        raise StoreError(f"MLflow did not record the arguments of {name}: start it yourself") from None
    words = ["mlflow", "run", source, "-e", entry]
    folder = os.path.join(run_dir, "params")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        words += ["-P", f"{name}={owned_text(folder, name).strip()}"]
    raise StoreError(f"a run of MLflow's own: start it with {shown_command(words, 200)}")


COMMANDS: dict[str, CommandReader] = {
    "guild": _guild,
    "hydra": _hydra,
    "mlflow": _mlflow,
    "sacred": _sacred,
    "slurm": script_command,
    "wandb": _wandb,
}
"""The reader of the command of a layout's runs, by the name of the layout."""


def _mapping(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = document.get(key)
    return found if isinstance(found, dict) else {}


def _check_file(directory: str, name: str) -> None:
    """Check that a program's file is where it was.

    Raises:
        StoreError: It is not.
    """
    path = os.path.join(directory, name)
    if not os.path.isabs(path) or "\0" in path or not os.path.isfile(path):
        raise StoreError(f"its program is not there: {safe_text(path, 120)}")


def _checked(command: OwnCommand) -> OwnCommand:
    """Return a command that can be one.

    Raises:
        StoreError: It cannot, or its directory is gone.
    """
    if any("\0" in word for word in (*command.words, command.directory)) or not command.words[0]:
        raise StoreError("its command holds characters that no command can have")
    if command.directory and not os.path.isdir(command.directory):
        raise StoreError(f"the directory it ran in is gone: {safe_text(command.directory, 120)}")
    return command
