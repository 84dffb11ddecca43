"""The user's rules for failures, for subcommands that tell why a run failed."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from runtui.store.user_dirs import user_folder

if TYPE_CHECKING:
    from runtui.logs.diagnose.own_rules import OwnRule


def digest_rules() -> tuple[OwnRule, ...]:
    """Return the rules in the settings; say on standard error what is wrong with them."""
    folder = user_folder("XDG_CONFIG_HOME", ".config")
    if folder is None or not os.path.lexists(os.path.join(folder, "settings.toml")):
        return ()
    from runtui.settings import read_settings, settings_path  # needless without a file

    settings = read_settings(settings_path())
    if "digest" in settings.problem:
        print(f"runtui: {settings.problem}", file=sys.stderr)
    return settings.digest_rules
