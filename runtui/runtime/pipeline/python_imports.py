"""The modules of the user's own tree that Python code imports, found without running it."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

_LARGEST_MODULE = 1024 * 1024  # bytes
_MOST_MODULES = 500  # files
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def imported_files(path: str, search: Sequence[str]) -> set[str]:
    """Return the files of all modules that a Python file imports, and that these import.

    What is imported by a name that is only made when the code runs is not found.

    Args:
        path: The file.
        search: The directories that Python looks for modules in; installed ones are left out.
    """
    return _followed([path], search) - {path}


def files_imported_by_code(code: str, search: Sequence[str]) -> set[str]:
    """Return the files of all modules that a piece of Python code imports."""
    return _followed(_imports(code, "", search), search)


def files_of_module(module: str, search: Sequence[str]) -> set[str]:
    """Return the files of a module, of its packages and of all that it imports."""
    parts = module.split(".")
    mains = (os.path.join(directory, *parts, "__main__.py") for directory in search)
    return _followed([*_module_files(parts, search), *filter(os.path.isfile, mains)], search)


def _followed(paths: Iterable[str], search: Sequence[str]) -> set[str]:
    found = set(paths)
    waiting = list(found)
    while waiting and len(found) < _MOST_MODULES:
        new = set(_imports_of(waiting.pop(), tuple(search))) - found
        found |= new
        waiting += new
    return found


def _imports_of(path: str, search: tuple[str, ...]) -> tuple[str, ...]:
    try:
        status = os.stat(path)
    except OSError:
        return ()
    return _imports_at(path, (status.st_mtime_ns, status.st_size), search)


@lru_cache(_MOST_MODULES)
def _imports_at(path: str, _stamp: tuple[int, int], search: tuple[str, ...]) -> tuple[str, ...]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            code = file.read(_LARGEST_MODULE)
    except OSError:
        return ()
    return tuple(_imports(code, os.path.dirname(path), search))


def _imports(code: str, directory: str, search: Sequence[str]) -> Iterator[str]:
    """Yield the files that code imports; relative imports begin in its directory."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _module_files(alias.name.split("."), search)
        elif isinstance(node, ast.ImportFrom):
            places = search
            if node.level:
                places = [os.path.normpath(os.path.join(directory, *[os.pardir] * (node.level - 1)))]
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                yield from _module_files([*parts, alias.name], places)


def _module_files(parts: Sequence[str], search: Sequence[str]) -> Iterator[str]:
    """Yield the files that hold a module: those of its packages, and its own."""
    for directory in search:
        if _INSTALLED & set(directory.split(os.sep)):
            continue
        found = list(_below(directory, parts))
        if found:
            yield from found
            return


def _below(directory: str, parts: Sequence[str]) -> Iterator[str]:
    for part in parts:
        package = os.path.join(directory, part)
        if os.path.isfile(init := os.path.join(package, "__init__.py")):
            yield init
        elif os.path.isfile(module := f"{package}.py"):
            yield module
            return
        directory = package
