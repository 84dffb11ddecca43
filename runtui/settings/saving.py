"""Changing the settings: in the file, and everything else that it has stays."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Callable
from typing import Any

import tomli_w

from runtui.settings.model import ColumnChoice, SavedView, Settings, folded
from runtui.settings.parsing import LARGEST_FILE, VIEW_FIELDS, Document, read_document, settings_in
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.lock import lock_beside
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import write_private
from runtui.text.sanitize import safe_text

SettingsEdit = Callable[[Document], None]
"""Changes a settings file, as the tables and lists that it is made of."""

_BACKUP_SUFFIX = ".commented"


class SettingsError(StoreError):
    """The settings file cannot be written to; its text is one line for the user."""


def with_change(settings: Settings, change: SettingsEdit) -> Settings:
    """Return settings with a change made, whatever is on disk."""
    document = copy.deepcopy(dict(settings.document))
    change(document)
    return read_document(document, "", "")._replace(problem=settings.problem, is_broken=settings.is_broken)


def save_change(path: str | None, change: SettingsEdit) -> None:
    """Make a change in the file at `path`, and keep everything else that it has.

    The file is read again first, and locked meanwhile, so that of two browsers neither undoes what the other
    changed. Comments cannot be kept: the file as it was with them stays beside it.

    Raises:
        SettingsError: It is broken, and must not be written to, or it cannot be written.
    """
    if path is None:
        raise SettingsError("there is no home directory to keep settings in")
    # A link, as those have who keep their settings elsewhere, stays one.
    path = os.path.realpath(path)
    try:
        with lock_beside(path):
            _save(path, change)
    except OSError as error:
        raise SettingsError(f"not saved: {safe_text(explain(error), 300)}") from None


def _save(path: str, change: SettingsEdit) -> None:
    found = settings_in(path)
    if found.is_broken:
        raise SettingsError(f"not saved, for the settings file is broken: {found.problem}")
    document = copy.deepcopy(dict(found.document))
    change(document)
    try:
        text = tomli_w.dumps(document)
        tomllib.loads(text)
        _keep_comments(path)
        write_private(path, text.encode())
    except (TypeError, ValueError) as error:
        raise SettingsError(f"not saved: {safe_text(str(error), 200)}") from None


def _keep_comments(path: str) -> None:
    try:
        data, _stamp = read_file(path, LARGEST_FILE)
    except (OSError, MetadataError):
        return
    if re.search(rb"^[ \t]*#", data, re.MULTILINE):
        write_private(path + _BACKUP_SUFFIX, data)


def set_theme(name: str) -> SettingsEdit:
    """Return the change to another theme."""
    return lambda document: document.update(theme=name)


def set_columns(columns: tuple[ColumnChoice, ...]) -> SettingsEdit:
    """Return the change to other columns; to the default ones for none."""

    def change(document: Document) -> None:
        if columns:
            document["columns"] = _written_columns(columns)
        else:
            document.pop("columns", None)

    return change


def put_view(view: SavedView) -> SettingsEdit:
    """Return the change that saves a view, in the place of one of the same name."""

    def change(document: Document) -> None:
        written = _written_view(view)
        views = _views_in(document)
        place = next((place for place, other in enumerate(views) if _is_called(other, view.name)), len(views))
        for other in views[place : place + 1]:
            written |= {name: value for name, value in other.items() if name not in VIEW_FIELDS}
        views[place : place + 1] = [written]
        document["views"] = views

    return change


def remove_view(name: str) -> SettingsEdit:
    """Return the change that deletes a view that the user saved."""

    def change(document: Document) -> None:
        document["views"] = [view for view in _views_in(document) if not _is_called(view, name)]

    return change


def rename_view(name: str, wanted: str) -> SettingsEdit:
    """Return the change that gives a view that the user saved another name."""

    def change(document: Document) -> None:
        for view in _views_in(document):
            if _is_called(view, name):
                view["name"] = wanted

    return change


def _views_in(document: Document) -> list[Document]:
    """Return the views of a document; of one that is wrong there, which is never written, none."""
    views = document.get("views")
    return views if isinstance(views, list) and all(isinstance(view, dict) for view in views) else []


def _is_called(view: Document, name: str) -> bool:
    return isinstance(view.get("name"), str) and folded(view["name"]) == folded(name)


def _written_view(view: SavedView) -> Document:
    written: Document = {"name": view.name}
    for name in ("query", "sort", "group"):
        value = getattr(view, name)
        if value:
            written[name] = value
    if view.columns:
        written["columns"] = _written_columns(view.columns)
    return written


def _written_columns(columns: tuple[ColumnChoice, ...]) -> list[Any]:
    return [
        choice.key if choice.width is None else {"key": choice.key, "width": choice.width}
        for choice in columns
    ]
