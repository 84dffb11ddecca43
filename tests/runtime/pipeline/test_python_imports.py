"""The modules in the user's own tree that Python code imports are found without running it."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.runtime.pipeline.python_imports import (
    files_imported_by_code,
    files_of_module,
    imported_files,
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    files = {
        "script.py": "import os, one\nfrom pkg import two\nif False:\n    import pkg.sub.four",
        "one.py": "import script",
        "pkg/__init__.py": "from .three import x",
        "pkg/two.py": "",
        "pkg/three.py": "from ..outside import y\nfrom . import five",
        "pkg/five.py": "",
        "pkg/sub/four.py": "from .. import six",
        "pkg/six.py": "",
        "outside.py": "",
        "unused.py": "",
        "torn.py": "import one\nfrom pkg import (",
        "lib/site-packages/installed.py": "",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def names(here: Path, found: set[str]) -> set[str]:
    return {str(Path(path).relative_to(here)) for path in found}


def test_imports_are_followed_in_the_own_tree(here: Path) -> None:
    found = names(here, imported_files(str(here / "script.py"), [str(here)]))
    packages = {f"pkg/{name}.py" for name in ("__init__", "two", "three", "five", "six", "sub/four")}
    assert found == {"one.py", "outside.py", *packages}


def test_code_and_modules(here: Path) -> None:
    place = [str(here)]
    assert names(here, files_imported_by_code("import outside as o; from pkg.six import *", place)) == {
        "outside.py", "pkg/__init__.py", "pkg/three.py", "pkg/five.py", "pkg/six.py"
    } | names(here, files_of_module("pkg", place))  # fmt: skip
    assert files_of_module("os.path", place) == files_of_module("nosuch", place) == set()


def test_code_that_cannot_be_read_imports_nothing(here: Path) -> None:
    assert imported_files(str(here / "torn.py"), [str(here)]) == set()
    assert imported_files(str(here / "nosuch.py"), [str(here)]) == set()
    assert files_imported_by_code("import \0", [str(here)]) == set()


def test_installed_modules_are_left_out(here: Path) -> None:
    assert files_of_module("installed", [str(here / "lib" / "site-packages")]) == set()


def test_an_edited_module_is_read_anew(here: Path) -> None:
    path = str(here / "unused.py")
    assert imported_files(path, [str(here)]) == set()
    (here / "unused.py").write_text("import outside")
    assert names(here, imported_files(path, [str(here)])) == {"outside.py"}
