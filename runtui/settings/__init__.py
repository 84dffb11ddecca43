"""What a user set: columns, order, saved views, theme, keys and budgets, in one file of TOML.

Read once at start, changed by few actions. A file that is wrong somewhere is used as far as it is right, says
so in one line, and is never written to before its user has mended it. What the program does not know in it
stays; of a view that has such a key the rest is used. The package knows neither screens nor the command line;
whoever has no settings pays for no more than this module.
"""

from __future__ import annotations

import os
import threading

from runtui.settings.model import ALL as ALL
from runtui.settings.model import DEFAULTS as DEFAULTS
from runtui.settings.model import FIRST_VIEWS as FIRST_VIEWS
from runtui.settings.model import NOTHING as NOTHING
from runtui.settings.model import USUAL_COLUMNS as USUAL_COLUMNS
from runtui.settings.model import ColumnChoice as ColumnChoice
from runtui.settings.model import SavedView as SavedView
from runtui.settings.model import Settings as Settings
from runtui.settings.model import folded as folded
from runtui.settings.model import usual_columns as usual_columns
from runtui.settings.model import view_of as view_of
from runtui.store.user_dirs import shown_path, user_folder


def settings_path() -> str | None:
    """Return where the settings are kept, or None where the user has no home."""
    folder = user_folder("XDG_CONFIG_HOME", ".config")
    return None if folder is None else os.path.join(folder, "settings.toml")


def read_settings(path: str | None) -> Settings:
    """Return the settings in the file at `path`; the defaults where there is none. Never raises.

    Args:
        path: The file, or None for none.
    """
    if path is None or not os.path.lexists(path):
        return DEFAULTS
    from runtui.settings.parsing import settings_in  # not for those who have no settings

    return settings_in(path)


def read_settings_soon(path: str | None, patience: float) -> Settings:
    """Return the settings in the file at `path`, or the defaults when its disk takes too long to answer.

    Args:
        path: The file, or None for none.
        patience: The seconds to wait.
    """
    found: list[Settings] = []
    thread = threading.Thread(target=lambda: found.append(read_settings(path)), daemon=True)
    thread.start()
    thread.join(patience)
    if found:
        return found[0]
    return Settings(
        problem=f"{shown_path(path or '')} takes too long to read; using the defaults", is_broken=True
    )
