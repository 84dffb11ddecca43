"""The advice on a missing library is right for how runtui was installed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.text import install_advice
from runtui.text.install_advice import (
    Installation,
    Installer,
    install_command,
    source_of,
    this_installation,
)

REQUIREMENTS = (
    "humanize>=4.9",
    "pillow<14,>=11; extra == 'pictures'",
    "textual-image<1,>=0.12; extra == 'pictures'",
    "backports-zstd>=1.0; (python_version < '3.14') and extra == 'zstd'",
)


@pytest.mark.parametrize(
    ("installation", "command"),
    [
        (Installation(), "pip install 'runtui-hpc[pictures]'"),
        (
            Installation(python="/opt/my env/bin/python"),
            "'/opt/my env/bin/python' -m pip install 'runtui-hpc[pictures]'",
        ),
        (Installation(source="/src/runtui", editable=True), "pip install 'runtui-hpc[pictures]'"),
        (Installation(Installer.UV_PIP), "uv pip install 'runtui-hpc[pictures]'"),
        (
            Installation(Installer.UV_PIP, python="/venv/bin/python"),
            "uv pip install --python /venv/bin/python 'runtui-hpc[pictures]'",
        ),
        (
            Installation(Installer.PIPX, environment="runtui-hpc_new", requirements=REQUIREMENTS),
            "pipx inject runtui-hpc_new 'pillow<14,>=11' 'textual-image<1,>=0.12'",
        ),
        (Installation(Installer.PIPX), "pipx inject runtui-hpc 'runtui-hpc[pictures]'"),
        (Installation(Installer.UV_TOOL), "uv tool install 'runtui-hpc[pictures]'"),
        (
            Installation(Installer.UV_TOOL, source="/src/runtui", extras=("zstd",), further=("ipython",)),
            "uv tool install --with ipython '/src/runtui[pictures,zstd]'",
        ),
        (
            Installation(Installer.UV_TOOL, source="/src/runtui", editable=True),
            "uv tool install --editable '/src/runtui[pictures]'",
        ),
        (
            Installation(Installer.UV_TOOL, source="git+https://example.org/r.git@main"),
            "uv tool install 'runtui-hpc[pictures] @ git+https://example.org/r.git@main'",
        ),
    ],
)
def test_command_fits_the_installation(installation: Installation, command: str) -> None:
    assert install_command("pictures", installation) == command


def test_command_shows_no_control_characters() -> None:
    assert "\x1b" not in install_command("zstd", Installation(python="/a\x1b[31m/python"))


@pytest.mark.parametrize(
    ("origin", "source"),
    [
        ({}, ("", False)),
        ({"url": "file:///src/my%20runtui", "dir_info": {}}, ("/src/my runtui", False)),
        ({"url": "file:///src/runtui", "dir_info": {"editable": True}}, ("/src/runtui", True)),
        (
            {"url": "https://example.org/r.git", "vcs_info": {"vcs": "git", "requested_revision": "main"}},
            ("git+https://example.org/r.git@main", False),
        ),
        (
            {"url": "https://example.org/r.git", "vcs_info": {"vcs": "git"}},
            ("git+https://example.org/r.git", False),
        ),
        ({"url": "https://example.org/r.whl", "archive_info": {}}, ("https://example.org/r.whl", False)),
        ({"url": "file:///src", "dir_info": 3}, ("", False)),
        ([], ("", False)),
    ],
)
def test_source_is_read_from_the_installers_record(origin: object, source: tuple[str, bool]) -> None:
    assert source_of(json.dumps(origin)) == source


def test_source_of_a_damaged_record_is_unknown() -> None:
    assert source_of("{") == ("", False)


def test_pipx_is_recognised(tmp_path: Path) -> None:
    (tmp_path / "pipx_metadata.json").touch()
    found = this_installation(str(tmp_path))
    assert (found.installer, found.environment) == (Installer.PIPX, tmp_path.name)


def test_uv_tool_is_recognised(tmp_path: Path) -> None:
    receipt = tmp_path / "uv-receipt.toml"
    receipt.write_text(
        "[tool]\n"
        "requirements = [\n"
        '    { name = "runtui-hpc", extras = ["zstd"], directory = "/src" },\n'
        '    { name = "ipython" },\n'
        "]\n"
    )
    found = this_installation(str(tmp_path))
    assert (found.installer, found.extras, found.further) == (Installer.UV_TOOL, ("zstd",), ("ipython",))
    receipt.write_text("[tool\n")
    assert this_installation(str(tmp_path)).extras == ()


def test_pip_of_the_active_environment_is_named_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "venv").mkdir()
    os.symlink("venv", tmp_path / "link")
    prefix, python = str(tmp_path / "venv"), str(tmp_path / "venv" / "bin" / "python")
    assert this_installation(prefix, python, {"VIRTUAL_ENV": str(tmp_path / "link")}).python == ""
    assert this_installation(prefix, python, {"VIRTUAL_ENV": str(tmp_path)}).python == python
    assert this_installation(prefix, python, {}).python == python


def test_environment_without_pip_uses_uv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert this_installation(str(tmp_path)).installer is Installer.PIP
    monkeypatch.setattr(install_advice, "find_spec", lambda _name: None)
    assert this_installation(str(tmp_path)).installer is Installer.UV_PIP
