"""Completion candidates from a runs directory: runs, tags, filters, columns, checkpoints.

The user waits for them after Tab, so they come from the cache where possible, and little else is read. Names
with control characters or invalid UTF-8 are not offered.
"""

from __future__ import annotations

import argparse
import os
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

from runtui.catalog import fields
from runtui.catalog.query.completion import Vocabulary, complete, vocabulary_of
from runtui.catalog.sync.cache import RunsCache
from runtui.cli.arguments import COMMANDS
from runtui.cli.completion.context import CHOICE, COMMAND, CompletionContext
from runtui.cli.completion.shells import Answer, Native, Offer, matching
from runtui.cli.selecting import directory_to_read
from runtui.layouts.opening import as_run
from runtui.layouts.registry import read_run
from runtui.layouts.run_names import run_names_below
from runtui.layouts.run_parameters import run_configs
from runtui.store.details import read_details
from runtui.store.errors import StoreError
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.store.tags import offered_tags
from runtui.text.format import short_id
from runtui.text.sanitize import is_utf8, safe_text

if TYPE_CHECKING:
    from runtui.runtime.pipeline.plan import Step

_MOST = 100  # candidates
_MOST_KNOWN = 5000  # runs from the cache whose tags and keys are offered
_MOST_READ = 50  # runs that are read because they are not in the cache
_MOST_STAMPS = 1000  # directories whose modification time is read
_READ_FOR_KEYS = 3  # runs whose files are read for their keys
_NOTE = 60  # characters of a note
_OPEN_ENDS = (":", "<", ">", "=", ",", ".")


def offers(question: CompletionContext) -> Answer:
    """Return the candidates, or which native completion the shell should use.

    Args:
        question: The argument being completed.
    """
    options = matching((Offer(option, note) for option, note in question.options.items()), question.typed)
    base = _directory(question)
    found: list[Offer] = []
    native = None
    for kind in reversed(question.kinds):  # there may be many runs, and few candidates after them
        if kind in _NATIVE:
            native = _NATIVE[kind]
        elif kind in _SOURCES:
            try:
                found += _SOURCES[kind](question, _Known(base))
            except (OSError, StoreError):
                continue  # the run or directory cannot be read
    offered = [offer._replace(text=question.lead + offer.text) for offer in found]
    offered = [offer for offer in options + offered if _is_showable(offer.text)][:_MOST]
    return native if native is not None and not offered else offered


def _directory(question: CompletionContext) -> str:
    named = question.given.get("runs_dir", ())
    # Expanded as the shell will do when it runs the command.
    named_last = os.path.expanduser(os.path.expandvars(named[-1])) if named else None
    base = directory_to_read(argparse.Namespace(runs_dir=named_last))
    run = as_run(base)
    return base if run is None else run[0]


def _is_showable(text: str) -> bool:
    return is_utf8(text) and safe_text(text) == text


