"""The formats of configurations: another one is a module beside this, and a row in `CONFIG_FORMATS`.

A file that holds a JSON object or list is JSON whatever it is called; one that no format understands is
compared line by line.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtui.formats.config.base import ConfigFormat, Items
from runtui.formats.config.ini import read_ini
from runtui.formats.config.json_text import read_json
from runtui.formats.config.toml import read_toml
from runtui.formats.config.yaml_subset import read_yaml

CONFIG_FORMATS: dict[str, ConfigFormat] = {
    "YAML": ConfigFormat((".yaml", ".yml"), read_yaml),
    "JSON": ConfigFormat((".json",), read_json),
    "TOML": ConfigFormat((".toml",), read_toml),
    "INI": ConfigFormat((".ini", ".cfg", ".conf"), read_ini),
}
"""All formats, by what users call them."""


def may_be_config(name: str) -> bool:
    """Return whether a file's name is that of a configuration."""
    return any(name.lower().endswith(form.endings) for form in CONFIG_FORMATS.values())


def config_items(name: str, data: bytes) -> Items:
    """Return the contents of a configuration file.

    Args:
        name: The file's name.
        data: Its bytes.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    found = read_json(text)
    if found is not None:
        return found
    for form in CONFIG_FORMATS.values():
        if name.lower().endswith(form.endings):
            found = form.read(text)
            if found is not None:
                return found
    return list(_lines(text))


def _lines(text: str) -> Iterator[tuple[str, object]]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield f"line {number}", line.rstrip()
