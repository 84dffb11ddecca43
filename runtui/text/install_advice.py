"""Command that installs an optional library, according to how runtui was installed.

pip and ``uv pip`` keep an installed runtui when they are given its name, wherever it came from. pipx keeps
injected libraries through upgrades. ``uv tool`` rebuilds its environment from its arguments, so they must
include the source and everything installed before.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit

from runtui.text.shell import shown_command

DISTRIBUTION = "runtui-hpc"
"""Name on the package index."""

_MOST_CHARACTERS = 1000
"""Longest command to show, in characters; paths may be long."""


class Installer(Enum):
    """Program that manages an environment."""

    PIP = "pip"
    UV_PIP = "uv pip"
    PIPX = "pipx"
    UV_TOOL = "uv tool"


@dataclass(frozen=True, slots=True)
class Installation:
    """Installation of runtui.

    Attributes:
        installer: Program that manages its environment.
        python: Interpreter of the environment, or ``""`` where the environment is active in the shell.
        environment: Name of the environment, for pipx.
        source: Directory or URL that it was installed from, or ``""`` for the package index.
        editable: Whether it runs from that directory.
        extras: Extras that ``uv tool`` installed.
        further: Names of libraries that ``uv tool`` installed with it.
        requirements: Requirements in the metadata of the distribution.
    """

    installer: Installer = Installer.PIP
    python: str = ""
    environment: str = DISTRIBUTION
    source: str = ""
    editable: bool = False
    extras: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()


def install_command(extra: str, installation: Installation | None = None) -> str:
    """Return the command that installs an extra, such as ``pictures``.

    Args:
        extra: Name of the extra.
        installation: The installation (default: this one).
    """
    return shown_command(_words(extra, installation or this_installation()), _MOST_CHARACTERS)


def _words(extra: str, installation: Installation) -> list[str]:
    by_name = f"{DISTRIBUTION}[{extra}]"
    if installation.installer is Installer.PIPX:
        libraries = _libraries(extra, installation.requirements)
        return ["pipx", "inject", installation.environment, *(libraries or [by_name])]
    if installation.installer is Installer.UV_TOOL:
        further = [word for name in installation.further for word in ("--with", name)]
        return ["uv", "tool", "install", *further, *_from_source(extra, installation)]
    python = installation.python
    if installation.installer is Installer.UV_PIP:
        return ["uv", "pip", "install", *(["--python", python] if python else []), by_name]
    return [*([python, "-m"] if python else []), "pip", "install", by_name]


def _from_source(extra: str, installation: Installation) -> list[str]:
    extras = ",".join(sorted({*installation.extras, extra}))
    if installation.source.startswith("/"):
        return [*(["--editable"] if installation.editable else []), f"{installation.source}[{extras}]"]
    by_name = f"{DISTRIBUTION}[{extras}]"
    return [f"{by_name} @ {installation.source}" if installation.source else by_name]


def _libraries(extra: str, requirements: Sequence[str]) -> list[str]:
    """Return the requirements of an extra, without their conditions."""
    condition = re.compile(rf"""\bextra == ['"]{re.escape(extra)}['"]""")
    return [text.partition(";")[0].strip() for text in requirements if condition.search(text)]


def this_installation(
    prefix: str = sys.prefix, python: str = sys.executable, environment: Mapping[str, str] = os.environ
) -> Installation:
    """Detect how this runtui was installed.

    Args:
        prefix: Directory of its environment.
        python: Interpreter of the environment.
        environment: Environment variables.
    """
    # Imported only when a library is missing: they take longer than the rest of this module.
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        package = distribution(DISTRIBUTION)
        origin = package.read_text("direct_url.json") or "{}"
        requirements = tuple(package.requires or ())
    except PackageNotFoundError:
        origin, requirements = "{}", ()
    source, editable = source_of(origin)
    installer = Installer.PIP if find_spec("pip") is not None else Installer.UV_PIP
    extras: tuple[str, ...] = ()
    further: tuple[str, ...] = ()
    if os.path.exists(os.path.join(prefix, "pipx_metadata.json")):
        installer = Installer.PIPX
    elif os.path.exists(receipt := os.path.join(prefix, "uv-receipt.toml")):
        installer = Installer.UV_TOOL
        extras, further = _read_receipt(receipt)
    active = environment.get("VIRTUAL_ENV", "")
    return Installation(
        installer,
        python="" if active and os.path.realpath(active) == os.path.realpath(prefix) else python,
        environment=os.path.basename(prefix),
        source=source,
        editable=editable,
        extras=extras,
        further=further,
        requirements=requirements,
    )


def source_of(direct_url: str) -> tuple[str, bool]:
    """Return the directory or URL that a package was installed from, and whether it is editable.

    Args:
        direct_url: Text of ``direct_url.json``, in which installers record it.
    """
    try:
        origin = json.loads(direct_url)
        url = str(origin.get("url", ""))
        if "dir_info" in origin:
            return unquote(urlsplit(url).path), origin["dir_info"].get("editable") is True
        if "vcs_info" in origin:
            version = origin["vcs_info"].get("requested_revision")
            return f"{origin['vcs_info']['vcs']}+{url}{f'@{version}' if version else ''}", False
    except (ValueError, AttributeError, KeyError, TypeError):
        return "", False
    return url, False


def _read_receipt(path: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the extras and the further libraries that ``uv tool`` installed."""
    try:
        with open(path, "rb") as file:
            requirements = tomllib.load(file)["tool"]["requirements"]
        by_name = {str(item["name"]): item for item in requirements}
        extras = tuple(map(str, by_name.pop(DISTRIBUTION, {}).get("extras", ())))
        return extras, tuple(by_name)
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return (), ()
