"""Compute frameworks: places where steps run, the form of their data, and conversion between forms."""

from __future__ import annotations

import errno
import os
import pickle
from enum import Enum
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from runtui.store.atomic import discard
from runtui.store.ownership import is_own_file
from runtui.store.paths import PRIVATE_DIR
from runtui.store.regular_file import open_regular
from runtui.store.safe_directory import split_at
from runtui.store.seal import keyed_hash

_DATA_KEY = "RUNTUI_DATA_KEY"
_SEAL_SIZE = 32  # bytes
_BLOCK = 1 << 20  # bytes


class Form(Enum):
    """The form in which a compute framework holds data."""

    OBJECT = "object"  # in this process's memory
    FILE = "file"  # pickled, where other processes, and hosts that share the file system, find it


StepData = object
"""Result of a step's function, in one form or the other."""


class ComputeFramework(Protocol):
    """Holder of the data of the steps that ran in it."""

    @property
    def form(self) -> Form:
        """The form in which it holds data."""

    def keep(self, step: str, data: StepData) -> None:
        """Hold a step's result, in the framework's form."""

    def held(self, step: str) -> StepData:
        """Return a step's result, in the framework's form.

        Raises:
            KeyError: It is not held, or no longer.
        """

    def drop(self, step: str) -> None:
        """Drop a step's data; does nothing where it holds none."""


class MemoryFramework:
    """Steps in this process: their data are objects."""

    form = Form.OBJECT

    def __init__(self) -> None:
        self._data: dict[str, StepData] = {}

    def keep(self, step: str, data: StepData) -> None:
        self._data[step] = data

    def held(self, step: str) -> StepData:
        return self._data[step]

    def drop(self, step: str) -> None:
        self._data.pop(step, None)


class FileFramework:
    """Steps in other processes: their data are files in one folder.

    Args:
        folder: Where they are; made when it is first needed.
    """

    form = Form.FILE

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._data: dict[str, Path] = {}

    def keep(self, step: str, data: StepData) -> None:
        assert isinstance(data, Path)
        self._data[step] = data

    def held(self, step: str) -> StepData:
        return self._data[step]

    def drop(self, step: str) -> None:
        path = self._data.pop(step, None)
        if path is not None:
            discard(str(path))

    def place_for(self, step: str) -> Path:
        """Return the path for the data of a step."""
        make_data_folder(self._folder)
        return Path(self._folder, f"{file_name(step)}.pickle")


def file_name(step: str) -> str:
    """Return the name of a step's files: its own where valid, otherwise with characters replaced."""
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "_" for sign in step)
    if safe == step and not step.startswith(".") and len(step.encode()) < _LONGEST_NAME:
        return step
    # Two names may be made one by that.
    return f"{safe.lstrip('.')[:_KEPT_OF_LONG]}-{step.encode('utf-8', 'surrogateescape').hex()[-_HEX:]}"


_LONGEST_NAME = 200  # bytes
_KEPT_OF_LONG = 40  # characters
_HEX = 24  # characters


class DataTransformer:
    """Converter of data from the form of one compute framework to that of another."""

    def to_object(self, data: StepData, form: Form) -> StepData:
        """Return `data` as an object, loaded from the file that it names if need be."""
        if form is Form.OBJECT:
            return data
        assert isinstance(data, Path)
        return load(data)

    def to_file(self, data: StepData, form: Form, place: Path) -> Path:
        """Return a file that holds the object; `place` where a new one must be made.

        Raises:
            TypeError: It cannot be pickled; the message says what it is.
        """
        if form is Form.FILE:
            assert isinstance(data, Path)
            return data
        save(data, place)
        return place


def make_data_folder(folder: str) -> None:
    """Create the folder for the steps' data, for this user alone; it may exist.

    Raises:
        OSError: It cannot be made, or it, or a folder of the run on the way to it, is a link.
    """
    directory, relative = split_at(folder, PRIVATE_DIR)
    with directory.folder(relative, make=True):
        pass


def load(path: Path) -> object:
    """Return the object in a file.

    Raises:
        PermissionError: Others than the calling user could have written it: to read it is to run it.
        OSError: It cannot be read.
    """
    opened = open_regular(path)
    with open(opened.descriptor, "rb") as file:
        if not is_own_file(opened.status, may_be_linked=True) and _keeps_modes(path.parent):
            raise PermissionError(errno.EPERM, "others can write to it, and it is not read", str(path))
        seal = file.read(_SEAL_SIZE)
        made = _new_seal(path)
        while block := file.read(_BLOCK):
            made.update(block)
        if made.digest() != seal:
            raise PermissionError(errno.EPERM, "it is of another execution, and it is not read", str(path))
        file.seek(_SEAL_SIZE)
        found: object = pickle.load(file)
        return found


def ensure_data_key() -> bytes:
    """Return the key that data of this execution are sealed with; processes that are started inherit it.

    It is in the environment, which nobody else can read: a file that is ours can have another user's content.
    """
    return bytes.fromhex(os.environ.setdefault(_DATA_KEY, os.urandom(_SEAL_SIZE).hex()))


def _new_seal(path: Path) -> Any:
    made = keyed_hash(ensure_data_key())
    made.update(os.fsencode(path.name) + b"\0")
    return made


class _SealedFile:
    """A file that computes the seal of what is written to it."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        self._file = file
        self._made = _new_seal(path)
        file.write(bytes(_SEAL_SIZE))

    def write(self, data: bytes) -> int:
        self._made.update(data)
        return self._file.write(data)

    def seal(self) -> None:
        """Put the seal at the file's beginning."""
        self._file.seek(0)
        self._file.write(self._made.digest())


def _keeps_modes(folder: Path) -> bool:
    """Return whether a file can be private here: some file systems give every file to everybody."""
    directory, relative = split_at(folder / f".{os.urandom(6).hex()}.part", PRIVATE_DIR)
    descriptor = directory.open(relative, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        return is_own_file(os.fstat(descriptor), may_be_linked=True)
    finally:
        os.close(descriptor)
        directory.discard(relative)


def save(data: object, path: Path) -> None:
    """Write an object to a file that appears only when it is complete.

    Raises:
        TypeError: It cannot be pickled; the message says what it is.
        OSError: It cannot be written.
    """
    directory, relative = split_at(path, PRIVATE_DIR)
    aside = f"{relative}.part"
    try:
        directory.discard(aside)  # of an attempt that was killed
        with open(directory.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            to_seal = _SealedFile(file, path)
            pickle.dump(data, to_seal, protocol=pickle.HIGHEST_PROTOCOL)
            to_seal.seal()
        directory.rename(aside, relative)
    except (pickle.PicklingError, TypeError, AttributeError) as error:
        directory.discard(aside)
        kind = type(data).__name__
        raise TypeError(f"a {kind} that it returned cannot be given to another process: {error}") from None
    except BaseException:
        directory.discard(aside)
        raise
