"""A copy of the installed Textual that calls some of its private names otherwise, as a later release may."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import textual

from runtui.tui.terminal.textual_private import PrivateName


def install_renamed(folder: Path, names: Sequence[PrivateName]) -> None:
    """Put a Textual into a folder for ``PYTHONPATH`` in which names are others, wherever it uses them."""
    package = folder / "textual"
    shutil.copytree(Path(textual.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for wanted in names:
        module, _, class_name = wanted.owner.partition(":")
        if wanted.name == "_on_key":
            # A handler of a message has only one other name.
            found = package / "widgets" / "_input.py"
            found.write_text(found.read_text().replace("def _on_key(", "def on_key("))
            continue
        _rename(package, wanted.name)
        if not class_name and module == "textual._xterm_parser":
            _rename(package, "_xterm_parser")
            (package / "_xterm_parser.py").rename(package / "_xterm_parser_renamed.py")


def _rename(package: Path, name: str) -> None:
    word = re.compile(rf"\b{name}\b")
    for path in package.rglob("*.py"):
        before = path.read_text(encoding="utf-8")
        after = word.sub(f"{name}_renamed", before)
        if after != before:
            path.write_text(after, encoding="utf-8")
