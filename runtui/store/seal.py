"""Seals: proof that a program of this user wrote a file.

That a file is ours says who made it, not whose content it has: a simulation of ours that copies a
colleague's file makes one that is ours, and he may be able to move it where we look. So what decides which
program runs is sealed with a key that lies in the user's home, where nobody else can read it.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any

from runtui.store.atomic import NEW_FILE, discard
from runtui.store.ownership import is_own_file
from runtui.store.regular_file import open_regular
from runtui.store.user_dirs import user_folder

SEAL = "seal"
"""The member of a sealed object that its seal is."""

_KEY_FILE = "seal.key"
_KEY_SIZE = 32  # bytes
_DIGEST_SIZE = 32  # bytes
_ANY_RIGHT = stat.S_IRWXG | stat.S_IRWXO


def sealed(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return JSON data with its seal; without one where the user has no writable home."""
    key = _key(create=True)
    return dict(facts) if key is None else {**facts, SEAL: _seal_of(facts, key)}


def is_sealed(record: Mapping[str, Any]) -> bool:
    """Return whether JSON data has this user's seal for exactly its contents."""
    key = _key(create=False)
    facts = {name: value for name, value in record.items() if name != SEAL}
    return key is not None and record.get(SEAL) == _seal_of(facts, key)


def keyed_hash(key: bytes) -> Any:
    """Return a new hash of bytes that nobody can compute without the key."""
    return _blake2b()(key=key, digest_size=_DIGEST_SIZE)


@cache
def _blake2b() -> Callable[..., Any]:
    """Return the hash function, if possible without OpenSSL, which takes long to load."""
    try:
        found: Callable[..., Any] = import_module("_blake2").blake2b
    except ImportError:
        found = import_module("hashlib").blake2b
    return found


def _seal_of(facts: Mapping[str, Any], key: bytes) -> str:
    made = keyed_hash(key)
    made.update(json.dumps(facts, sort_keys=True, separators=(",", ":")).encode())
    text: str = made.hexdigest()
    return text


def _key(*, create: bool) -> bytes | None:
    folder = user_folder("XDG_STATE_HOME", ".local/state")
    if folder is None:
        return None
    path = os.path.join(folder, _KEY_FILE)
    key = _read_key(path)
    if key is None and create and not os.path.lexists(path):
        _make_key(path)
        key = _read_key(path)
    return key


def _read_key(path: str) -> bytes | None:
    try:
        with open_regular(path) as file:
            is_secret = is_own_file(file.status, denied=_ANY_RIGHT, may_be_linked=True)
            key = os.read(file.descriptor, _KEY_SIZE + 1) if is_secret else b""
    except OSError:
        return None
    return key if len(key) == _KEY_SIZE else None


def _make_key(path: str) -> None:
    aside = f"{path}.{os.urandom(6).hex()}"
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        descriptor = os.open(aside, NEW_FILE, 0o600)
        try:
            os.write(descriptor, os.urandom(_KEY_SIZE))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.link(aside, path)  # two programs that make one at the same time use the same
    except FileExistsError:
        pass
    except OSError:
        try:
            os.rename(aside, path)  # there are no hard links
        except OSError:
            return
    finally:
        discard(aside)