class _Known:
    """Contents of a runs directory, read on demand.

    Args:
        base: The runs directory.
    """

    def __init__(self, base: str) -> None:
        self.base = base

    @cached_property
    def names(self) -> list[str]:
        """Names of all runs that can be offered, sorted; of those in folders the paths."""
        read = {run.name for run in self._cached if not (run.layout or run.may_hold_runs or "/" in run.name)}
        try:
            found = run_names_below(self.base, read)
        except (OSError, ValueError):
            return []  # other candidates need no runs
        return sorted(name for name in found if _is_showable(name) and not name.startswith(("-", "+")))

    @cached_property
    def _leaves(self) -> Mapping[str, list[str]]:
        """The runs in folders, by the last part of their paths."""
        found: dict[str, list[str]] = {}
        for name in self.names:
            if "/" in name:
                found.setdefault(name.rpartition("/")[2], []).append(name)
        return found

    def in_folders(self, typed: str) -> Iterator[tuple[str, str]]:
        """Yield the runs in folders whose last part begins with `typed`, each with what names only it."""
        tops = set(self.names)
        for leaf, paths in self._leaves.items():
            if leaf.startswith(typed):
                is_unique = len(paths) == 1 and leaf not in tops
                yield from ((path, leaf if is_unique else path) for path in paths)

    @cached_property
    def _cached(self) -> list[RunRecord]:
        """Runs from the cache, newest first."""
        cached = RunsCache(self.base).load()
        blocks = () if cached is None else cached.blocks()
        return list(islice((run for block in blocks for run in block), _MOST_KNOWN))

    @cached_property
    def records(self) -> list[RunRecord]:
        """Runs from the cache, newest first, after a few that are read because they are not in it."""
        there = set(self.names)
        known = [run for run in self._cached if run.name in there]
        unseen = there.difference(run.name for run in known) if len(known) < _MOST_KNOWN else set()
        return [*(read_run(self.base, name) for name in self._newest_of(unseen)), *known]

    def _newest_of(self, names: Iterable[str]) -> list[str]:
        some = list(islice(names, _MOST_STAMPS))
        some.sort(key=self._modified, reverse=True)
        return some[:_MOST_READ]

    def _modified(self, name: str) -> float:
        try:
            return os.lstat(f"{self.base}/{name}").st_mtime
        except OSError:
            return 0.0

    def newest_first(self, typed: str) -> Iterator[str]:
        """Yield the names that begin with `typed`, runs from the cache first."""
        known = [run.name for run in self.records]
        seen = set(known)
        yield from (name for name in known if name.startswith(typed))
        first = bisect_left(self.names, typed)
        for name in self.names[first:]:
            if not name.startswith(typed):
                return
            if name not in seen:
                yield name

    def vocabulary(self) -> Vocabulary:
        """Return the keys and values that occur in the runs."""
        keys: set[str] = set()
        for run in self.records[:_READ_FOR_KEYS]:
            details = read_details(self.base, run.name, run_configs)
            keys.update(key for key, _value in (*details.extra, *details.parameters))
        return vocabulary_of(self.records, keys)

    def resolve(self, wanted: str) -> str | None:
        """Return the name of the run that an id, prefix, ``latest`` or ``current`` means, or None."""
        if wanted in ("latest", "current"):
            return self.records[0].name if self.records else None
        first = bisect_left(self.names, wanted)
        found = self.names[first : first + 2]
        if not found or not found[0].startswith(wanted):
            below = list(islice(self.in_folders(wanted), 2))
            return below[0][0] if len(below) == 1 else None
        is_alone = len(found) == 1 or not found[1].startswith(wanted) or found[0] == wanted
        return found[0] if is_alone else None

    def given_runs(self, question: CompletionContext) -> list[str]:
        """Return the runs that earlier words of the command line name."""
        found = (self.resolve(word) for word in _named_before(question))
        return [name for name in found if name is not None]


