"""Names of checkpoints in a run's ``checkpoints/``, and beside it, where many programs leave theirs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from runtui.store.errors import explain
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, METADATA_FILE, PARAMS_FILE, RESULTS_DIR
from runtui.text.lazy_pattern import LazyPattern
from runtui.text.sanitize import safe_text

CHECKPOINT_FILES = f"{CHECKPOINTS_DIR}/"
"""The key of `RunRecord.values` for `count_unlisted`. No program's own: with it the folder is looked at."""

UNFINISHED = LazyPattern(r"\.(?:tmp|temp|part|partial|incomplete|lock|swp)$|~$|^tmp[-_.]|[._-]tmp(?:[._-]|$)")
NOTES = LazyPattern(
    r"\.(?:txt|md|log|json|ya?ml|toml|csv|md5|sha\d+|sum|index|info|meta|png|pdf)$|^(?:latest|checkpoint|readme)$",
    re.IGNORECASE,
)
"""Names of files that lie beside checkpoints more often than they are one."""

_MOST_COUNTED = 10_000  # entries of a folder
_MOST_FOLDERS = 50  # folders of a run that are looked into for checkpoints

_USUAL_NAME = LazyPattern(
    r"\.restart[\w.-]*$|^restart[._-][\w.-]+$"  # LAMMPS, CP2K
    r"|[._-]restart[\w-]*\.(?:gsd|nc|h5|hdf5|bin|dat|rst|npz|npy|pkl|mat)$"  # of codes of many kinds
    r"|-RESTART\.(?:wfn|kp)[\w.-]*$|\.movecs$"  # CP2K, NWChem
    r"|\.(?:cpt|chk|ckpt)$|\.ckpt-\d|\.data-\d{5}-of-\d{5}$"  # GROMACS, Gaussian, Lightning, TensorFlow
    r"|^(?:chk|checkpoint|ckpt)"
    r"|\.(?:pth?|th)$|^WAVECAR$|^wrfrst_d\d"  # PyTorch, VASP, WRF
    r"|(?:^|[._-])(?:chk|chkpt|checkpoint|ckpt|restart|weights)s?(?:[._-].*)?\.(?:h5|hdf5)$"  # Keras
    r"|(?:^|[._-])(?:model|classifier|generator|discriminator|encoder|decoder|autoencoder)"
    r"(?:[._-](?:\d\w*|best|final|last|latest|epoch\w*))?\.(?:h5|keras)$"
    r"|_hdf5_chk_\d+$"  # FLASH
    # Stable-Baselines
    r"|^(?:best|final|last|latest|trained|rl)_?model[\w-]*\.zip$|_\d+_steps\.zip$"
    r"|^(?:maskable_?|recurrent_?)?(?:ppo|sac|dqn|a2c|td3|ddpg|trpo|tqc|qrdqn|her|acer|acktr)\d?(?:[_-][\w.-]*)?\.zip$"
    r"|\.(?:gbw|rst7|ncrst)$|^(?:REVCON|REVIVE)$"  # ORCA, Amber, DL_POLY
    r"|^pickup(?:_[a-z]+)?\.[\w.]+\.data$"  # MITgcm
    r"|\d\.rst$|^(?:\w*[_.-])?(?:min|heat|eq|equil|md|prod|nvt|npt)\w*\.rst$",  # Amber, Athena++
    re.IGNORECASE,
)
"""Names of files directly in a run that are checkpoints."""

_NO_CHECKPOINT = LazyPattern(
    r"^(?:in|log|rsl)\.|^slurm-"  # inputs of LAMMPS, and logs
    r"|\.(?:py|pyc|ipynb|jl|m|r|c|cc|cpp|cxx|h|hh|hpp|cu|f|f90|f95|rs|go|sh|bash|csh|zsh|bat|ps1|slurm|sbatch"
    r"|pbs|sub|job|cmd|in|inp|inputs?|nml|namelist|mdp|lmp|lammps|cfg|ini|conf|log|out|err|p?[oe]\d+"
    r"|txt|md|html?|ya?ml|toml|csv|tsv|xlsx?|png|jpe?g|svg|pdf|gif|mp4|md5|sha\d+|sum|xyz|pdb|gro|vtk)"
    r"(?:\.gz)?$"
    r"|^(?:train|test|val|valid|validation|data|dataset|input)s?(?:[._-](?:data|set|dataset|loader)s?)?\.pth?$",
    re.IGNORECASE,
)
"""Names of what is called like a checkpoint and is a script, an input, a log or a table."""

