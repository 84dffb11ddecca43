"""``runtui doctor``: what is wrong in a runs directory, and repairing it."""

from __future__ import annotations

import argparse
import json
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.selecting import runs_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.doctor.checks import Treatment, examine, treat
from runtui.doctor.findings import Severity
from runtui.store.errors import StoreError
from runtui.store.ours import is_runs_directory
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        epilog=examples(
            ("runtui doctor", "tell what is wrong"),
            ("runtui doctor --fix", "mend what can be without a risk"),
        ),
    )
    doctor.add_argument("--fix", action="store_true", help="put right what can be without a risk")
    doctor.add_argument("--json", action="store_true", help="a JSON list")
    doctor.set_defaults(command=doctor_command)


def doctor_command(arguments: argparse.Namespace) -> int:
    """Say what is wrong, put right what can be, and say what is left; 1 when problems are left."""
    with ended_by_interrupt():
        base = runs_directory(arguments)
        findings = examine(base)
    if arguments.fix and any(item.repair for item in findings) and not is_runs_directory(base):
        raise StoreError(
            f"{safe_text(base)} is not a runs directory, nothing was mended: name one with -C, or create a "
            "run there first"
        )
    treatments = treat(base, findings) if arguments.fix else [Treatment(finding) for finding in findings]
    left = [item for item in treatments if not item.repaired and item.finding.level is Severity.PROBLEM]
    if arguments.json:
        print(json.dumps([_as_json(item) for item in treatments], indent=2))
        return 1 if left else 0
    for item in treatments:
        print(f"{item.finding.where}: {item.finding.what}{_ending(item)}")
    repaired = sum(item.repaired for item in treatments)
    repairable = sum(item.finding.repair is not None for item in left)
    if repaired:
        print(f"{repaired} mended")
    if left:
        hint = f", {repairable} of them can be mended with --fix" if repairable and not arguments.fix else ""
        print(f"{len(left)} {'problem' if len(left) == 1 else 'problems'} left{hint}")
    else:
        print("nothing is wrong")
    return 1 if left else 0


def _as_json(item: Treatment) -> dict[str, object]:
    return {
        "where": item.finding.where,
        "what": item.finding.what,
        "level": item.finding.level.value,
        "mendable": item.finding.repair is not None,
        "repaired": item.repaired,
        "failure": item.failure or None,
    }


def _ending(item: Treatment) -> str:
    if item.repaired:
        return " (mended)"
    if item.failure:
        return f" (not mended: {item.failure})"
    return ""
