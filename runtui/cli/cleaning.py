"""``runtui clean`` and ``runtui trash``: move runs to the trash, restore them, delete them permanently."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from typing import Any

from runtui.catalog.query.query import Query
from runtui.catalog.sync.digests import all_digested
from runtui.catalog.sync.job_states import PATIENCE, as_listed, waiting_runs, with_job_states
from runtui.catalog.sync.scan import all_judged
from runtui.catalog.unread import is_known_missing, unreadable_text
from runtui.cli.argument_types import age, query_of, refuse_usage, run_count
from runtui.cli.arguments import examples
from runtui.cli.asking import agrees
from runtui.cli.selecting import runs_directory, runs_of
from runtui.cli.sigint import ended_by_interrupt
from runtui.formats.config.value_reader import parameter_values
from runtui.layouts.run_tree import holds_other_runs
from runtui.operations.parallel import in_parallel
from runtui.store.cleanup.disk_usage import usage
from runtui.store.cleanup.emptying import empty_trash
from runtui.store.cleanup.plan import CleanupPlan, Decision, PlanInputs, carry_out, choose_old
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import find_trashed, places_in_trash, read_trash, unread_text
from runtui.store.cleanup.trash_folder import TrashedRun
from runtui.store.concurrent_work import in_order
from runtui.store.errors import StoreError, explain
from runtui.store.record import NO_UNREAD, RunRecord
from runtui.store.run_dependencies import ancestors_in_trash
from runtui.text.format import ago_text, size_text
from runtui.text.sanitize import safe_text

_REPORT_EVERY = 0.5  # seconds
_MOST_NAMED = 8  # runs


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    clean = commands.add_parser(
        "clean",
        parents=[common],
        epilog=examples(
            ("runtui clean status:failed --older-than 2w --dry-run", "only show the plan"),
            ("runtui clean --keep 100", "all but the newest 100; asks first"),
            ("runtui clean --run 9f3a 77c1 --yes", "these two, without asking"),
        ),
    )
    clean.add_argument("query", nargs="*", metavar="QUERY", help="only runs that match, e.g. status:failed")
    clean.add_argument(
        "--run",
        nargs="+",
        action="extend",
        dest="runs",
        metavar="RUN",
        help="only these runs, by id or prefix",
    )
    clean.add_argument("--keep", type=run_count, metavar="N", help="keep the newest N of them")
    clean.add_argument("--older-than", type=age, metavar="AGE", help="only runs older than this, e.g. 2d")
    clean.add_argument("--dry-run", action="store_true", help="only show the plan")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    clean.add_argument("--json", action="store_true", help="print the plan as a JSON object")
    clean.set_defaults(command=clean_command)
    trash = commands.add_parser(
        "trash",
        parents=[common],
        epilog=examples(
            ("runtui trash ls", ""),
            ("runtui trash restore 9f3a", "move it back to the runs directory"),
            ("runtui trash empty --older-than 30d", "delete for good; asks first"),
        ),
    )
    actions = trash.add_subparsers(metavar="ACTION", required=True)
    ls = actions.add_parser("ls", aliases=["list"], parents=[common], help="list the trash")
    ls.add_argument("--json", action="store_true", help="print a JSON list")
    ls.set_defaults(command=list_trash_command)
    back = actions.add_parser("restore", parents=[common], help="move runs back to the runs directory")
    back.add_argument(
        "trashed", nargs="+", metavar="RUN", help="a run id that `runtui trash ls` lists, or a unique prefix"
    )
    back.set_defaults(command=restore_command)
    empty = actions.add_parser("empty", parents=[common], help="delete for good")
    empty.add_argument(
        "--older-than", type=age, metavar="AGE", help="only runs that were trashed longer ago, e.g. 30d"
    )
    empty.add_argument("--yes", action="store_true", help="do not ask")
    empty.set_defaults(command=empty_command)


def clean_command(arguments: argparse.Namespace) -> int:
    """Show the plan of a cleanup and, unless it is a dry run, carry it out."""
    query = query_of(arguments.query)
    if query.is_empty and arguments.keep is None and arguments.older_than is None and arguments.runs is None:
        refuse_usage(
            "nothing to clean: add a query such as status:failed, --run RUN, --keep N, or --older-than AGE"
        )
    base = runs_directory(arguments)
    named = None
    if arguments.runs is not None:
        (base, named), *elsewhere = runs_of(arguments, arguments.runs).items()
        if elsewhere:
            raise StoreError("these runs lie in several folders: name those of one folder at a time")
    limit = None if arguments.older_than is None else time.time() - arguments.older_than
    reason = "old enough" if named is None else "named on the command line"
    if not query.is_empty:
        reason = f"matches {safe_text(query.text)}"

    def choose(runs: Sequence[RunRecord]) -> list[Decision]:
        _refuse_unknown_keys(query, runs)
        if not query.is_empty:  # a filter means the same as in `ls`
            runs, _silent = with_job_states(base, list(all_judged(base, runs)), PATIENCE)
        if query.asks_why:
            runs = all_digested(base, runs)
        named_runs = [run for run in runs if named is None or run.name in named]
        # Those that would match without the values that cannot be read are listed as kept, with the reason.
        matching = [run for run in named_runs if query.matches(run._replace(unread=NO_UNREAD))]
        chosen = choose_old(matching, arguments.keep or 0, limit)
        if arguments.keep is not None:
            return chosen
        return [Decision(decision.name, reason) for decision in chosen]

    inputs = PlanInputs(
        base,
        keys=query.keys,
        each=in_parallel,
        jobs=waiting_runs,
        listing=as_listed,
        holds_runs=holds_other_runs,
        values_from=parameter_values,
    )
    plan = inputs.plan(choose(inputs.runs()))
    _print_plan(base, plan, as_json=arguments.json)
    if arguments.dry_run or not plan.taken:
        return 0
    if not arguments.yes and not agrees(f"move {_runs(len(plan.taken))} to the trash?"):
        return 1
    result = carry_out(base, plan, each=in_parallel, inputs=inputs)
    if not arguments.json:
        print(f"moved {_runs(len(result.moved))} to the trash; to undo: `runtui trash restore RUN`")
    for decision in result.stayed:
        print(
            f"runtui: {safe_text(decision.name)} was not moved: {safe_text(decision.reason)}", file=sys.stderr
        )
    if result.note:
        print(f"runtui: {safe_text(result.note)}", file=sys.stderr)
    return 1 if result.stayed or result.note else 0


def _refuse_unknown_keys(query: Query, runs: Sequence[RunRecord]) -> None:
    """Refuse a query with a key that no run has, as a mistyped key in a negated term would match every run.

    Of keys that cannot be read of some runs, which stay, it says so.

    Raises:
        StoreError: No run has one of the keys.
    """
    for key in sorted(query.keys):
        if unread := unreadable_text(key, runs):
            print(f"runtui: {unread}", file=sys.stderr)
        if runs and is_known_missing(key, runs):
            raise StoreError(f"nothing moved: no run has a value for {safe_text(key)}; check its spelling")


@ended_by_interrupt()
def list_trash_command(arguments: argparse.Namespace) -> int:
    """List the runs in the trash."""
    trash = read_trash(runs_directory(arguments))
    runs = trash.runs
    _say_unread(trash.unread)
    sizes = _usages([run.path for run in runs])
    if arguments.json:
        listed = [
            {
                "run_id": run.run_id,
                "description": run.description,
                "trashed_at": run.trashed,
                "user": run.user,
                "reason": run.reason,
                "size": size,
                "files": files,
            }
            for run, (size, files) in zip(runs, sizes, strict=True)
        ]
        print(json.dumps(listed, indent=2))
        return 0
    now = time.time()
    for run, (size, files) in zip(runs, sizes, strict=True):
        when = "" if run.trashed is None else ago_text(run.trashed, now)
        print(f"{run.run_id}  {_amount(size, files)}  {when}  {run.reason}  {run.description}".rstrip())
    return 0


def restore_command(arguments: argparse.Namespace) -> int:
    """Restore runs from the trash, and report those that cannot be restored."""
    base = runs_directory(arguments)
    code = 0
    restored: list[str] = []
    for wanted in arguments.trashed:
        try:
            run = find_trashed(base, wanted)
            note = restore(base, run)
        except StoreError as error:
            note = str(error)
        except OSError as error:
            note = f"cannot restore {safe_text(wanted)}: {explain(error)}"
        else:
            print(f"restored {run.run_id}")
            restored.append(run.name)
        if note:
            print(f"runtui: {safe_text(note)}", file=sys.stderr)
            code = 1
    _say_parents_in_trash(base, restored)
    return code


def _say_parents_in_trash(base: str, restored: Sequence[str]) -> None:
    """Report which ancestors of restored runs are still in the trash, as their checkpoints may be needed.

    Args:
        base: The runs directory.
        restored: Names of the restored runs.
    """
    trashed = places_in_trash(base) if restored else {}
    for name in restored:
        parents = ancestors_in_trash(base, name, trashed) if trashed else []
        if parents:
            shown = ", ".join(safe_text(parent) for parent in parents[:_MOST_NAMED])
            more = f" and {len(parents) - _MOST_NAMED} more" if len(parents) > _MOST_NAMED else ""
            what = f"{safe_text(name)} may need checkpoints of {shown}{more}, which are still in the trash"
            print(f"runtui: {what}: restore them as well", file=sys.stderr)


def empty_command(arguments: argparse.Namespace) -> int:
    """Delete runs in the trash permanently."""
    base = runs_directory(arguments)
    limit = None if arguments.older_than is None else time.time() - arguments.older_than
    trash = read_trash(base)
    found = [run for run in trash.runs if limit is None or _is_older(run, limit)]
    doomed = [run for run in found if not run.is_foreign]
    if len(found) > len(doomed):
        print(f"kept {_runs(len(found) - len(doomed))} of other users: only their owners can delete them")
    _say_unread(trash.unread)
    if doomed and not arguments.yes:
        size, files = _total([run.path for run in doomed])
        if not agrees(f"delete {_runs(len(doomed))} ({_amount(size, files)}) for good?"):
            return 1
    with _Reporter() as report:
        done = empty_trash(base, limit, lambda progress: report(f"{progress.removed} files deleted"))
    gone = sum(not os.path.lexists(run.folder) for run in doomed)
    print(f"deleted {_runs(gone)}, {done.removed} files")
    if done.failed:
        what = f"{done.failed} {'file or folder' if done.failed == 1 else 'files and folders'}"
        print(f"runtui: cannot delete {what}: {safe_text(done.reason)}", file=sys.stderr)
        return 1
    return 0


def _say_unread(count: int) -> None:
    """Report how many parts of the trash cannot be read.

    Args:
        count: Number of unreadable folders.
    """
    if count:
        print(f"runtui: {unread_text(count)}", file=sys.stderr)


class _Reporter:
    """Progress line on a terminal, at most twice a second, erased at the end."""

    def __init__(self) -> None:
        self._next = time.monotonic() + _REPORT_EVERY
        self._shown = ""

    def __call__(self, text: str) -> None:
        if time.monotonic() >= self._next and sys.stderr.isatty():
            self._next = time.monotonic() + _REPORT_EVERY
            print(f"\r{text.ljust(len(self._shown))}", end="", file=sys.stderr, flush=True)
            self._shown = text

    def __enter__(self) -> _Reporter:
        return self

    def __exit__(self, *error: object) -> None:
        if self._shown:
            print(f"\r{' ' * len(self._shown)}\r", end="", file=sys.stderr, flush=True)


def _usages(paths: Sequence[str]) -> list[tuple[int, int]]:
    """Return the size in bytes and the number of files below each of `paths`."""
    amounts: list[tuple[int, int]] = []
    with _Reporter() as report:

        def report_count(count: int) -> None:
            report(f"{count + sum(files for _, files in amounts)} files counted")

        for amount in in_order(paths, lambda path: usage(path, report_count)):
            amounts.append(amount)
    return amounts


def _print_plan(base: str, plan: CleanupPlan, *, as_json: bool) -> None:
    decisions = [*plan.taken, *plan.kept_back]
    sizes = _usages([os.path.join(base, decision.name) for decision in decisions])
    total = sum(size for size, _ in sizes[: len(plan.taken)])
    files = sum(count for _, count in sizes[: len(plan.taken)])
    rows = list(zip(decisions, sizes, strict=True))
    if as_json:
        shown = [
            {"run_id": safe_text(decision.name), "reason": decision.reason, "size": size, "files": count}
            for decision, (size, count) in rows
        ]
        taken, kept_back = shown[: len(plan.taken)], shown[len(plan.taken) :]
        print(json.dumps({"moved": taken, "kept": kept_back, "size": total, "files": files}, indent=2))
        return
    for place, (decision, (size, count)) in enumerate(rows):
        what = "move" if place < len(plan.taken) else "keep"
        print(f"{what}  {safe_text(decision.name)}  {_amount(size, count)}  {decision.reason}")
    kept = f"{_runs(len(plan.kept_back))} kept"
    if plan.taken:
        print(f"{_runs(len(plan.taken))} to move ({_amount(total, files)}); {kept}")
    else:
        print(f"nothing to move; {kept}")


def _is_older(run: TrashedRun, limit: float) -> bool:
    return run.trashed is not None and run.trashed < limit


def _total(paths: Sequence[str]) -> tuple[int, int]:
    amounts = _usages(paths)
    return sum(size for size, _ in amounts), sum(count for _, count in amounts)


def _amount(size: int, files: int) -> str:
    return f"{size_text(size)} in {files} {'file' if files == 1 else 'files'}"


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
