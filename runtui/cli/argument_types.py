"""Values as users give them on the command line: counts, ages, queries; and what is said of wrong ones."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from runtui.catalog.query.model import EVERYTHING
from runtui.text.sanitize import safe_text

if TYPE_CHECKING:
    from runtui.catalog.query.model import Query
    from runtui.catalog.query.query import QueryError
    from runtui.settings import SavedView


def refuse_usage(message: str) -> NoReturn:
    """Say in one line what is wrong with the command line, and end the program with exit code 2."""
    print(f"runtui: {safe_text(message)}", file=sys.stderr)
    sys.exit(2)


def query_of(words: Sequence[str]) -> Query:
    """Return the query that the words of a command line make, or refuse them."""
    text = " ".join(word.strip() for word in words)
    if not text:
        return EVERYTHING
    from runtui.catalog.query.query import QueryError, parse_query  # not for those who ask for all runs

    try:
        return parse_query(text)
    except QueryError as error:
        refuse_usage(f"in the query, {_place(text, error)}: {error}")


def view_called(name: str, views: Sequence[SavedView]) -> SavedView:
    """Return the view of a name, or refuse it; case does not matter, nor hyphens in place of spaces."""
    from runtui.settings import view_of  # only for those who name a view

    view = view_of(views, name)
    if view is None:
        refuse_usage(f"no view is called {name!r}; there are {', '.join(view.name for view in views)}")
    return view


def _place(text: str, error: QueryError) -> str:
    """Return where in a query an error is, in words."""
    if error.length:
        return f"at {text[error.position : error.position + error.length]!r} (character {error.position + 1})"
    return f"after {text[: error.position]!r}" if error.position else "at its beginning"


def run_count(text: str) -> int:
    """Return a number of runs, for the parser of arguments."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of runs")
    return int(text)


def age(text: str) -> float:
    """Return an age in seconds, for the parser of arguments."""
    from runtui.text.durations import parse_age  # only for those who give one

    try:
        return parse_age(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
