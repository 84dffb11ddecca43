"""The distribution's name: on the package index, `runtui` alone is another project."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

from runtui.tui.crash import crash_line

ROOT = Path(__file__).parents[1]
_ADVICE = re.compile(
    r"""\b(?:pipx?|uv)\b[^\n`]*\binstall\b[^\n`]*[\s'"`]runtui(?=[\[\s'"`=<>~]|$)""", re.MULTILINE
)


def test_no_text_advises_to_install_another_project() -> None:
    texts = [
        path for pattern in ("*.md", "runtui/**/*.py", "runtui/**/*.tcss") for path in ROOT.glob(pattern)
    ]
    assert len(texts) > 200
    for path in texts:
        assert not _ADVICE.search(path.read_text(encoding="utf-8")), path
    assert _ADVICE.search("run pip install 'runtui[zstd]'")
    assert _ADVICE.search("uv tool install runtui")
    assert not _ADVICE.search("pip install 'runtui-hpc[zstd]'")


def test_a_crash_report_names_the_version(state_dir: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["name"] == "runtui-hpc"
    assert project["scripts"] == {"runtui": "runtui.cli:program"}
    crash_line(ValueError("x"))
    (report,) = (state_dir / "runtui").glob("crash-*.txt")
    assert report.read_text().startswith(f"runtui {version('runtui-hpc')}, Textual ")
