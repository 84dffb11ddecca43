"""``runtui grep``: search in the logs of all runs, or of those that match a query."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from runtui.catalog.reasons import reason_text
from runtui.catalog.sorting import NEWEST_FIRST, latest_of, sort_key
from runtui.catalog.sync.digests import all_digested, all_with_warnings
from runtui.catalog.sync.job_states import PATIENCE, with_job_states
from runtui.catalog.sync.scan import all_judged, read_tree
from runtui.cli.argument_types import query_of, refuse_usage
from runtui.cli.arguments import examples
from runtui.cli.digest_rules import digest_rules
from runtui.cli.selecting import no_latest, opened_directory
from runtui.cli.serializers import iso_text
from runtui.cli.sigint import ended_by_interrupt
from runtui.layouts.run_tree import RunTree
from runtui.logs.search.pattern import PatternError
from runtui.logs.search.run_matches import MatchedLine, SearchLimits, UnreadLog
from runtui.operations.runs_search import RunsSearch, SearchedRun, match_count, unread_text
from runtui.store.errors import StoreError, explain
from runtui.store.record import RunRecord
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text

_LATEST = "latest"
_LONGEST_CHARACTERS = 4096  # of a line
_WAIT_SECONDS = 1.0
_MATCH, _RUN, _RESET = "\x1b[1;31m", "\x1b[1m", "\x1b[0m"


class _Found(NamedTuple):
    """What was found in a run: a part of its lines, and on the last part the totals of the whole run."""

    run: RunRecord
    lines: tuple[MatchedLine, ...]
    total: int
    unread: tuple[UnreadLog, ...]
    is_first: bool
    is_last: bool


def add_commands(commands: Any, common: argparse.ArgumentParser) -> None:
    """Add the subcommands of this module."""
    grep = commands.add_parser(
        "grep",
        parents=[common],
        usage="runtui grep [-h] [-C DIR] [-i] [-l | -c] [--json] PATTERN [QUERY ...]",
        description=(
            "Search in the logs of all runs, newest first. PATTERN is words or a regular expression; "
            "capitals make it case-sensitive.\nExit code: 0 found, 1 nothing found, 2 failed."
        ),
        epilog=examples(
            ("runtui grep diverged", "in the logs of all runs"),
            ("runtui grep 'nan|inf' status:failed 'age<2d'", "of those that failed in the last two days"),
            ("runtui grep -l OutOfMemory", "only the ids of the runs"),
            ("runtui grep -- -1.0e30", "a pattern that begins with a minus"),
        ),
    )
    grep.add_argument("pattern", nargs="?", metavar="PATTERN", help="what to look for")
    grep.add_argument("query", nargs="*", metavar="QUERY", help="only runs that match, e.g. status:failed")
    grep.add_argument("-i", "--ignore-case", action="store_true", help="ignore case, capitals or not")
    only = grep.add_mutually_exclusive_group()
    only.add_argument(
        "-l", "--runs-with-matches", action="store_true", dest="ids", help="print only the ids of the runs"
    )
    only.add_argument("-c", "--count", action="store_true", help="print only the number of matching lines")
    grep.add_argument("--json", action="store_true", help="print a JSON list")
    grep.set_defaults(command=grep_command)


@ended_by_interrupt()
def grep_command(arguments: argparse.Namespace) -> int:
    """Print the matching lines of the runs' logs; return 0 if there are any."""
    pattern, *words = _words(arguments)
    pattern = pattern[1:] if pattern.startswith(" -") else pattern  # see `_with_negated_terms`
    limits = SearchLimits(
        lines=0 if arguments.ids or arguments.count else sys.maxsize,
        matches=1 if arguments.ids else sys.maxsize,
        characters=_LONGEST_CHARACTERS,
    )
    try:
        base, only = opened_directory(arguments)
        runs = _chosen(base, only, words)
        search = RunsSearch(
            [SearchedRun(f"{base}/{run.name}", run.job is not None) for run in runs],
            pattern,
            limits,
            ignore_case=True if arguments.ignore_case else None,
            in_order=True,
        )
    except (PatternError, StoreError) as error:
        refuse_usage(str(error))
    except OSError as error:
        refuse_usage(explain(error))
    unread: Counter[str] = Counter()
    found = _counted(_parts_of(search, runs), unread)
    if arguments.json:
        total = _print_json(base, found)
    elif sys.stdout.isatty():
        total = _print_groups(found, ids=arguments.ids, counts=arguments.count, of=len(runs))
    else:
        total = _print_plain(found, ids=arguments.ids, counts=arguments.count)
    sys.stdout.flush()
    if text := unread_text(unread):
        print(f"runtui: {text}", file=sys.stderr)
    return 0 if total else 1


def _words(arguments: argparse.Namespace) -> list[str]:
    """Return the pattern, which may stand behind ``--``, and the words of the query."""
    words = [*arguments.query] if arguments.pattern is None else [arguments.pattern, *arguments.query]
    return words or refuse_usage("nothing to look for: runtui grep PATTERN [QUERY]")


