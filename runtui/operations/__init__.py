"""Operations on runs, in bulk, with progress, cancel and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.operations.adopting import Adoption as Adoption
    from runtui.operations.child_operations import ChildOperations as ChildOperations
    from runtui.operations.found_matches import search_logs as search_logs
    from runtui.operations.notify_command import run_notify_command as run_notify_command
    from runtui.operations.pins import Pinning as Pinning
    from runtui.operations.pins import read_pins as read_pins
    from runtui.operations.run_operations import Operations as Operations
    from runtui.operations.run_operations import why as why
    from runtui.operations.triage import Triage as Triage
    from runtui.operations.triage import failure_groups as failure_groups
    from runtui.operations.triage import recalled as recalled
    from runtui.operations.triage import remember_of as remember_of
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: 20 ms that the first paint need not wait for.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "Adoption": "runtui.operations.adopting",
            "ChildOperations": "runtui.operations.child_operations",
            "Operations": "runtui.operations.run_operations",
            "Pinning": "runtui.operations.pins",
            "Triage": "runtui.operations.triage",
            "failure_groups": "runtui.operations.triage",
            "read_pins": "runtui.operations.pins",
            "recalled": "runtui.operations.triage",
            "remember_of": "runtui.operations.triage",
            "run_notify_command": "runtui.operations.notify_command",
            "search_logs": "runtui.operations.found_matches",
            "why": "runtui.operations.run_operations",
        },
    )
