"""The files of a run that hold its parameters, and the values in them: one reader for all uses."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from runtui.formats.config.base import Document
from runtui.formats.config.input_order import inputs_in_order
from runtui.formats.config.registry import CONFIG_FORMATS, formats_of, read_document
from runtui.formats.tables.recorded_metrics import is_series
from runtui.logs.read.log_files import is_log_name
from runtui.store.errors import MetadataError, explain
from runtui.store.json_object import parse_object
from runtui.store.paths import CONFIG_FILE, METADATA_FILE, PARAMS_FILE
from runtui.store.record import FileStamp, Value
from runtui.store.regular_file import read_file
from runtui.store.value_files import FileValues, current_stamp, files_stamp
from runtui.store.values import find_values
from runtui.text.sanitize import is_utf8, safe_text

HYDRA_CONFIG = ".hydra/config.yaml"

_STEMS = {
    "run_params": 0,
    **dict.fromkeys(("params", "parameters", "param"), 1),
    **dict.fromkeys(("config", "configuration", "settings", "conf"), 2),
    **dict.fromkeys(("hparams", "hyperparams", "hyperparameters", "hyp"), 4),
    **dict.fromkeys(("args", "arguments", "flags", "options", "opt"), 4),
    "signac_statepoint": 4,
}
"""Ranks of files by their names without the ending: the first file that has a key counts."""

_HYDRA_RANK, _INPUT_RANK, _OTHER_RANK, _WRITTEN_RANK = 3, 5, 6, 7
_WRITTEN = frozenset(("mdout.mdp", "namelist.output"))
"""Names of files in which a program repeats its input with all defaults, as some logs do."""

_INPUT_FOLDERS = ("mdp", "MDP", "mdps")  # of GROMACS
_NO_PARAMETERS = frozenset((
    METADATA_FILE, "package.json", "package-lock.json", "multirun.yaml",
    "run.json", "meta.yaml", "wandb-metadata.json",
))  # fmt: skip
"""Names of files that tell of a package, a sweep, or a run as its tracker recorded it."""
_CASE_FOLDERS = ("system", "constant")
_CASE_FILES = (
    *("system/controlDict", "system/fvSolution", "system/fvSchemes", "system/decomposeParDict"),
    *("constant/transportProperties", "constant/physicalProperties", "constant/turbulenceProperties"),
    *("constant/momentumTransport", "constant/thermophysicalProperties", "constant/RASProperties"),
    *("constant/LESProperties", "constant/dynamicMeshDict", "system/blockMeshDict"),
)
"""Files of an OpenFOAM case, in their order."""

_LARGEST_FILE = 1024 * 1024  # bytes
_LARGEST_INPUT = 256 * 1024  # bytes of a file that may be anything; what is larger is data
_LARGEST_SUM = 4 * 1024 * 1024  # bytes of a run's files together
_MOST_FILES = 20  # files
_MOST_ENTRIES = 5000  # entries of a directory
_NAME_IN_KEY = re.compile(r"[A-Za-z_][\w\- ]*").fullmatch


class ParameterFile(NamedTuple):
    """A file of a run that may hold parameters.

    Attributes:
        path: Its path below the run.
        data: Its bytes; empty where it cannot be read.
        stamp: The state that they were read from.
        problem: Why it cannot be read, in one line that is safe to show, or ``""``.
    """

    path: str
    data: bytes
    stamp: FileStamp
    problem: str = ""

    @property
    def is_certain(self) -> bool:
        """Whether it surely is a configuration, by its name."""
        return any(form.is_certain for form in formats_of(os.path.basename(self.path)))

    @property
    def document(self) -> Document | None:
        """Its contents without series of metrics, or None where they are not understood."""
        found = read_document(os.path.basename(self.path), self.data)
        return found and {key: value for key, value in found.items() if not is_series(value)}


class ParameterPaths(NamedTuple):
    """The paths of the files that may hold a run's parameters.

    Attributes:
        holder: The directory that they lead from: the run's, or the one that a run which is a file lies in.
        paths: The paths, the first that counts first.
    """

    holder: str
    paths: list[str]


def parameter_paths(run_dir: str) -> ParameterPaths:
    """Return the paths of the files that may hold a run's parameters.

    Only files that lie directly in the run's directory, and those of Hydra and of an OpenFOAM case. Links do
    not count, except in the place of ``run_params.json`` and ``config.yaml``. Of a run that is an output
    among others, the inputs of the same stem beside it.
    """
    try:
        return ParameterPaths(run_dir, _paths_in(run_dir))
    except NotADirectoryError:
        return ParameterPaths(os.path.dirname(run_dir), _inputs_beside(run_dir))
    except OSError:
        return ParameterPaths(run_dir, [])


def _paths_in(run_dir: str) -> list[str]:
    """Return the paths of a directory's parameter files, the first that counts first.

    Raises:
        OSError: It cannot be listed.
    """
    ranked: list[tuple[int, str]] = []
    names: list[str] = []
    folders = set()
    with os.scandir(run_dir) as listing:
        for entry, _number in zip(listing, range(_MOST_ENTRIES), strict=False):
            name = entry.name
            names.append(name)
            rank = _rank_of(name)
            if entry.is_symlink() and name not in (PARAMS_FILE, CONFIG_FILE):
                continue
            if rank is not None:
                ranked.append((rank, name))
            elif name in _CASE_FOLDERS or name in _INPUT_FOLDERS:
                folders.add(name)
            elif name == ".hydra":
                ranked.append((_HYDRA_RANK, HYDRA_CONFIG))
    if len(names) == _MOST_ENTRIES:  # of which most are the times of a case
        folders.update(name for name in _CASE_FOLDERS if os.path.isdir(f"{run_dir}/{name}"))
    for folder in folders.intersection(_INPUT_FOLDERS):
        ranked += [(_INPUT_RANK, path) for path in _inputs_in(run_dir, folder)]
    ranked.sort()
    inputs = [path for rank, path in ranked if rank == _INPUT_RANK]
    if len(inputs) > 1:
        first = ranked.index((_INPUT_RANK, inputs[0]))
        in_order = inputs_in_order(run_dir, inputs, names)
        ranked[first : first + len(inputs)] = [(_INPUT_RANK, path) for path in in_order]
    paths = [path for _rank, path in ranked[:_MOST_FILES]]
    # The mesh and the properties of a copy are often left out.
    paths += [path for path in _CASE_FILES if path.partition("/")[0] in folders]
    return paths


def _inputs_beside(output: str) -> list[str]:
    folder, name = os.path.split(output)
    stem = name.removeprefix("log.") if name.startswith("log.") else name.rpartition(".")[0]
    endings = dict.fromkeys(ending for form in CONFIG_FORMATS.values() for ending in form.endings)
    names = (f"in.{stem}", *(f"{stem}{ending}" for ending in endings))
    return [name for name in names if _rank_of(name) is not None and os.path.isfile(f"{folder}/{name}")]


def _inputs_in(run_dir: str, folder: str) -> list[str]:
    try:
        with os.scandir(f"{run_dir}/{folder}") as listing:
            names = [entry.name for entry, _number in zip(listing, range(_MOST_ENTRIES), strict=False)]
    except OSError:
        return []
    return [f"{folder}/{name}" for name in names if name.endswith(".mdp") and _rank_of(name) == _INPUT_RANK]


def _rank_of(name: str) -> int | None:
    """Return the rank of a file by its name, or None for one that holds no parameters."""
    if name.startswith(".") or name in _NO_PARAMETERS:
        return None
    forms = formats_of(name)
    return _rank_within(name, any(form.is_certain for form in forms)) if forms else None


@lru_cache(maxsize=4096)
def _rank_within(name: str, is_certain: bool) -> int | None:
    if not (name.isprintable() and is_utf8(name)):
        return None
    if name in _WRITTEN or is_log_name(name):
        return _WRITTEN_RANK
    return _STEMS.get(name.partition(".")[0].lower(), _OTHER_RANK if is_certain else _INPUT_RANK)


def parameter_files(run_dir: str) -> Iterator[ParameterFile]:
    """Yield the files that may hold a run's parameters, in their order, within limits. Raises nothing."""
    total = 0
    holder, paths = parameter_paths(run_dir)
    for path in paths:
        file = _read(holder, path)
        if file is None:
            continue
        total += len(file.data)
        if total > _LARGEST_SUM:
            return
        yield file


