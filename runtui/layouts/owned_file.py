"""Files of other programs' runs from which a command is taken, and that nobody else may have written."""

from __future__ import annotations

import os
from typing import Any

from runtui.formats.config.base import Document
from runtui.formats.config.yaml_text import read_yaml
from runtui.store.errors import MetadataError, StoreError, explain
from runtui.store.json_object import parse_object
from runtui.store.ownership import is_private
from runtui.store.regular_file import open_regular
from runtui.text.sanitize import safe_text

_LARGEST = 4 * 1024 * 1024  # bytes


def owned_data(run_dir: str, name: str, most: int = _LARGEST) -> bytes:
    """Return what is in a file of a run that the calling user owns and nobody else may write.

    Args:
        run_dir: The run's directory.
        name: The file's path below it.
        most: Bytes that it may have.

    Raises:
        StoreError: It cannot be read, or may be another user's; the text says why.
    """
    shown = safe_text(name, 80)
    try:
        with open_regular(os.path.join(run_dir, name)) as file:
            is_own = file.status.st_uid == os.geteuid() and is_private(file.descriptor)
            if not is_own or file.status.st_nlink != 1:
                raise StoreError(f"its command is not used: others may have written {shown}")
            return file.read(most)
    except FileNotFoundError:
        raise StoreError(f"its command is unknown: there is no {shown}") from None
    except OSError as error:
        raise StoreError(f"{shown} cannot be read: {explain(error, with_path=False)}") from None
    except MetadataError as error:
        raise StoreError(safe_text(str(error))) from None


def owned_text(run_dir: str, name: str) -> str:
    """Return the text of such a file, as `owned_data` does."""
    try:
        return owned_data(run_dir, name).decode()
    except UnicodeDecodeError:
        raise StoreError(f"{safe_text(name, 80)} is no text") from None


def owned_json(run_dir: str, name: str) -> dict[str, Any]:
    """Return the JSON object in such a file, as `owned_data` does."""
    try:
        return parse_object(owned_data(run_dir, name), name=name)
    except MetadataError as error:
        raise StoreError(safe_text(str(error))) from None


def owned_yaml(run_dir: str, name: str) -> Document:
    """Return the mapping in such a file, as `owned_data` does; a list is the value of ``list``."""
    document = read_yaml(owned_text(run_dir, name))
    if document is None:
        raise StoreError(f"{safe_text(name, 80)} cannot be understood")
    return document
