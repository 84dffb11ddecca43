"""Creating a child of a run, whoever wrote it, whose command and parameters agree."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from runtui.layouts.commands import run_command
from runtui.layouts.owned_file import owned_data
from runtui.layouts.run_parameters import layout_parameters
from runtui.store.child_run import ResumeOptions, Resumption, resume
from runtui.store.command_arguments import (
    ArgumentStyle,
    changed_command,
    is_same_value,
    spelled,
    value_in_command,
)
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.json_object import parse_object
from runtui.store.metadata import LARGEST_METADATA, read_any_metadata
from runtui.store.own_command import OwnCommand, own_command, plan_command
from runtui.store.parameter_changes import ChangedValue, ParameterChanges, changed_params, typed_value
from runtui.store.paths import METADATA_FILE, PARAMS_FILE
from runtui.store.regular_file import read_file
from runtui.store.safe_directory import SafeDirectory
from runtui.text.sanitize import safe_text

_LARGEST_INPUT = 64 * 1024 * 1024  # bytes
_NAMED = 5  # inputs that are named


class ChildPlan(NamedTuple):
    """Command, parameters and files of a child that is to be created.

    Attributes:
        command: Its command.
        params: Its parameters.
        changes: The parameters that differ from its parent's.
        files: Copies of its parent's inputs that it gets, by their names.
    """

    command: OwnCommand
    params: Mapping[str, Any]
    changes: tuple[ChangedValue, ...]
    files: Mapping[str, bytes]


def run_params(base: str, name: str) -> Mapping[str, Any]:
    """Return the parameters of a run, as it has them or as its layout knows them; none where there are none.

    Raises:
        StoreError: They cannot be read.
    """
    run_dir = os.path.join(base, name)
    try:
        data, _stamp = read_file(os.path.join(run_dir, PARAMS_FILE), LARGEST_METADATA, follow_link=False)
        return parse_object(data or b"{}", name=PARAMS_FILE)
    except (FileNotFoundError, NotADirectoryError):
        known = layout_parameters(run_dir)
        return {} if known is None else known.values
    except MetadataError as error:
        raise StoreError(safe_text(str(error))) from None
    except OSError as error:
        raise StoreError(f"{PARAMS_FILE} cannot be read: {explain(error, with_path=False)}") from None


def plan_child(
    command: OwnCommand, params: Mapping[str, Any], changes: ParameterChanges, *, with_files: bool = False
) -> ChildPlan:
    """Return what a child is to be started with.

    Args:
        command: Its parent's command.
        params: Its parent's parameters.
        changes: Changes of them.
        with_files: Whether the contents of its files are wanted though nothing in them changes.

    Raises:
        StoreError: A change is not certain to do what is wanted; the text says why.
    """
    changed, told = changed_params(params, changes)
    told = tuple(_with_old(command, one) for one in told)
    files: dict[str, bytes] = {}
    if command.inputs and (told or with_files):
        for path in command.inputs:
            folder, name = os.path.split(path)
            files[name] = owned_data(folder, name, _LARGEST_INPUT)
        told = tuple(_change_input(files, command.script, change) for change in told)
        return ChildPlan(command, changed, told, files)
    words = changed_command(command.words, told, command.style)
    return ChildPlan(replace(command, words=words), changed, told, files)


def create_child(base: str, name: str, options: ResumeOptions) -> Resumption:
    """Create a child of a run as `resume` does, also of a run of another program. Starts nothing.

    Args:
        base: The runs directory.
        name: The run.
        options: What the child is to be like.

    Raises:
        StoreError, OSError: As of `resume`. Or the run's command is not the one that the user was shown, or
            cannot be changed with the parameters.
    """
    try:
        command = run_command(base, name)
    except StoreError:
        if options.from_start and not os.path.lexists(os.path.join(base, name, METADATA_FILE)):
            raise
        return resume(base, name, options)  # whose program its user starts
    if options.shown and options.shown != command.words:
        raise StoreError("its command is another one than was shown: look at it again")
    is_own = own_command(base, name) is not None
    if is_own and not options.params:
        return resume(base, name, options)
    plan = plan_child(command, run_params(base, name), options.params, with_files=True)
    if is_own:
        child = resume(base, name, options)
        if plan.command.words == command.words:
            return child
    else:
        files = {**plan.files}
        if plan.params:
            files[PARAMS_FILE] = json.dumps(plan.params, indent=2, ensure_ascii=False, default=str).encode()
        child = resume(base, name, options, files, plan.changes, _description(base, name, plan.changes))
    directory = os.path.join(os.path.abspath(base), child.run_id)
    plan_command(SafeDirectory(directory), plan.command)
    return child


def _description(base: str, name: str, changes: tuple[ChangedValue, ...]) -> str:
    """Return a run's description with changed parameters, where that is the arguments of its program."""
    try:
        found = read_any_metadata(os.path.join(base, name)).get("description")
        words = found.split() if isinstance(found, str) else []
        return " ".join(changed_command(("", *words), changes, ArgumentStyle.FILE)[1:])
    except StoreError:
        return ""