_USUAL_FOLDER = LazyPattern(
    # AMReX, Transformers; DeepSpeed
    r"^(?:chk|chkpt|checkpoint|ckpt)[._-]?(?:\d|best|last|latest|final|epoch|step|iter)|\.ckpt$",
    re.IGNORECASE,
)
"""Names of folders directly in a run each of which is one checkpoint."""

_HOLDING_FOLDER = LazyPattern(r"(?:chk|chkpt|checkpoint|ckpt)s?(?:[._-](?:dir|files?))?", re.IGNORECASE)
"""Names of folders that hold checkpoints, or are one."""

_WEIGHTS_FOLDER = "weights"
"""The folder in which YOLO keeps its checkpoints, and others tables or pretrained models."""

_USUAL_PARTS = frozenset((CHECKPOINTS_DIR, LOGS_DIR, RESULTS_DIR, METADATA_FILE, PARAMS_FILE))
"""Names of parts of a run of which none is a checkpoint: nearly every run has them."""

_NUMBER_AT_END = LazyPattern(r"\d+(?:\.\w{1,12})?$", re.ASCII)
"""Ends of names in such folders that are those of one checkpoint of several."""

_VERSION_FOLDER = LazyPattern(r"version_\d+", re.ASCII)
_LIGHTNING_FOLDER = "lightning_logs"


class FoundName(NamedTuple):
    """A checkpoint beside ``checkpoints/``: its path below the run, and whether that is a link."""

    path: str
    is_link: bool


def is_checkpoint_name(name: str, *, is_folder: bool = False) -> bool:
    """Return whether a file or folder directly in a run has a checkpoint's name, finished or not."""
    if name.startswith("."):
        return False
    if is_folder:
        return _USUAL_FOLDER.search(name) is not None
    name = re.sub(r"(?:\.(?:tmp|temp|part|partial|incomplete)|~)$", "", name)
    return _USUAL_NAME.search(name) is not None and _NO_CHECKPOINT.search(name) is None


def checkpoints_beside(run_dir: str, problems: list[str] | None = None) -> list[FoundName]:
    """Return what is called like a checkpoint directly in a run, and in the folders of it that hold some.

    No file is looked at. Of each folder the first 10,000 entries are read.

    Args:
        run_dir: The run's directory.
        problems: Takes what could not be looked at, in lines that are safe to show.
    """
    said = [] if problems is None else problems
    found: list[FoundName] = []
    holding: list[str] = []
    weights: list[str] = []
    versions: list[str] = []
    for entry in _entries(run_dir, "", said):
        if entry.name in _USUAL_PARTS:
            continue
        is_folder = _is_folder(entry)
        if is_folder and _HOLDING_FOLDER.fullmatch(entry.name):
            holding.append(entry.name)
        elif is_folder and entry.name == _WEIGHTS_FOLDER:
            weights.append(entry.name)
        elif is_folder and _VERSION_FOLDER.fullmatch(entry.name):
            versions.append(entry.name)
        elif is_folder and entry.name == _LIGHTNING_FOLDER:
            names = [each.name for each in _entries(run_dir, entry.name, said)]
            versions += [f"{entry.name}/{name}" for name in names if _VERSION_FOLDER.fullmatch(name)]
        elif is_checkpoint_name(entry.name, is_folder=is_folder):
            found.append(FoundName(entry.name, entry.is_symlink()))
    for folder in holding:
        inside = [
            FoundName(f"{folder}/{entry.name}", entry.is_symlink())
            for entry in _entries(run_dir, folder, said)
            if is_checkpoint_name(entry.name, is_folder=_is_folder(entry)) or _is_numbered(entry.name)
        ]
        found += inside or [FoundName(folder, os.path.islink(f"{run_dir}/{folder}"))]
    for folder in weights:
        found += [
            FoundName(f"{folder}/{entry.name}", entry.is_symlink())
            for entry in _entries(run_dir, folder, said)
            if is_checkpoint_name(entry.name, is_folder=_is_folder(entry))
        ]
    if len(versions) > _MOST_FOLDERS:
        said.append(f"only {_MOST_FOLDERS} of {len(versions):,} version_ folders were looked into")
        versions = sorted(versions, key=lambda name: int(name.rpartition("_")[2]))[-_MOST_FOLDERS:]
    for folder in versions:
        place = f"{folder}/{CHECKPOINTS_DIR}"
        found += [
            FoundName(f"{place}/{each.name}", each.is_symlink()) for each in _entries(run_dir, place, said)
        ]
    return found


