"""Parsers of command-line values (counts, ages, queries), and the errors for wrong ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from runtui.catalog.query.model import EVERYTHING
from runtui.text.durations import parse_age
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.catalog.query.model import Query
    from runtui.catalog.query.query import QueryError
    from runtui.settings import SavedView


def refuse_usage(message: str) -> NoReturn:
    """Print a usage error in one line and exit with code 2."""
    print(f"runtui: {safe_text(message)}", file=sys.stderr)
    sys.exit(2)


def query_of(words: Sequence[str]) -> Query:
    """Parse the words of a command line as one query, or exit with a usage error."""
    text = " ".join(word.strip() for word in words)
    if not text:
        return EVERYTHING
    from runtui.catalog.query.query import QueryError, parse_query  # needless without a query

    try:
        return parse_query(text)
    except QueryError as error:
        refuse_usage(f"invalid query {_place(text, error)}: {error}")


def view_called(name: str, views: Sequence[SavedView]) -> SavedView:
    """Return the view of that name, or exit with a usage error. Ignores case, and takes ``-`` for a space."""
    from runtui.settings import view_of  # needless without a view

    view = view_of(views, name)
    if view is None:
        refuse_usage(f"no view {name!r}: choose from {', '.join(view.name for view in views)}")
    return view


def _place(text: str, error: QueryError) -> str:
    """Return the position of an error in a query, in words."""
    if error.length:
        return f"at {text[error.position : error.position + error.length]!r} (character {error.position + 1})"
    return f"after {text[: error.position]!r}" if error.position else "at its start"


def run_count(text: str) -> int:
    """Parse a number of runs.

    Raises:
        ArgumentTypeError: The text is not a whole number.
    """
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"invalid number of runs: {text!r}")
    return int(text)


def age(text: str) -> float:
    """Parse an age such as ``2d``, and return it in seconds.

    Raises:
        ArgumentTypeError: The text is not an age.
    """
    try:
        return parse_age(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
