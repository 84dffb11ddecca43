"""Settings of a user: columns, order, saved views, theme, keys and budgets, in one TOML file.

The file is read once at start and changed by few actions. Of a file with errors the valid parts are used, the
first error is reported in one line, and the file is not written to until its user has corrected it. Unknown
keys are kept. The package knows neither screens nor the command line; without a file it loads no parser.
"""

from __future__ import annotations

import os
import threading

from runtui.settings.model import ALL as ALL
from runtui.settings.model import DEFAULTS as DEFAULTS
from runtui.settings.model import FIRST_VIEWS as FIRST_VIEWS
from runtui.settings.model import NOTHING as NOTHING
from runtui.settings.model import SHARES as SHARES
from runtui.settings.model import USUAL_COLUMNS as USUAL_COLUMNS
from runtui.settings.model import ColumnChoice as ColumnChoice
from runtui.settings.model import Notify as Notify
from runtui.settings.model import Panes as Panes
from runtui.settings.model import SavedView as SavedView
from runtui.settings.model import Settings as Settings
from runtui.settings.model import folded as folded
from runtui.settings.model import usual_columns as usual_columns
from runtui.settings.model import view_of as view_of
from runtui.store.user_dirs import shown_path, user_folder


def settings_path() -> str | None:
    """Return the path of the settings file, or None where the user has no home directory."""
    folder = user_folder("XDG_CONFIG_HOME", ".config")
    return None if folder is None else os.path.join(folder, "settings.toml")


def read_settings(path: str | None) -> Settings:
    """Read the settings in the file at `path`; defaults where it is missing. Never raises.

    Args:
        path: The file, or None for the defaults.
    """
    if path is None or not os.path.lexists(path):
        return DEFAULTS
    from runtui.settings.parsing import settings_in  # needless without a file

    return settings_in(path)


def read_settings_soon(path: str | None, patience: float) -> Settings:
    """Read the settings in the file at `path`; defaults when the disk takes too long to answer.

    Args:
        path: The file, or None for the defaults.
        patience: Seconds to wait.
    """
    found: list[Settings] = []
    thread = threading.Thread(target=lambda: found.append(read_settings(path)), daemon=True)
    thread.start()
    thread.join(patience)
    if found:
        return found[0]
    return Settings(
        problem=f"{shown_path(path or '')} takes too long to read: using the defaults", is_broken=True
    )