def _chosen(base: str, only: Sequence[str], words: Sequence[str]) -> list[RunRecord]:
    """Return the runs that match a query as typed, the newest first."""
    is_latest = [word.strip() for word in words] == [_LATEST]
    query = query_of([] if is_latest else words)
    tree = RunTree(base, tuple(only))
    found = list(all_judged(base, read_tree(tree, base, query.keys)))
    for line in (tree.problem, "" if found else tree.others_text):
        if line:
            print(f"runtui: {line}", file=sys.stderr)
    if is_latest:
        latest = latest_of(found)
        if latest is None:
            raise no_latest(found)
        return [latest]
    if not query.is_empty:  # a filter means the same as in `ls`
        found, silent = with_job_states(base, found, PATIENCE)
        for line in silent:
            print(f"runtui: {line}", file=sys.stderr)
        if query.asks_why:
            found = all_digested(base, found, digest_rules())
        if query.asks_for_warnings:
            found = all_with_warnings(base, found)
    chosen = [run for run in found if query.matches(run)]
    return sorted(chosen, key=sort_key(NEWEST_FIRST, 0.0), reverse=NEWEST_FIRST.descending)


def _parts_of(search: RunsSearch, runs: Sequence[RunRecord]) -> Iterator[_Found]:
    total, is_first = 0, True
    unread: list[UnreadLog] = []
    for part in search.results(_WAIT_SECONDS):
        if part is None:
            continue
        total += part.matches.total
        unread += part.matches.unread
        if part.is_last or part.matches.lines:
            run = runs[part.run]
            yield _Found(run, part.matches.lines, total, tuple(unread), is_first, part.is_last)
            is_first = False
        if part.is_last:
            total, unread, is_first = 0, [], True


def _counted(found: Iterable[_Found], unread: Counter[str]) -> Iterator[_Found]:
    """Pass on what was found, and count the logs that were not read by why."""
    for one in found:
        if one.is_last:
            unread.update(log.reason for log in one.unread)
        yield one


def _print_plain(found: Iterable[_Found], *, ids: bool, counts: bool) -> int:
    """Print lines as grep does; return how many match."""
    matches = 0
    for one in found:
        name = safe_text(one.run.name)
        for line in one.lines:
            print(f"{name}/{safe_text(line.log)}:{line.number}:{line.text}")
        if one.is_last:
            matches += one.total
            if one.total and (ids or counts):
                print(name if ids else f"{name}:{one.total}")
    return matches


def _print_groups(found: Iterable[_Found], *, ids: bool, counts: bool, of: int) -> int:
    """Print lines for people, below a heading for each run; return how many match."""
    is_styled = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    matches = runs = 0
    for one in found:
        name = safe_text(one.run.name)
        shown = f"{_RUN}{name}{_RESET}" if is_styled else name
        if one.is_first and one.lines:
            why = reason_text(one.run) or one.run.description
            print("  ".join(text for text in (shown, one.run.effective_status, safe_text(why, 200)) if text))
        for line in one.lines:
            text = _marked(line) if is_styled else line.text
            print(f"  {safe_text(line.log)}:{line.number}: {text}")
        if one.is_last and one.total:
            matches += one.total
            runs += 1
            if ids or counts:
                print(shown if ids else f"{shown}  {match_count(one.total)}")
            else:
                print(f"  {match_count(one.total)}\n")
        sys.stdout.flush()
    if not ids:
        print(f"{match_count(matches)} in {runs:,} of {run_count(of)}")
    return matches


def _marked(line: MatchedLine) -> str:
    pieces, place = [], 0
    for begin, end in line.spans:
        pieces += [line.text[place:begin], _MATCH, line.text[begin:end], _RESET]
        place = end
    return "".join([*pieces, line.text[place:]])


def _print_json(base: str, found: Iterable[_Found]) -> int:
    """Print a JSON list, run by run as they come; return how many lines match."""
    folder = os.path.abspath(base)
    matches = 0
    before = "["
    lines: list[MatchedLine] = []
    for one in found:
        lines += one.lines
        if not one.is_last:
            continue
        matches += one.total
        if one.total or one.unread:
            shown = {
                "run_id": one.run.run_id,
                "path": safe_text(os.path.join(folder, one.run.name)),
                "status": one.run.effective_status,
                "matches": one.total,
                "lines": [
                    {
                        "log": safe_text(line.log),
                        "line_number": line.number,
                        "offset": line.offset,
                        "time": iso_text(line.time),
                        "text": line.text,
                    }
                    for line in lines
                ],
                "unread": [log._asdict() for log in one.unread],
            }
            print(f"{before}\n{json.dumps(shown, indent=2)}", end="", flush=True)
            before = ","
        lines = []
    print("[]" if before == "[" else "\n]")
    return matches
