"""Import of the screens in the background, so that no key has to wait for it."""

from __future__ import annotations

import threading
from importlib import import_module
from pkgutil import iter_modules

from runtui.tui import dialogs, screens

_ALSO = (
    "runtui.operations.run_operations",
    "runtui.operations.dismissing",
    "runtui.logs.search.search_process",
    "runtui.tui.widgets.log_search",
)


def load_screens() -> None:
    """Import all screens in a thread, so that the first use of each is as fast as the others.

    They take 0.2 s of processor time; when its key imported it, the tag dialog alone took 60 ms.
    """
    threading.Thread(target=_load, name="runtui-loading", daemon=True).start()


def _load() -> None:
    found = [
        f"{package.__name__}.{module.name}"
        for package in (screens, dialogs)
        for module in iter_modules(package.__path__)
    ]
    for name in (*_ALSO, *found):
        try:
            import_module(name)
        except ImportError:
            continue  # the key itself will report it
