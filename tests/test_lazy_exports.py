"""Public names are there at first use, cost nothing before, and are known to type checkers."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import runtui
import runtui.logs
import runtui.operations
import runtui.results
import runtui.runtime
import runtui.tui.dialogs
import runtui.tui.screens

PACKAGES = pytest.mark.parametrize(
    "package",
    [
        *(runtui, runtui.logs, runtui.operations, runtui.results, runtui.runtime),
        *(runtui.tui.dialogs, runtui.tui.screens),
    ],
    ids=lambda package: package.__name__,
)


def imported_for_types(package: ModuleType) -> dict[str, str]:
    """Return the names that a package imports for type checkers, and from where."""
    assert package.__file__ is not None
    tree = ast.parse(Path(package.__file__).read_text(encoding="utf-8"))
    (block,) = [node for node in tree.body if isinstance(node, ast.If)]
    imports = [node for node in block.body if isinstance(node, ast.ImportFrom)]
    assert all(alias.asname == alias.name for node in imports for alias in node.names)  # mypy's re-export
    return {alias.name: node.module or "" for node in imports for alias in node.names}


@PACKAGES
def test_names_and_types_come_from_the_same_modules(package: ModuleType) -> None:
    known = imported_for_types(package)
    assert package.__all__ == sorted(known)
    for name, home in known.items():
        assert getattr(package, name) is getattr(import_module(home), name)


@PACKAGES
def test_dir_lists_the_public_names(package: ModuleType) -> None:
    assert [name for name in dir(package) if not name.startswith("__")] == sorted(package.__all__)
    assert {"__name__", "__doc__"} < set(dir(package))


@PACKAGES
def test_unknown_name_is_an_attribute_error(package: ModuleType) -> None:
    with pytest.raises(AttributeError, match=f"module '{package.__name__}' has no attribute 'RunManger'"):
        _ = package.RunManger


def modules_after(program: str) -> set[str]:
    """Return the modules of ours that are loaded in a fresh process after a program."""
    code = f"{program}\nimport json, sys\nprint(json.dumps([*sys.modules]))"
    output = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True).stdout
    return {name for name in json.loads(output) if name.split(".")[0] == "runtui"}


def test_import_of_a_package_loads_none_of_its_modules() -> None:
    assert modules_after("import runtui") == {"runtui", "runtui.lazy_exports"}
    assert modules_after("import runtui.runtime") == {"runtui", "runtui.lazy_exports", "runtui.runtime"}


def test_name_loads_only_its_own_modules() -> None:
    loaded = modules_after("from runtui.runtime import Plan")
    assert "runtui.runtime.pipeline.plan" in loaded
    assert "runtui.runtime.pipeline.execution_orchestrator" not in loaded
    loaded = modules_after("from runtui import RunStatus")
    assert not any(name.startswith("runtui.runtime") for name in loaded)


def test_star_import_brings_all_names() -> None:
    names: dict[str, object] = {}
    exec("from runtui.runtime import *", names)
    assert set(runtui.runtime.__all__) <= set(names)
