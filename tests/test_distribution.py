"""The distribution's name, version and licence. On the package index, `runtui` alone is another project."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import runtui
from runtui.tui.crash import crash_line

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
_ADVICE = re.compile(
    r"""\b(?:pipx?|uv)\b[^\n`]*\binstall\b[^\n`]*[\s'"`]runtui(?=[\[\s'"`=<>~]|$)""", re.MULTILINE
)


def test_install_advice_names_this_project() -> None:
    texts = [
        path
        for pattern in ("*.md", ".github/*.md", "runtui/**/*.py", "runtui/**/*.tcss")
        for path in ROOT.glob(pattern)
    ]
    assert len(texts) > 200
    for path in texts:
        assert not _ADVICE.search(path.read_text(encoding="utf-8")), path
    assert _ADVICE.search("run pip install 'runtui[zstd]'")
    assert _ADVICE.search("uv tool install runtui")
    assert not _ADVICE.search("pip install 'runtui-hpc[zstd]'")


def test_a_crash_report_names_the_version(state_dir: Path) -> None:
    assert PROJECT["name"] == "runtui-hpc"
    assert PROJECT["scripts"] == {"runtui": "runtui.cli:program"}
    crash_line(ValueError("x"))
    (report,) = (state_dir / "runtui").glob("crash-*.txt")
    assert report.read_text().startswith(f"runtui {version('runtui-hpc')}, Textual ")


def test_version_is_the_same_everywhere() -> None:
    assert PROJECT["version"] == runtui.__version__
    changes = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## \[(\d[^]]*)\]", changes, re.MULTILINE)
    assert newest is not None
    assert newest[1] == runtui.__version__


def test_licence_is_part_of_the_package() -> None:
    assert PROJECT["license"] == "MIT"
    (licence,) = PROJECT["license-files"]
    text = (ROOT / licence).read_text(encoding="utf-8")
    assert text.startswith("MIT License\n")
    assert PROJECT["authors"] == [{"name": "The runtui authors"}]
    assert "(c) 2026 The runtui authors" in text
