"""Imports run down the order of the packages, and in no circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import runtui

ROOT = Path(runtui.__file__).parent

PACKAGES = (
    "__main__", "cli", "tui", "demo", "settings", "operations", "doctor", "render", "results", "catalog",
    "runtime", "layouts", "batch", "formats", "logs", "store", "text", "lazy_exports",
)  # fmt: skip
"""The packages; each imports only those behind it."""


def modules() -> dict[str, Path]:
    """Return all modules by their dotted names."""
    return {
        ".".join(("runtui", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__"): path
        for path in ROOT.rglob("*.py")
    }


def imports_of(path: Path, known: Mapping[str, Path]) -> Iterator[str]:
    """Yield the modules of ours that one imports, also late or for types alone."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "runtui":
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in known else node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == "runtui")


def package_of(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def test_every_package_has_a_place_in_the_import_order() -> None:
    found = {package_of(module) for module in modules()} - {""}
    assert found == set(PACKAGES)


def test_packages_import_only_lower_ones() -> None:
    known = modules()
    upwards = [
        f"{module} imports {imported}"
        for module, path in known.items()
        for imported in imports_of(path, known)
        if package_of(module)
        and package_of(imported)
        and PACKAGES.index(package_of(imported)) < PACKAGES.index(package_of(module))
    ]
    assert upwards == []


def test_imports_are_acyclic() -> None:
    known = modules()
    graph = {module: set(imports_of(path, known)) - {module} for module, path in known.items()}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        raise AssertionError(" imports ".join(reversed(error.args[1]))) from None


def test_only_the_browser_imports_textual() -> None:
    outside = [
        module
        for module, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "textual")
        or (
            isinstance(node, ast.Import)
            and any(alias.name.split(".")[0] == "textual" for alias in node.names)
        )
        if package_of(module) != "tui"
    ]
    assert outside == []
