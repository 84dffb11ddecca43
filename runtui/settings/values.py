"""Values of the settings file: checked, with what is wrong with them."""

from __future__ import annotations

from typing import Any

from runtui.catalog.query.query import QueryError, parse_query
from runtui.catalog.sorting import Sort, sort_of
from runtui.settings.model import SHARES, ColumnChoice, Notify, Panes
from runtui.text.sanitize import safe_text

Document = dict[str, Any]
"""A parsed settings file, or a table of it."""

_LONGEST_TEXT = 2000  # characters
_MOST_COLUMNS = 60
_COLUMN_FIELDS = ("key", "width")
_WIDTHS = range(3, 201)  # cells


class RefusedError(ValueError):
    """Invalid part of the settings.

    Args:
        message: What is wrong.
        key: Key to find its line by, or ``""``.
    """

    def __init__(self, message: str, key: str = "") -> None:
        super().__init__(message)
        self.key = key


def columns_without_unknown(value: Any) -> tuple[Any, list[str]]:
    """Return columns without the unknown keys of their tables, and those keys."""
    if not isinstance(value, list):
        return value, []
    tables = [item for item in value if isinstance(item, dict)]
    unknown = [key for table in tables for key in table if key not in _COLUMN_FIELDS]
    return [
        {key: item[key] for key in item if key in _COLUMN_FIELDS} if isinstance(item, dict) else item
        for item in value
    ], unknown


def text_of(value: Any, longest: int = _LONGEST_TEXT) -> str:
    """Return a text, safe to show.

    Raises:
        RefusedError: It is none, or too long.
    """
    if not isinstance(value, str):
        raise RefusedError("must be text in quotation marks")
    text = safe_text(value.strip())
    if len(text) > longest:
        raise RefusedError(f"must not be longer than {longest} characters")
    return text


def switch_of(value: Any) -> bool:
    """Return a switch.

    Raises:
        RefusedError: It is neither true nor false.
    """
    if not isinstance(value, bool):
        raise RefusedError("must be true or false")
    return value


def notify_of(value: Any) -> Notify:
    """Return which runs the user is notified of.

    Raises:
        RefusedError: There is no such choice.
    """
    try:
        return Notify(value)
    except ValueError:
        raise RefusedError(f"must be one of {', '.join(Notify)}") from None


def panes_of(value: Any) -> Panes:
    """Return the panes to show.

    Raises:
        RefusedError: There is no such choice.
    """
    try:
        return Panes(value)
    except ValueError:
        raise RefusedError(f"must be one of {', '.join(Panes)}") from None


def share_of(value: Any) -> int:
    """Return the share of the screen for the panes, in per cent.

    Raises:
        RefusedError: It is none of `SHARES`.
    """
    if type(value) is not int or value not in SHARES:
        raise RefusedError(f"must be one of {', '.join(map(str, SHARES))}")
    return value


def sort_setting(value: Any) -> Sort:
    """Return an order.

    Raises:
        RefusedError: It names no key.
    """
    sort = sort_of(text_of(value))
    if sort is None:
        raise RefusedError('must name a key, such as "created" or "-loss"')
    return sort


def query_text(value: Any) -> str:
    """Return the text of a query.

    Raises:
        RefusedError: The query is invalid.
    """
    text = text_of(value)
    try:
        parse_query(text)
    except QueryError as error:
        raise RefusedError(f"is invalid at character {error.position + 1}: {error}") from None
    return text


def columns_of(value: Any) -> tuple[ColumnChoice, ...]:
    """Return columns.

    Raises:
        RefusedError: They are no list of keys, or too many.
    """
    if not isinstance(value, list):
        raise RefusedError('must be a list of keys, such as ["status", "id", "beta"]')
    if len(value) > _MOST_COLUMNS:
        raise RefusedError(f"must not have more than {_MOST_COLUMNS} columns")
    return tuple({choice.key: choice for choice in map(_column, value)}.values())


def _column(value: Any) -> ColumnChoice:
    width = None
    if isinstance(value, dict):
        unknown = next((name for name in value if name not in _COLUMN_FIELDS), None)
        if unknown is not None:
            raise RefusedError(f"must have tables of key and width, not {unknown}")
        width, value = value.get("width"), value.get("key")
        if width is not None and (type(width) is not int or width not in _WIDTHS):
            raise RefusedError(f"must have widths from {_WIDTHS[0]} to {_WIDTHS[-1]} cells")
    if not isinstance(value, str) or not value.strip():
        raise RefusedError('must be keys such as "beta", or { key = "beta", width = 12 }')
    return ColumnChoice(text_of(value), width)


def table_of(value: Any) -> Document:
    """Return a table.

    Raises:
        RefusedError: It is none.
    """
    if not isinstance(value, dict):
        raise RefusedError("must be a table")
    return value


def tables_of(value: Any) -> list[Document]:
    """Return a list of tables.

    Raises:
        RefusedError: It is none.
    """
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise RefusedError("must be tables, each headed [[views]]")
    return value
