"""Changes of the settings file that keep everything else in it."""

from __future__ import annotations

import copy
import os
from collections.abc import Callable
from typing import Any

import tomli_w

from runtui.settings.model import ColumnChoice, Panes, SavedView, Settings, folded
from runtui.settings.parsing import LARGEST_FILE, VIEW_FIELDS, read_document, settings_in
from runtui.settings.toml_text import with_contents
from runtui.settings.values import Document
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.lock import lock_beside
from runtui.store.regular_file import read_file
from runtui.store.user_dirs import write_private
from runtui.text.sanitize import safe_text

SettingsEdit = Callable[[Document], None]
"""Function that changes a parsed settings file in place."""


class SettingsError(StoreError):
    """Settings that cannot be saved; the text is one line for the user."""


def with_change(settings: Settings, change: SettingsEdit) -> Settings:
    """Return settings with a change, without writing them."""
    document = copy.deepcopy(dict(settings.document))
    change(document)
    return read_document(document, "", "")._replace(problem=settings.problem, is_broken=settings.is_broken)


def save_change(path: str | None, change: SettingsEdit) -> None:
    """Change the file at `path` and keep everything else in it.

    The file is read again under a lock, so that two browsers do not undo each other's changes.

    Args:
        path: The file, or None where the user has no home directory.
        change: The change.

    Raises:
        SettingsError: The file has errors or cannot be written.
    """
    if path is None:
        raise SettingsError("not saved: no home directory to keep settings in; set HOME")
    # A link, to settings kept elsewhere, stays a link.
    path = os.path.realpath(path)
    try:
        with lock_beside(path):
            _save(path, change)
    except OSError as error:
        raise SettingsError(f"not saved: {safe_text(explain(error), 300)}") from None


def _save(path: str, change: SettingsEdit) -> None:
    found = settings_in(path)
    if found.is_broken:
        raise SettingsError(f"not saved, the settings file has errors: {found.problem}")
    document = copy.deepcopy(dict(found.document))
    change(document)
    try:
        write_private(path, _text_of(path, document).encode())
    except (TypeError, ValueError) as error:
        raise SettingsError(f"not saved: {safe_text(str(error), 200)}") from None


def _text_of(path: str, document: Document) -> str:
    """Return the new text of the file: that of the present one with the changes, comments and all.

    Raises:
        ValueError, TypeError: The document cannot be written.
        OSError: The file cannot be read.
    """
    try:
        data, _stamp = read_file(path, LARGEST_FILE)
    except FileNotFoundError:
        return tomli_w.dumps(document)
    except MetadataError as error:
        raise ValueError(str(error)) from None
    return with_contents(data.decode(), document)


def set_theme(name: str) -> SettingsEdit:
    """Return the change that sets the theme."""
    return lambda document: document.update(theme=name)


def set_layout(panes: Panes, share: int) -> SettingsEdit:
    """Return the change that sets which panes are shown, and their share of the screen in per cent."""
    return lambda document: document.update(panes=str(panes), panes_share=share)


def set_columns(columns: tuple[ColumnChoice, ...]) -> SettingsEdit:
    """Return the change that sets the columns; empty for the default ones."""

    def change(document: Document) -> None:
        if columns:
            document["columns"] = _written_columns(columns)
        else:
            document.pop("columns", None)

    return change


def put_view(view: SavedView) -> SettingsEdit:
    """Return the change that saves a view, replacing one of the same name."""

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
    """Return the change that deletes a saved view."""

    def change(document: Document) -> None:
        document["views"] = [view for view in _views_in(document) if not _is_called(view, name)]

    return change


def rename_view(name: str, wanted: str) -> SettingsEdit:
    """Return the change that renames a saved view.

    Args:
        name: Its name.
        wanted: Its new name.
    """

    def change(document: Document) -> None:
        for view in _views_in(document):
            if _is_called(view, name):
                view["name"] = wanted

    return change


def _views_in(document: Document) -> list[Document]:
    """Return the views of a document; empty where they are invalid, since that is never written."""
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
