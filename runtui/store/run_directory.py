"""The directory of a new run: made whole, or not at all."""

from __future__ import annotations

from pathlib import Path

from runtui.store.errors import RunExistsError, RunNotFoundError
from runtui.store.paths import (
    CHECKPOINTS_DIR,
    CONFIG_FILE,
    LOGS_DIR,
    METADATA_FILE,
    PARAMS_FILE,
    PRIVATE_DIR,
    RESULTS_DIR,
    SUPERVISOR_FILE,
    WRITER_FILE,
    check_new_run_id,
)
from runtui.store.safe_directory import SafeDirectory
from runtui.text.sanitize import safe_text

_SUBFOLDERS = (RESULTS_DIR, CHECKPOINTS_DIR, LOGS_DIR)


def make_run_directory(base: Path, name: str, *, must_be_new: bool) -> Path:
    """Make the folder of a run, with its subfolders, and return its path.

    Args:
        base: The runs directory.
        name: The folder's name.
        must_be_new: Whether a folder that exists is refused.

    Raises:
        RunExistsError: It exists and `must_be_new` is set.
        RunNotFoundError: The runs directory does not exist.
        InvalidRunIdError: The name is not a plain, single path component.
        OSError: It cannot be made.
    """
    run_dir = base / check_new_run_id(name)
    try:
        run_dir.mkdir(exist_ok=not must_be_new)
    except FileExistsError:
        raise RunExistsError(f"there is a run {name} already: choose another run id") from None
    except FileNotFoundError:
        raise RunNotFoundError(
            f"there is no runs directory {safe_text(str(base))}: create it, or pass auto_create=True"
        ) from None
    if run_dir.is_symlink():
        raise RunExistsError(f"{name} is a symbolic link: choose another run id")
    try:
        for part in _SUBFOLDERS:
            with SafeDirectory(run_dir).folder(part, make=True):
                pass
    except OSError:
        if must_be_new:
            remove_new_run(SafeDirectory(run_dir))
        raise
    return run_dir


def pinned(run_dir: Path) -> SafeDirectory:
    """Return a run's directory, and no other one that may be put in its place.

    Raises:
        OSError: It cannot be opened.
    """
    directory = SafeDirectory(run_dir)
    directory.pin()
    return directory


def pinned_new(run_dir: Path) -> SafeDirectory:
    """Return the directory of a run that has just been made: `pinned`, and nothing is in it yet.

    Raises:
        RunExistsError: Another one has been put in its place.
        OSError: It cannot be opened.
    """
    directory = pinned(run_dir)
    if not directory.is_empty(apart_from=_SUBFOLDERS):
        name = safe_text(run_dir.name)
        raise RunExistsError(f"another directory was put in the place of {name}: choose another run id")
    return directory


def remove_new_run(directory: SafeDirectory) -> None:
    """Remove a run that could not be created: only files and directories that its creation makes itself."""
    private = (f"{PRIVATE_DIR}/{WRITER_FILE}", f"{PRIVATE_DIR}/{SUPERVISOR_FILE}")
    for file in (*private, PARAMS_FILE, CONFIG_FILE, METADATA_FILE):
        directory.discard(file)
    for part in (*_SUBFOLDERS, PRIVATE_DIR):
        directory.discard_folder(part)
    try:
        Path(directory.path).rmdir()
    except OSError:
        pass