def _entries(run_dir: str, folder: str, problems: list[str]) -> list[os.DirEntry[str]]:
    """Return the entries of a folder of a run, without hidden ones; none where there is no such folder."""
    shown = f"{safe_text(folder, 200)}/" if folder else "the run's directory"
    try:
        with os.scandir(f"{run_dir}/{folder}" if folder else run_dir) as listing:
            entries = list(islice(listing, _MOST_COUNTED + 1))
    except FileNotFoundError:
        return []
    except OSError as error:
        if folder or not (isinstance(error, NotADirectoryError) and os.path.isfile(run_dir)):
            problems.append(f"{shown} cannot be read: {explain(error, with_path=False)}")
        return []  # a run may be a log and nothing else
    if len(entries) > _MOST_COUNTED:
        problems.append(f"only the first {_MOST_COUNTED:,} entries of {shown} were looked at for checkpoints")
    return [entry for entry in entries[:_MOST_COUNTED] if entry.name[0] != "."]


def _is_numbered(name: str) -> bool:
    return _NUMBER_AT_END.search(name) is not None and _NO_CHECKPOINT.search(name) is None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def holds_checkpoints(run_dir: str) -> bool:
    """Return whether a run has anything in ``checkpoints/``, or a checkpoint beside it, or may have."""
    try:
        with os.scandir(f"{run_dir}/{CHECKPOINTS_DIR}") as listing:
            if any(listing):
                return True
    except FileNotFoundError:
        pass
    except OSError:
        if not os.path.isfile(run_dir):
            return True
    problems: list[str] = []
    return bool(checkpoints_beside(run_dir, problems) or problems)


def count_unlisted(run_dir: str, listed: Any) -> int | str:
    """Return how many checkpoints a run has on disk that its metadata does not list.

    They lie in ``checkpoints/``, or beside it under usual names. No file is looked at, only folders.

    Args:
        run_dir: The run's directory.
        listed: What its metadata has as ``checkpoints``.

    Returns:
        The number, or why it is not known.
    """
    folder = f"{run_dir}/{CHECKPOINTS_DIR}"
    names: list[str] = []
    try:
        with os.scandir(folder) as listing:
            names = [entry.name for entry in islice(listing, _MOST_COUNTED) if entry.name[0] != "."]
    except FileNotFoundError:
        if os.path.islink(folder):
            return f"{CHECKPOINTS_DIR}/ is a link to nothing"
    except OSError as error:
        if os.path.isfile(run_dir):
            return 0  # the run is a log and nothing else
        return f"{CHECKPOINTS_DIR}/ cannot be read: {explain(error, with_path=False)}"
    problems: list[str] = []
    names += [os.path.basename(found.path) for found in checkpoints_beside(run_dir, problems)]
    if problems:
        return problems[0]
    if not names:
        return 0
    items = listed if isinstance(listed, list) else []
    known = {part for item in items for text in _texts(item) for part in text.split("/")}
    files = [name for name in names if name not in known and not UNFINISHED.search(name)]
    states = [name for name in files if not NOTES.search(name)]
    return len(states or ([] if items else files))


def _texts(item: object) -> Iterator[str]:
    if isinstance(item, dict):
        yield from (text for key in ("name", "path") if isinstance(text := item.get(key), str))
