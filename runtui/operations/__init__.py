"""Operations on runs, in bulk, with progress, cancel and undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.operations.adopting import Adoption as Adoption
    from runtui.operations.found_matches import search_logs as search_logs
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
            "Operations": "runtui.operations.run_operations",
            "Triage": "runtui.operations.triage",
            "failure_groups": "runtui.operations.triage",
            "recalled": "runtui.operations.triage",
            "remember_of": "runtui.operations.triage",
            "search_logs": "runtui.operations.found_matches",
            "why": "runtui.operations.run_operations",
        },
    )
