"""Changes of a TOML file as text, which keep comments, order and spelling of all that stays."""

from __future__ import annotations

import tomllib
from collections.abc import MutableMapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Comment, Table

from runtui.settings.values import Document


def with_contents(text: str, document: Document) -> str:
    """Return a TOML text changed as little as possible so that it holds `document`.

    Raises:
        ValueError: That cannot be done.
    """
    try:
        written = tomlkit.parse(text)
        _update(written, document)
        changed = tomlkit.dumps(written)
    except (TOMLKitError, RecursionError) as error:
        raise ValueError(f"the file cannot be changed in place: {error}") from None
    if tomllib.loads(changed) != document:
        raise ValueError("the file cannot be changed in place")
    return changed


def _update(written: MutableMapping[str, Any], document: Document) -> None:
    """Change a table to what a document holds."""
    for key in [key for key in written if key not in document]:
        del written[key]
    for key, value in document.items():
        present = written.get(key)
        if present is None:
            written[key] = value
        elif _plain(present) == value:
            continue
        elif isinstance(present, MutableMapping) and isinstance(value, dict):
            _update(present, value)
        elif isinstance(present, AoT) and _is_tables(value):
            _update_tables(present, value, _table_before(written, key))
        else:
            written[key] = value


def _update_tables(tables: AoT, wanted: Sequence[Document], before: Any) -> None:
    """Change an array of tables; what is removed is told by the names, the rest keeps its order.

    Args:
        tables: The array.
        wanted: What it is to hold.
        before: The table before it, or the one that it is in.
    """
    names = [item.get("name") for item in wanted]
    named = [place for place, table in enumerate(tables) if table.get("name") not in names]
    surplus = max(0, len(tables) - len(wanted))
    removed = {*named[:surplus], *range(len(tables) - surplus + len(named[:surplus]), len(tables))}
    for place in sorted(removed, reverse=True):
        # A comment above a table is the end of the one before.
        for item in _comments_at_end(tables[place]):
            (tables[place - 1] if place else before).add(item)
        del tables[place]
    for table, item in zip(tables, wanted, strict=False):
        _update(table, item)
    for item in wanted[len(tables) :]:
        tables.append(tomlkit.item(item))


def _table_before(written: MutableMapping[str, Any], key: str) -> Any:
    """Return the last table before a key of a table, or that table itself where there is none."""
    keys = list(written)
    tables = [written[other] for other in keys[: keys.index(key)] if isinstance(written[other], Table)]
    return tables[-1] if tables else written


def _comments_at_end(table: Any) -> Sequence[Any]:
    """Return the comments and blank lines behind the last key of a table, if there are comments."""
    found: list[Any] = []
    for key, item in reversed(table.value.body):
        if key is not None:
            break
        found.insert(0, item)
    return found if any(isinstance(item, Comment) for item in found) else ()


def _plain(item: Any) -> Any:
    return item.unwrap() if hasattr(item, "unwrap") else item


def _is_tables(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)
