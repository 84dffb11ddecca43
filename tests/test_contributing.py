"""The guide for contributors names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_architecture import PACKAGES

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")

NOT_BUILT = {
    "runtui/catalog/fields.py",
    "runtui/formats/config/registry.py",
    "runtui/formats/tables/registry.py",
    "runtui/layouts",
    "runtui/layouts/registry.py",
}
"""Extension points of the design that have no module yet."""


def test_packages_are_listed_in_the_order_of_imports() -> None:
    listed = re.findall(r"^\| `runtui/(\w+)` \|", GUIDE, re.MULTILINE)
    packages = [name for name in PACKAGES if (ROOT / "runtui" / name).is_dir()]
    assert [name for name in listed if name in packages] == packages
    assert {f"runtui/{name}" for name in listed if name not in packages} <= NOT_BUILT


def test_all_files_named_exist() -> None:
    paths = {path.rstrip("/") for path in re.findall(r"`((?:runtui|tests|screenshots)/[^`*]*)`", GUIDE)}
    assert len(paths) > 30
    missing = {path for path in paths if not (ROOT / path).exists() and "KIND" not in path}
    assert missing <= NOT_BUILT
