"""The list of layouts."""

from __future__ import annotations

import re

import pytest

from runtui.layouts.base import NO_ENTRIES, Entries
from runtui.layouts.known import LAYOUTS, possible_layouts


@pytest.mark.parametrize("name", LAYOUTS)
def test_layout_has_a_name_to_filter_by_and_recognises_no_empty_directory(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9-]+", name)
    assert LAYOUTS[name].name == name
    assert not LAYOUTS[name].recognises(NO_ENTRIES)


@pytest.mark.parametrize("name", LAYOUTS)
def test_source_folder_is_not_recognised(name: str) -> None:
    sources = frozenset({"main.c", "setup.py", "README.md", "Makefile", "pyproject.toml", "__init__.py"})
    assert not LAYOUTS[name].recognises(Entries(sources, frozenset({"tests", "docs", "src"})))


@pytest.mark.parametrize(("files", "folders"), [({"log.lammps"}, set()), (set(), {"system", "0"})])
def test_codes_are_asked_only_about_what_may_be_a_case(files: set[str], folders: set[str]) -> None:
    names = [layout.name for layout in possible_layouts(Entries(frozenset(files), frozenset(folders)))]
    assert names == list(LAYOUTS)
    others = [layout.name for layout in possible_layouts(Entries(frozenset({"slurm-1.out"}), frozenset()))]
    assert "sacred" in others
    assert "lammps" not in others
