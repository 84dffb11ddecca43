"""Parser of the settings file, with errors of one line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, NamedTuple

from runtui.catalog.sorting import NEWEST_FIRST
from runtui.catalog.sync.watch_plan import WatchBudget
from runtui.settings.model import DEFAULTS, Notify, SavedView, Settings, folded
from runtui.settings.values import (
    Document,
    RefusedError,
    columns_of,
    columns_without_unknown,
    notify_of,
    panes_of,
    query_text,
    share_of,
    sort_setting,
    switch_of,
    table_of,
    tables_of,
    text_of,
)
from runtui.store.errors import MetadataError, explain
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import shown_path
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule

LARGEST_FILE = 1024 * 1024  # bytes
_MOST_VIEWS = 200  # views
_LONGEST_NAME = 60  # characters
_DEEPEST = 50  # levels of nested tables and lists
_MOST_RULES = 200  # digest rules
_LONGEST_PATTERN = 1000  # characters
_RULE_FIELDS = ("kind", "pattern")
_LINE = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

_BOUNDS: Mapping[str, tuple[float, float]] = {
    "watches": (0, 100_000),
    "sweep_rate": (0.1, 1000),
    "poll_interval": (0.2, 3600),
    "list_interval": (0.5, 3600),
    "safety_interval": (1, 86_400),
    "in_flight": (1, 64),
}
"""Smallest and largest value of each budget: enough to work at all, and bearable for a login node.

