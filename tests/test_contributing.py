"""The guide for contributors names what there is."""

from __future__ import annotations

import re
from pathlib import Path

from tests.test_architecture import PACKAGES

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / ".github" / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_packages_are_listed_in_import_order() -> None:
    listed = re.findall(r"^\| `runtui/(\w+)` \|", GUIDE, re.MULTILINE)
    assert listed == [name for name in PACKAGES if (ROOT / "runtui" / name).is_dir()]


def test_files_named_in_the_guide_exist() -> None:
    paths = {path.rstrip("/") for path in re.findall(r"`((?:runtui|tests|screenshots)/[^`*]*)`", GUIDE)}
    assert len(paths) > 30
    assert [path for path in sorted(paths) if not (ROOT / path).exists() and "KIND" not in path] == []