def input_names(command: OwnCommand) -> str:
    """Return the names of the files that a child with a command gets copies of, safe to show in a line."""
    names = [safe_text(os.path.basename(path), 40) for path in command.inputs]
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _with_old(command: OwnCommand, change: ChangedValue) -> ChangedValue:
    """Return a change with the value before it, where only the command gives that."""
    if change.old is not None or (value := value_in_command(command.words, change.key)) is None:
        return change
    return change._replace(old=safe_text(value, 80), before=typed_value(value))


def _change_input(files: dict[str, bytes], script: str, change: ChangedValue) -> ChangedValue:
    """Change a parameter in the copy of a script, or of the one JSON file beside it that the script names.

    Returns:
        The change, with the value that was there.

    Raises:
        StoreError: It is in neither, or in several places.
    """
    text = files[script].decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    key = re.escape(change.key).replace("_", "[-_]")
    pattern = re.compile(rf"(?<![\w.-])((?:--?|\+)?(?:{key})(?:=|\s+|:-))([\"']?)([^\s\"'}};|&]+)\2(?![\w.])")
    found = [
        (index, match)
        for index, line in enumerate(lines)
        if not line.lstrip().startswith("#")
        for match in pattern.finditer(line)
    ]
    if len(found) > 1:
        raise StoreError(f"{change.key} cannot be changed: {script} gives it {len(found)} times")
    if not found:
        return _change_json(files, text, script, change)
    index, match = found[0]
    if change.before is not None and not is_same_value(match[3], change.before):
        told = safe_text(match[3], 80)
        raise StoreError(f"{change.key} cannot be changed: it is {change.old}, but {script} gives it {told}")
    new = spelled(change, match[3])
    if not re.fullmatch(r"[\w./:+-]+", new):
        raise StoreError(f"{change.key} cannot be changed: {change.new} would need quotes in {script}")
    line = lines[index]
    lines[index] = f"{line[: match.start(3)]}{new}{line[match.end(3) :]}"
    files[script] = "".join(lines).encode("utf-8", "surrogateescape")
    return change._replace(old=safe_text(match[3], 80))


def _change_json(files: dict[str, bytes], text: str, script: str, change: ChangedValue) -> ChangedValue:
    holders: list[tuple[str, dict[str, Any], ChangedValue]] = []
    for name, data in files.items():
        if not name.endswith(".json") or name not in text:
            continue
        try:
            changed, told = changed_params(parse_object(data, name=name), {change.key: change.value})
        except StoreError:
            continue
        if told[0].old is not None:
            holders.append((name, changed, told[0]))
    if len(holders) != 1:
        where = "in no input" if not holders else "in several inputs"
        raise StoreError(f"{change.key} cannot be changed: it is not in {safe_text(script, 80)}, and {where}")
    name, document, changed_there = holders[0]
    files[name] = json.dumps(document, indent=2, ensure_ascii=False).encode()
    return changed_there