def read_values(run_dir: str, keys: Collection[str]) -> FileValues:
    """Return the values that a run's parameter files have for keys: of each, from the first file that has it.

    Raises nothing.
    """
    values: dict[str, Value] = {}
    missing: Collection[str] = keys
    problem = ""
    stamps: dict[str, FileStamp] = {}
    # Most of our own runs need no look at anything else.
    own = _read(run_dir, PARAMS_FILE)
    if own is not None:
        stamps[PARAMS_FILE] = own.stamp
        if own.problem:
            problem = own.problem
        else:
            try:
                values, missing = find_values(parse_object(own.data, name=PARAMS_FILE), keys)
            except MetadataError as error:
                problem = str(error)
    if not missing:
        return FileValues(values, missing, files_stamp(stamps))
    # A file that is added later changes the directory.
    stamps["."] = current_stamp(run_dir)
    total = 0
    holder, paths = parameter_paths(run_dir)
    for path in paths:
        file = None if path == PARAMS_FILE else _read(holder, path)
        if file is None:
            continue
        if holder == run_dir:
            stamps[path] = file.stamp
        total += len(file.data)
        if total > _LARGEST_SUM:
            problem = problem or "its parameter files are too large to read"
            break
        if file.problem:
            problem = problem or file.problem
            continue
        found, missing, fault = _values_in(file, missing)
        values |= found
        problem = problem or fault
        if not missing:
            problem = ""
            break
    return FileValues(values, missing, files_stamp(stamps), problem)


