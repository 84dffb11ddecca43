"""``runtui wait``: wait until runs have ended."""

from __future__ import annotations

import argparse
import json
import queue
import sys
import time
from collections.abc import Mapping
from typing import Any

from runtui.catalog.catalog import Catalog, CatalogUpdate, SyncPhase
from runtui.catalog.columns import status_text
from runtui.catalog.reasons import reason_text
from runtui.catalog.sync.digests import digested
from runtui.catalog.sync.sources import RunSources
from runtui.cli.argument_types import age, query_of
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import opened_directory
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text

_TIMED_OUT = 124
"""Exit code where runs have not ended in time, as of timeout(1)."""

_EXIT_CODES = """\
The exit code is 0 where all of them completed, 1 where one did not, and 124 where one has not
ended in time.
"""


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add ``wait``."""
    wait = commands.add_parser(
        "wait",
        parents=[common],
        epilog=_EXIT_CODES
        + "\n"
        + examples(
            ("runtui wait tag:sweep && ./collect.sh", "go on once the whole sweep has completed"),
            ("runtui wait --any is:live", "until the first of the live runs has ended"),
            ("runtui wait 9f3a --timeout 2h", "two hours at most"),
        ),
    )
    wait.add_argument(
        "query", nargs="*", metavar="QUERY", help="the runs that match now, e.g. tag:sweep; all without it"
    )
    wait.add_argument("--any", action="store_true", help="only until one of them has ended")
    wait.add_argument("--timeout", type=age, metavar="AGE", help="give up after that time, e.g. 30m or 2h")
    wait.add_argument("--json", action="store_true", help="print a JSON object for each run, in a line")
    wait.set_defaults(command=wait_command)


def wait_command(arguments: argparse.Namespace) -> int:
    """Wait until the runs that match have ended, and print each when it has."""
    ends_at = None if arguments.timeout is None else time.monotonic() + arguments.timeout
    query = query_of(arguments.query)
    base, only = opened_directory(arguments)
    rules = digest_rules()
    updates: queue.SimpleQueue[CatalogUpdate] = queue.SimpleQueue()
    sources = RunSources([base], only={base: only} if only else None, rules=rules)
    sources.want_keys(query.keys)
    catalog = Catalog(sources.base)
    sources.start(updates.put)
    sources.resume()
    waiting: set[str] | None = None
    is_good = True
    try:
        while waiting is None or waiting:
            try:
                update = updates.get(timeout=_left(ends_at))
            except queue.Empty:
                count = len(waiting or ())
                raise _timed_out(count) from None
            catalog.apply(update)
            if waiting is None:
                if update.health.phase is SyncPhase.UNREACHABLE:
                    raise StoreError(update.health.notice or f"cannot read {safe_text(base)}")
                if update.health.phase is not SyncPhase.FRESH:
                    continue
                waiting = {name for name, run in catalog.runs.items() if query.matches(run)}
                if not waiting:
                    raise RunNotFoundError(f"no run matches {query.text}" if query.text else "no runs yet")
            ended, gone = _ended(waiting, catalog.runs)
            for name in gone:
                print(f"runtui: {safe_text(name)} is gone", file=sys.stderr)
            for run in ended:
                is_good = is_good and run.status == RunStatus.COMPLETED and not run.stale_reason
                _report(digested(base, run, rules), as_json=arguments.json)
            waiting.difference_update(gone, (run.name for run in ended))
            is_good = is_good and not gone
            if ended and arguments.any:
                break
    except TimeoutError as problem:
        print(f"runtui: {problem}", file=sys.stderr)
        return _TIMED_OUT
    finally:
        sources.stop()
    return 0 if is_good else 1


def _left(ends_at: float | None) -> float | None:
    """Return the seconds that are left, or None for any time."""
    return None if ends_at is None else max(0.0, ends_at - time.monotonic())


def _timed_out(count: int) -> TimeoutError:
    left = f"{run_count(count)} still running" if count else "the runs have not been read yet"
    return TimeoutError(f"gave up waiting: {left}")


def _ended(waiting: set[str], runs: Mapping[str, RunRecord]) -> tuple[list[RunRecord], list[str]]:
    """Return of the runs waited for those that have ended, oldest first, and the names of those gone."""
    here = [runs[name] for name in waiting if name in runs]
    ended = [run for run in here if not run.is_live or run.stale_reason]
    ended.sort(key=lambda run: (run.completed or run.created or 0.0, run.name))
    return ended, sorted(name for name in waiting if name not in runs)


def _report(run: RunRecord, *, as_json: bool) -> None:
    reason = reason_text(run) if run.is_failed else ""
    if as_json:
        line = json.dumps({"run_id": run.name, "status": run.effective_status, "reason": reason or None})
    else:
        line = "  ".join(filter(None, (status_text(run), safe_text(run.name), run.description, reason)))
    print(line, flush=True)