Intervals are in seconds, `sweep_rate` in runs per second, `watches` and `in_flight` are counts."""


def settings_in(path: str) -> Settings:
    """Read the settings in the file at `path`; defaults where it is missing. Never raises."""
    try:
        data, _stamp = read_file(path, LARGEST_FILE)
    except FileNotFoundError:
        return DEFAULTS
    except OSError as error:
        return _unusable(f"{shown_path(path)}: {explain(error, with_path=False)}; using the defaults")
    except MetadataError as error:
        return _unusable(f"{shown_path(path)}: {safe_text(str(error))}; using the defaults")
    return parse_settings(data, path)


def parse_settings(data: bytes, path: str) -> Settings:
    """Parse the bytes of a settings file. Never raises.

    Args:
        data: Contents of the file.
        path: Its path, for error messages.
    """
    try:
        text = data.decode()
        document = tomllib.loads(text)
        if _is_deep(document):
            raise RecursionError
    except RecursionError:
        return _unusable(f"{shown_path(path)} is nested too deeply: correct it; using the defaults")
    except ValueError as error:
        where = _LINE.search(str(error))
        line = f", line {where[1] or len(data.splitlines())}" if where else ""
        reason = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else _LINE.sub("", str(error))
        reason = safe_text(reason, 200)
        return _unusable(f"{shown_path(path)}{line}: {reason}: correct it; using the defaults")
    return read_document(document, path, text)


def _unusable(problem: str) -> Settings:
    return Settings(problem=problem, is_broken=True)


def _is_deep(document: Document) -> bool:
    """Return whether tables or lists are nested too deeply to be copied and written by recursion."""
    level: list[Any] = [document]
    for _depth in range(_DEEPEST):
        inner = [value.values() if isinstance(value, dict) else value for value in level]
        level = [item for items in inner for item in items if isinstance(item, dict | list)]
    return bool(level)


class _Fault(NamedTuple):
    """Error in the settings file.

    Attributes:
        message: What is wrong.
        table: Name of the table, or ``""`` at the top.
        place: Index among the tables of that name.
        key: The key, or ``""``.
        is_harmless: Whether it is only an unknown key, perhaps of a later version, which stays in the file.
    """

    message: str
    table: str = ""
    place: int = 0
    key: str = ""
    is_harmless: bool = False


def read_document(document: Document, path: str, text: str) -> Settings:
    """Return the settings in a parsed document. Never raises.

    Args:
        document: Parsed TOML.
        path: Path of its file, for error messages.
        text: Text of the file, to find the lines of errors; ``""`` where there is no file yet.
    """
    faults: list[_Fault] = []

    def part(name: str, read: Callable[[Any], Any], default: Any) -> Any:
        if name not in document:
            return default
        try:
            return read(document[name])
        except RefusedError as refused:
            faults.append(_Fault(f"{name} {refused}", key=name))
            return default

    faults += _misspelt(document)
    theme = part("theme", text_of, "")
    columns = part("columns", columns_of, ())
    sort = part("sort", sort_setting, NEWEST_FIRST)
    bell = part("bell", switch_of, True)
    notify = part("notify", notify_of, Notify.WATCHED)
    notify_command = part("notify_command", text_of, "")
    key_set = part("key_set", text_of, "")
    panes = part("panes", panes_of, DEFAULTS.panes)
    panes_share = part("panes_share", share_of, DEFAULTS.panes_share)
    low_bandwidth = part("low_bandwidth", switch_of, False)
    keys = _read_keys(part("keys", table_of, {}), faults)
    budgets = _read_budgets(part("budgets", table_of, {}), faults)
    views = _read_views(part("views", tables_of, []), faults)
    rules = _read_digest(part("digest", table_of, {}), faults)
    problem = ""
    if faults:
        first = faults[0]
        number = _line_of(text, first)
        line = f", line {number}" if number else ""
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        message = safe_text(first.message, 200)
        problem = f"{shown_path(path)}{line}: {message}{more}: correct it; the rest is used"
    is_broken = not all(fault.is_harmless for fault in faults)
    return Settings(
        theme,
        columns,
        sort,
        keys,
        budgets,
        views,
        bell,
        notify,
        notify_command,
        key_set,
        panes,
        panes_share,
        low_bandwidth,
        rules,
        problem,
        document,
        is_broken,
    )


_KNOWN = (
    "theme",
    "columns",
    "sort",
    "bell",
    "notify",
    "notify_command",
    "key_set",
    "panes",
    "panes_share",
    "low_bandwidth",
    "keys",
    "budgets",
    "views",
    "digest",
)


def _misspelt(document: Document) -> Iterator[_Fault]:
    """Yield errors for unknown names similar to settings; others may belong to a later version."""
    unknown = [name for name in document if name not in _KNOWN]
    if unknown:
        for name in unknown:
            likely = get_close_matches(name.casefold(), _KNOWN, 1, 0.75)
            if likely:
                yield _Fault(f"unknown setting {name}: did you mean {likely[0]}?", key=name)


def _read_keys(table: Mapping[str, Any], faults: list[_Fault]) -> dict[str, str]:
    keys = {}
    for action, written in table.items():
        if isinstance(written, list) and all(isinstance(item, str) for item in written):
            keys[action] = ",".join(written)
        elif isinstance(written, str):
            keys[action] = written
        else:
            faults.append(_Fault(f'keys.{action} must be text such as "f5,R"', "keys", 0, action))
    return keys


def _read_budgets(table: Mapping[str, Any], faults: list[_Fault]) -> WatchBudget | None:
    values: dict[str, Any] = {}
    kinds = {name: type(default) for name, default in WatchBudget._field_defaults.items()}
    for name, value in table.items():
        if name not in _BOUNDS:
            message = f"unknown setting budgets.{name}: use one of {', '.join(_BOUNDS)}"
        elif isinstance(value, bool) or not isinstance(value, int | float):
            message = f"budgets.{name} must be a number"
        elif not _BOUNDS[name][0] <= value <= _BOUNDS[name][1]:
            message = f"budgets.{name} must be from {_BOUNDS[name][0]:g} to {_BOUNDS[name][1]:g}"
        else:
            values[name] = kinds[name](value)
            continue
        faults.append(_Fault(message, "budgets", 0, name))
    return WatchBudget(**values) if values else None


def _read_digest(table: Mapping[str, Any], faults: list[_Fault]) -> tuple[OwnRule, ...]:
    for name in table:
        if name != "rules":
            faults.append(_Fault(f"unknown setting digest.{name}: use rules", "digest", 0, name))
    tables = table.get("rules", [])
    if not isinstance(tables, list) or not all(isinstance(item, dict) for item in tables):
        faults.append(_Fault("digest.rules must be tables, each headed [[digest.rules]]", "digest"))
        return ()
    rules = []
    for place, item in enumerate(tables[:_MOST_RULES]):
        try:
            rules.append(_read_rule(item))
        except RefusedError as refused:
            message = f"digest rule {place + 1} has {refused}"
            faults.append(_Fault(message, "digest.rules", place, refused.key))
    if len(tables) > _MOST_RULES:
        faults.append(_Fault(f"there are more than {_MOST_RULES} digest rules", "digest.rules", _MOST_RULES))
    return tuple(rules)


def _read_rule(table: Mapping[str, Any]) -> OwnRule:
    from runtui.logs.diagnose.own_rules import own_rule  # needless without rules

    for name in table:
        if name not in _RULE_FIELDS:
            raise RefusedError(f"the unknown key {name}: use {' and '.join(_RULE_FIELDS)}", name)
    texts = []
    for name in _RULE_FIELDS:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise RefusedError(f"no {name}: give it as text in quotation marks", name)
        if len(value) > _LONGEST_PATTERN:
            raise RefusedError(f"a {name} longer than {_LONGEST_PATTERN} characters", name)
        texts.append(value)
    kind, pattern = texts
    try:
        return own_rule(kind.strip().casefold(), pattern)
    except ValueError as error:
        raise RefusedError(str(error), "kind" if "kind:" in str(error)[:20] else "pattern") from None


def _read_views(tables: list[Any], faults: list[_Fault]) -> tuple[SavedView, ...]:
    views: dict[str, SavedView] = {}
    for place, table in enumerate(tables[:_MOST_VIEWS]):
        try:
            view, unknown = _read_view(table)
            if folded(view.name) in views:
                raise RefusedError("has the name of another view", "name")
        except RefusedError as refused:
            name = table.get("name")
            shown = f'the view "{safe_text(name, 40)}"' if isinstance(name, str) else f"view {place + 1}"
            faults.append(_Fault(f"{shown} {refused}", "views", place, refused.key))
        else:
            views[folded(view.name)] = view
            shown = f'the view "{safe_text(view.name, 40)}" has'
            known = f"use one of {', '.join(VIEW_FIELDS)}"
            faults += [
                _Fault(f"{shown} the unknown key {name}: {known}", "views", place, name, is_harmless=True)
                for name in unknown
            ]
    if len(tables) > _MOST_VIEWS:
        faults.append(_Fault(f"there are more than {_MOST_VIEWS} views", "views", _MOST_VIEWS))
    return tuple(views.values())


VIEW_FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "name": lambda value: text_of(value, _LONGEST_NAME),
    "query": lambda value: query_text(value),
    "sort": lambda value: text_of(value),
    "columns": lambda value: columns_of(value),
    "group": lambda value: text_of(value),
}


def _read_view(table: Mapping[str, Any]) -> tuple[SavedView, list[str]]:
    """Return a view, and the unknown keys of its table."""
    values: dict[str, Any] = {}
    unknown = []
    for name, value in table.items():
        read = VIEW_FIELDS.get(name)
        if read is None:
            unknown.append(name)
            continue
        if name == "columns":
            value, keys = columns_without_unknown(value)
            unknown += keys
        try:
            values[name] = read(value)
        except RefusedError as refused:
            raise RefusedError(f"has a {name} that {refused}", name) from None
    if not values.get("name"):
        raise RefusedError("has no name", "name")
    return SavedView(**values), unknown


def _line_of(text: str, fault: _Fault) -> int | None:
    """Return the likely line number of an error, or None."""
    table, place, heading = "", -1, None
    for number, line in enumerate(text.splitlines(), 1):
        written = line.strip()
        if written.startswith("["):
            name = written.strip("[] \t").split("]")[0].strip().strip("\"'")
            if written.startswith("[[") and name == fault.table:
                place += 1
            table = name
            if name == (fault.table or fault.key) and max(place, 0) == fault.place:
                heading = number
            continue
        key = written.partition("=")[0].strip().strip("\"'")
        is_there = table == fault.table and max(place, 0) == fault.place
        if fault.key and is_there and "=" in written and key == fault.key:
            return number
        if key == f"{fault.table}.{fault.key}" and not table:
            return number
    return heading
