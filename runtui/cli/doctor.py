"""``runtui doctor``: find problems in a runs directory, and repair them."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Sequence
from typing import Any

from runtui.cli.arguments import examples
from runtui.cli.selecting import runs_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.doctor.checks import Treatment, examine, treat
from runtui.doctor.findings import Severity
from runtui.store.errors import StoreError
from runtui.store.recognition import is_runs_directory
from runtui.text.sanitize import safe_text


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommand of this module."""
    doctor = commands.add_parser(
        "doctor",
        parents=[common],
        epilog=examples(
            ("runtui doctor", "list the problems"),
            ("runtui doctor --fix", "repair what is safe to repair"),
        ),
    )
    doctor.add_argument("--fix", action="store_true", help="repair what is safe to repair")
    doctor.add_argument("--json", action="store_true", help="print a JSON list")
    doctor.set_defaults(command=doctor_command)


def doctor_command(arguments: argparse.Namespace) -> int:
    """List problems, repair those that can be repaired safely, and return 1 if problems are left."""
    with ended_by_interrupt():
        base = runs_directory(arguments)
        findings = examine(base)
    repairable = {os.path.join(base, item.folder) for item in findings if item.repair}
    if arguments.fix and repairable and not any(map(is_runs_directory, repairable)):
        raise StoreError(
            f"nothing repaired: {safe_text(base)} is not a runs directory; name one with -C, or create a run "
            "there first"
        )
    treatments = treat(base, findings) if arguments.fix else [Treatment(finding) for finding in findings]
    left = [item for item in treatments if not item.repaired and item.finding.level is Severity.PROBLEM]
    if arguments.json:
        print(json.dumps([_as_json(item) for item in treatments], indent=2))
        return 1 if left else 0
    for item in treatments:
        print(f"{item.finding.path}: {item.finding.what}{_ending(item)}")
    print(_summary(treatments, left, is_fixing=arguments.fix))
    return 1 if left else 0


def _summary(treatments: Sequence[Treatment], left: Sequence[Treatment], *, is_fixing: bool) -> str:
    """Return the last line: how many problems were found, repaired and left, or how many notes there are."""
    repaired = sum(item.repaired for item in treatments)
    parts = [f"{_count(repaired, 'problem')} repaired"] if repaired else []
    if left:
        parts.append(f"{len(left)} left" if repaired else f"{_count(len(left), 'problem')} found")
        repairable = sum(item.finding.repair is not None for item in left)
        if repairable and not is_fixing:
            parts.append(f"`--fix` can repair {repairable}")
    elif not repaired:
        notes = sum(item.finding.level is Severity.NOTE for item in treatments)
        parts += ["no problems found", *([_count(notes, "note")] if notes else [])]
    return "; ".join(parts)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _as_json(item: Treatment) -> dict[str, object]:
    return {
        "where": item.finding.path,
        "what": item.finding.what,
        "level": item.finding.level.value,
        "repairable": item.finding.repair is not None,
        "repaired": item.repaired,
        "failure": item.failure or None,
    }


def _ending(item: Treatment) -> str:
    if item.repaired:
        return " (repaired)"
    if item.failure:
        return f" (not repaired: {item.failure})"
    return ""
