"""``runtui clean`` and ``runtui trash``: move runs to the trash, restore them, delete them permanently."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from runtui.catalog.query.query import Query
from runtui.catalog.sync.digests import all_digested, all_with_warnings
from runtui.catalog.sync.job_states import PATIENCE, with_job_states
from runtui.catalog.sync.scan import all_judged
from runtui.catalog.unread import is_known_missing, unreadable_text
from runtui.cli.argument_types import age, query_of, refuse_usage, run_count
from runtui.cli.arguments import examples
from runtui.cli.asking import agrees
from runtui.cli.cleanup_folders import (
    CleanedFolder,
    LocatedRun,
    find_located,
    folders_to_clean,
    folders_with_trash,
    located,
)
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import OpenedDirectory, opened_directory
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.kept_runs import with_advice
from runtui.operations.parallel import in_parallel
from runtui.store.cleanup.disk_usage import usage
from runtui.store.cleanup.emptying import EmptyingProgress, empty_trash
from runtui.store.cleanup.plan import CleanupPlan, CleanupResult, Decision, carry_out, choose_old
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import places_in_trash, read_trash, unread_text
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
    clean.add_argument("--keep", type=run_count, metavar="N", help="keep the newest N of them in each folder")
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
        "trashed",
        nargs="+",
        metavar="RUN",
        help="a run that `runtui trash ls` lists, or the unique start of its id",
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
    limit = None if arguments.older_than is None else time.time() - arguments.older_than
    reason = "old enough" if arguments.runs is None else "named on the command line"
    if not query.is_empty:
        reason = f"matches {safe_text(query.text)}"

    def choose(folder: CleanedFolder) -> list[Decision]:
        base, runs = folder.base, folder.chosen_from
        if not query.is_empty:  # a filter means the same as in `ls`
            runs, _silent = with_job_states(base, list(all_judged(base, runs)), PATIENCE)
        if query.asks_why:
            runs = all_digested(base, runs, digest_rules())
        if query.asks_for_warnings:
            runs = all_with_warnings(base, runs)
        # Those that would match without the values that cannot be read are listed as kept, with the reason.
        matching = [
            run for run in runs if query.matches(run.from_above(folder.prefix)._replace(unread=NO_UNREAD))
        ]
        ours = [run for run in matching if not run.layout]
        chosen = choose_old(ours, arguments.keep or 0, limit)
        if arguments.keep is None:
            chosen = [Decision(decision.name, reason) for decision in chosen]
        return chosen + choose_old([run for run in matching if run.layout], 0, limit)

    folders = folders_to_clean(arguments, query)
    _refuse_unknown_keys(query, [run for folder in folders for run in folder.runs])
    plans = [
        (folder, with_advice(folder.base, folder.inputs.plan(choose(folder)), "`runtui adopt`"))
        for folder in folders
    ]
    _print_plan(plans, as_json=arguments.json)
    taken = sum(len(plan.taken) for _folder, plan in plans)
    if arguments.dry_run or not taken:
        return 0
    if not arguments.yes and not agrees(f"move {_runs(taken)} to the trash?"):
        return 1
    results: list[tuple[CleanedFolder, CleanupResult]] = []
    code = 0
    for folder, plan in plans:
        try:
            if plan.taken:
                result = carry_out(folder.base, plan, each=in_parallel, inputs=folder.inputs)
                results.append((folder, result))
        except (StoreError, OSError) as error:  # the other folders can be cleaned up nevertheless
            what = str(error) if isinstance(error, StoreError) else explain(error)
            print(f"runtui: nothing moved in {safe_text(folder.base)}: {safe_text(what)}", file=sys.stderr)
            code = 1
    moved = sum(len(result.moved) for _folder, result in results)
    if not arguments.json:
        print(f"moved {_runs(moved)} to the trash; to undo: `runtui trash restore RUN`")
    for folder, result in results:
        for decision in result.stayed:
            print(
                f"runtui: {folder.shown(decision)} was not moved: {safe_text(decision.reason)}",
                file=sys.stderr,
            )
        if result.note:
            print(f"runtui: {safe_text(result.note)}", file=sys.stderr)
    return 1 if any(result.stayed or result.note for _folder, result in results) else code


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
    directory = opened_directory(arguments)
    found, unread = _trashed(directory, folders_with_trash(directory))
    _say_unread(unread)
    sizes = _usages([one.run.path for one in found])
    if arguments.json:
        listed = [
            {
                "run_id": one.run.run_id,
                "folder": safe_text(one.prefix.rstrip("/")) or None,
                "description": one.run.description,
                "trashed_at": one.run.trashed,
                "user": one.run.user,
                "reason": one.run.reason,
                "size": size,
                "files": files,
            }
            for one, (size, files) in zip(found, sizes, strict=True)
        ]
        print(json.dumps(listed, indent=2))
        return 0
    now = time.time()
    for one, (size, files) in zip(found, sizes, strict=True):
        run = one.run
        when = "" if run.trashed is None else ago_text(run.trashed, now)
        print(f"{one.shown}  {_amount(size, files)}  {when}  {run.reason}  {run.description}".rstrip())
    return 0


def _trashed(directory: OpenedDirectory, bases: Iterable[str]) -> tuple[list[LocatedRun], int]:
    """Return the runs in the trash of a directory and of the folders below, the latest first.

    Args:
        directory: The directory.
        bases: It and the folders, as far as they have a trash.

    Returns:
        The runs, and how many parts of the trash cannot be read.
    """
    found: list[LocatedRun] = []
    unread = 0
    for base in bases:
        trash = read_trash(base)
        found += located(directory, base, trash.runs)
        unread += trash.unread
    found.sort(key=lambda one: one.run.trashed or 0.0, reverse=True)
    return found, unread


def restore_command(arguments: argparse.Namespace) -> int:
    """Restore runs from the trash, and report those that cannot be restored."""
    directory = opened_directory(arguments)
    bases = folders_with_trash(directory)
    code = 0
    restored: dict[str, list[str]] = {}
    for wanted in arguments.trashed:
        try:
            found = find_located(directory, bases, wanted)
            note = restore(found.base, found.run)
        except StoreError as error:
            note = str(error)
        except OSError as error:
            note = f"cannot restore {safe_text(wanted)}: {explain(error)}"
        else:
            print(f"restored {found.shown}")
            restored.setdefault(found.base, []).append(found.run.name)
        if note:
            print(f"runtui: {safe_text(note)}", file=sys.stderr)
            code = 1
    for base, names in restored.items():
        _say_parents_in_trash(base, names)
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
    directory = opened_directory(arguments)
    limit = None if arguments.older_than is None else time.time() - arguments.older_than
    bases = folders_with_trash(directory)
    trashed, unread = _trashed(directory, bases)
    found = [one for one in trashed if limit is None or _is_older(one.run, limit)]
    doomed = [one.run for one in found if not one.run.is_foreign]
    if len(found) > len(doomed):
        print(f"kept {_runs(len(found) - len(doomed))} of other users: only their owners can delete them")
    _say_unread(unread)
    if doomed and not arguments.yes:
        size, files = _total([run.path for run in doomed])
        folders = len({one.base for one in found if not one.run.is_foreign})
        where = f" in {folders} folders" if folders > 1 else ""
        if not agrees(f"delete {_runs(len(doomed))}{where} ({_amount(size, files)}) for good?"):
            return 1
    removed = failed = 0
    reason = ""
    with _Reporter() as report:
        for base in bases:
            done = empty_trash(base, limit, partial(_report_removed, report, removed))
            removed, failed, reason = removed + done.removed, failed + done.failed, reason or done.reason
    gone = sum(not os.path.lexists(run.folder) for run in doomed)
    print(f"deleted {_runs(gone)}, {removed} files")
    if failed:
        what = f"{failed} {'file or folder' if failed == 1 else 'files and folders'}"
        print(f"runtui: cannot delete {what}: {safe_text(reason)}", file=sys.stderr)
        return 1
    return 0


def _report_removed(report: _Reporter, before: int, progress: EmptyingProgress) -> None:
    report(f"{before + progress.removed} files deleted")


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


def _print_plan(plans: Sequence[tuple[CleanedFolder, CleanupPlan]], *, as_json: bool) -> None:
    taken = [(folder, decision) for folder, plan in plans for decision in plan.taken]
    decisions = [*taken, *((folder, decision) for folder, plan in plans for decision in plan.kept_back)]
    sizes = _usages([os.path.join(folder.base, decision.name) for folder, decision in decisions])
    total = sum(size for size, _ in sizes[: len(taken)])
    files = sum(count for _, count in sizes[: len(taken)])
    rows = list(zip(decisions, sizes, strict=True))
    if as_json:
        shown = [
            {
                "run_id": safe_text(decision.name),
                "folder": safe_text(folder.prefix.rstrip("/")) or None,
                "reason": decision.reason,
                "size": size,
                "files": count,
            }
            for (folder, decision), (size, count) in rows
        ]
        moved, kept_back = shown[: len(taken)], shown[len(taken) :]
        print(json.dumps({"moved": moved, "kept": kept_back, "size": total, "files": files}, indent=2))
        return
    for place, ((folder, decision), (size, count)) in enumerate(rows):
        what = "move" if place < len(taken) else "keep"
        print(f"{what}  {folder.shown(decision)}  {_amount(size, count)}  {decision.reason}")
    kept = f"{_runs(len(decisions) - len(taken))} kept"
    where = ", each to the trash of its folder" if len({folder.base for folder, _one in taken}) > 1 else ""
    if taken:
        print(f"{_runs(len(taken))} to move ({_amount(total, files)}){where}; {kept}")
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