def _runs(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    notes = {run.name: safe_text(f"{run.status}  {run.description}", _NOTE) for run in known.records}
    taken = {*_named_before(question), *known.given_runs(question)}
    general = (Offer("latest", "the newest run"), Offer("current", "where the link `current` leads"))
    yield from matching(general, question.typed)
    for name in islice(known.newest_first(question.typed), _MOST + len(taken)):
        text = _shortest(name, known.names)
        if name not in taken:
            yield Offer(text if text.startswith(question.typed) else name, notes.get(name, ""))
    for name, text in known.in_folders(question.typed) if question.typed else ():
        if name not in taken and text.startswith(question.typed):
            yield Offer(text, notes.get(name, ""))


def _named_before(question: CompletionContext) -> Iterator[str]:
    yield from question.given.get("operands", ())
    yield from question.given.get("runs", ())  # of an option


def _shortest(name: str, names: Sequence[str]) -> str:
    """Return the short form of a run id if no other run begins with it, else the id."""
    short = short_id(name)
    if not name.startswith(short) or short == name:
        return name
    first = bisect_left(names, short)
    is_unique = len(names) == first + 1 or not names[first + 1].startswith(short)
    return short if is_unique else name


def _trashed(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    from runtui.store.cleanup.trash import list_trash  # needless except for `trash restore`

    for run in list_trash(known.base):
        if run.name.startswith(question.typed):
            yield Offer(run.name, safe_text(run.description, _NOTE))


def _tags(question: CompletionContext, known: _Known) -> list[Offer]:
    return matching(_tags_of(known.records), question.typed)


def _runs_and_tags(question: CompletionContext, known: _Known) -> Iterable[Offer]:
    sign, typed = question.typed[:1], question.typed[1:]
    if sign not in ("+", "-"):
        return _runs(question, known)
    named = known.given_runs(question) if sign == "-" else []
    tags = _tags_of(run for run in known.records if not named or run.name in named)
    return [tag._replace(text=sign + tag.text) for tag in matching(tags, typed)]


def _tags_of(runs: Iterable[RunRecord]) -> Iterator[Offer]:
    """Yield the tags of runs, most frequent first."""
    for tag, count in Counter(tag for run in runs for tag in offered_tags(run.tags)).most_common():
        yield Offer(tag, _runs_text(count))


def _runs_text(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _query(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    typed = question.typed
    completion = complete(typed, len(typed), known.vocabulary())
    for place, candidate in enumerate(completion.candidates):
        text = completion.apply(typed, place)
        note = "" if candidate.count is None else _runs_text(candidate.count)
        yield Offer(text, note, text.endswith(_OPEN_ENDS) or ":" not in text)


def _statuses(question: CompletionContext, _known: _Known) -> list[Offer]:
    return matching((Offer(status.value) for status in RunStatus), question.typed)


def _columns(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    before, comma, typed = question.typed.rpartition(",")
    used = before.split(",")
    for offer in _keys(typed, known):
        if offer.text not in used:
            yield offer._replace(text=f"{before}{comma}{offer.text}")


def _sort_keys(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    before, comma, typed = question.typed.rpartition(",")
    turned = "-" if typed.startswith("-") else ""
    used = [key.removeprefix("-") for key in before.split(",")]
    for offer in _keys(typed.removeprefix("-"), known):
        if offer.text not in used:
            yield offer._replace(text=f"{before}{comma}{turned}{offer.text}")


def _keys(typed: str, known: _Known) -> list[Offer]:
    columns = [Offer(key, "a column") for key in fields.columns()]
    own = sorted(known.vocabulary().keys, key=lambda key: (key.count("."), key))
    return matching([*columns, *(Offer(key) for key in own)], typed)


def _checkpoints(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    for name in known.given_runs(question)[:1]:
        for checkpoint in reversed(read_details(known.base, name).checkpoints.found):
            if not checkpoint.problem and checkpoint.name.startswith(question.typed):
                yield Offer(checkpoint.name)


def _steps(question: CompletionContext, known: _Known) -> list[Offer]:
    """Return the steps of the pipeline that is resumed: of its run, or of the file that is named."""
    taken = question.given.get("again", ())
    found: dict[str, str] = {}
    for run in question.given.get("resume", ())[-1:]:
        if (name := known.resolve(run)) is not None:
            found |= {step.name: step.state for step in read_details(known.base, name).steps}
    for source in question.given.get("operands", ())[:1]:
        found = {step.name: found.get(step.name, "") for step in _pipeline(source)}
    offered = (Offer(name, note) for name, note in found.items() if name not in taken)
    return matching(offered, question.typed)


def _pipeline(source: str) -> Sequence[Step]:
    from runtui.runtime.pipeline.spec import read_pipeline  # needless except for `exec --again`

    return read_pipeline(os.path.expanduser(source)).steps


def _parameters(question: CompletionContext, known: _Known) -> Iterator[Offer]:
    if "=" in question.typed:
        return
    for name in known.given_runs(question)[:1]:
        for key, value in read_details(known.base, name).params:
            if key.startswith(question.typed):
                yield Offer(f"{key}=", safe_text(f"now {value}", _NOTE), is_open=True)


def _resources(question: CompletionContext, _known: _Known) -> list[Offer]:
    from runtui.batch.base import RESOURCES

    return matching((Offer(f"{name}=", is_open=True) for name in RESOURCES), question.typed)


def _views(question: CompletionContext, _known: _Known) -> list[Offer]:
    from runtui.settings import read_settings, settings_path  # needless except for --view

    views = read_settings(settings_path()).views
    return matching((Offer(view.name, safe_text(view.query, _NOTE)) for view in views), question.typed)


def _commands(question: CompletionContext, _known: _Known) -> list[Offer]:
    return matching((Offer(name, command.summary) for name, command in COMMANDS.items()), question.typed)


def _choices(question: CompletionContext, _known: _Known) -> list[Offer]:
    return matching((Offer(choice) for choice in question.choices), question.typed)


def _ages(question: CompletionContext, _known: _Known) -> list[Offer]:
    return matching((Offer(age) for age in ("1d", "2d", "1w", "2w", "30d")), question.typed)


_SOURCES: Mapping[str, Callable[[CompletionContext, _Known], Iterable[Offer]]] = {
    COMMAND: _commands,
    CHOICE: _choices,
    "RUN": _runs,
    "TRASHED": _trashed,
    "RUN… +TAG -TAG": _runs_and_tags,
    "TAG": _tags,
    "QUERY": _query,
    "STATUS": _statuses,
    "KEY,…": _columns,
    "KEY": _sort_keys,
    "CHECKPOINT": _checkpoints,
    "STEP": _steps,
    "KEY=VALUE": _parameters,
    "RESOURCE=VALUE": _resources,
    "VIEW": _views,
    "AGE": _ages,
}
_NATIVE = {"DIR": Native.DIRECTORIES, "PIPELINE": Native.FILES, "FILE": Native.FILES, "COMMAND": Native.FILES}
_FREE = frozenset({"TEXT", "PATTERN", "N", "words"})

KINDS = frozenset(_SOURCES) | frozenset(_NATIVE) | _FREE
"""All kinds of arguments, including those without candidates."""