def _values_in(file: ParameterFile, keys: Collection[str]) -> tuple[dict[str, Value], Collection[str], str]:
    """Return the values that a file has for keys, the keys that it has not, and why that is not sure."""
    if not any(may_have(file.data, key) for key in keys):
        return {}, keys, ""
    document = file.document
    if document is None:
        problem = f"{safe_text(file.path)} cannot be understood" if file.is_certain else ""
        return {}, keys, problem
    values, missing = find_values(document, keys)
    forms = formats_of(os.path.basename(file.path))
    for spelling in {form.spelling for form in forms if form.spelling}:
        if missing:
            spelled = {key: spelling(key) for key in missing}
            document_as_spelled = _respelled(document, spelling)
            more, _missing = find_values(document_as_spelled, spelled.values())
            if any(form.has_sections and form.spelling == spelling for form in forms):
                more |= _values_in_sections(document_as_spelled, _missing)
            values |= {key: more[name] for key, name in spelled.items() if name in more}
            missing = [key for key, name in spelled.items() if name not in more]
    return values, missing, ""


def _values_in_sections(document: Document, keys: Collection[str]) -> dict[str, Value]:
    """Return the values of keys that stand in one section only, without the names of the sections."""
    found: dict[str, Value] = {}
    for key in keys:
        holders = _sections_with(document, key)
        if len(holders) == 1:
            found |= find_values(holders[0], (key,))[0]
    return found


def _sections_with(section: Document, key: str) -> list[Document]:
    found = [] if find_values(section, (key,))[1] else [section]
    for inner in section.values():
        if isinstance(inner, dict):
            found += _sections_with(inner, key)
    return found


def may_have(data: bytes, key: str) -> bool:
    """Return whether a file may have a key, without parsing it: whether it mentions the last name."""
    last = key.rsplit(".", 1)[-1]
    # Other keys may be spelled in several ways, or be places in lists.
    if not last.isascii() or not _NAME_IN_KEY(last) or b"\\" in data or b"\0" in data:
        return True
    return last.lower().replace("_", "-").encode() in data.lower().replace(b"_", b"-")


def _respelled(document: Mapping[str, Any], spelling: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in document.items():
        found.setdefault(spelling(key), _respelled(value, spelling) if isinstance(value, dict) else value)
    return found


def _read(run_dir: str, path: str) -> ParameterFile | None:
    """Return a file, or None where there is none, or one that is no file of parameters by its size."""
    whole = f"{run_dir}/{path}"
    try:
        data, stamp = read_file(whole, _LARGEST_FILE)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except MetadataError as error:
        file = ParameterFile(path, b"", current_stamp(whole), str(error))
        return file if file.is_certain else None
    except OSError as error:
        problem = f"{safe_text(path)} cannot be read: {explain(error, with_path=False)}"
        return ParameterFile(path, b"", current_stamp(whole), problem)
    file = ParameterFile(path, data, stamp)
    return None if len(data) > _LARGEST_INPUT and not file.is_certain else file
