"""What a query that is being typed could go on with, and what was perhaps meant by one that finds nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from runtui.catalog.query.matchers import NOTHING
from runtui.catalog.query.parser import KEY, OPERATOR, QueryError, read_terms
from runtui.catalog.query.predicates import FIXED_KEYS, HAS, IS, is_fixed
from runtui.store.failure import FailureKind
from runtui.store.record import RunRecord
from runtui.store.status import RunStatus
from runtui.store.tags import offered_tags

_MOST_CANDIDATES = 50
_FORMAT_STATUSES = tuple(status.value for status in RunStatus)

_OFFERED_KEYS = {
    "status": ":",
    "tag": ":",
    "user": ":",
    "host": ":",
    "age": "<",
    "created": ">",
    "duration": ">",
    "is": ":",
    "has": ":",
    "reason": ":",
    "parent": ":",
    "description": ":",
    "id": ":",
    "started": ">",
    "completed": ">",
    "checkpoints": ">",
}
"""The keys that every run has, the ones most asked for first, with what mostly follows them."""

_OFFERED_VALUES: Mapping[str, tuple[str, ...]] = {
    "age": ("1h", "12h", "1d", "2d", "1w"),
    "duration": ("1m", "1h", "12h", "1d"),
    "created": ("today", "yesterday"),
    "started": ("today", "yesterday"),
    "completed": ("today", "yesterday"),
    "has": tuple(HAS),
    "is": tuple(IS),
    "parent": ("none",),
    "reason": tuple(FailureKind),
}
_ORDERED_KEYS = frozenset({"age", "duration"})
_TYPED_TERM = re.compile(rf"(?P<key>{KEY})(?P<operator>{OPERATOR})(?P<value>.*)", re.DOTALL)
_PLAIN_KEY = re.compile(KEY)
_SPECIAL = re.compile(r'[\s,*"]|^[<>=]')


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What occurs in the runs, with how many runs have it.

    Attributes:
        keys: The simulation's own keys.
    """

    statuses: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, int] = field(default_factory=dict)
    users: Mapping[str, int] = field(default_factory=dict)
    hosts: Mapping[str, int] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()


def vocabulary_of(runs: Collection[RunRecord], keys: Iterable[str] = ()) -> Vocabulary:
    """Return what occurs in `runs`. With very many that takes a moment: not for the event loop.

    Args:
        runs: The runs.
        keys: Keys of the simulation's own that are known besides those the runs were read with.
    """
    statuses = Counter(run.status for run in runs)
    statuses.update(run.effective_status for run in runs if run.stale_reason)
    return Vocabulary(
        statuses,
        Counter(tag for run in runs for tag in offered_tags(run.tags)),
        Counter(run.user for run in runs),
        Counter(run.host for run in runs),
        frozenset(keys).union(key for run in runs if run.values for key in run.values),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something the text could go on with, and how many runs have it, where that is known."""

    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in place of the text from `start` up to `end`, the likeliest first."""

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()

    def apply(self, text: str, place: int) -> str:
        """Return `text` with the candidate at `place` taken."""
        return text[: self.start] + self.candidates[place].text + text[self.end :]

    def continuation(self, text: str) -> str:
        """Return what the first candidate adds to what is typed; ``""`` where nothing is typed of it yet."""
        typed = text[self.start : self.end]
        if not typed or not self.candidates or not self.candidates[0].text.startswith(typed):
            return ""
        return self.candidates[0].text[len(typed) :]


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> Completion:
    """Return what a query could go on with at the cursor.

    Args:
        text: The query as far as it is typed.
        cursor: Where the cursor stands; in the midst of a word nothing is offered.
        vocabulary: What occurs in the runs.
    """
    nothing = Completion(cursor, cursor)
    if text[cursor : cursor + 1].strip():
        return nothing
    begin = _begin_of_word(text[:cursor])
    if text[begin:cursor].startswith("-"):
        begin += 1
    typed = text[begin:cursor]
    term = _TYPED_TERM.fullmatch(typed)
    if term is None:
        return Completion(begin, cursor, _first(_keys_like(typed, vocabulary)))
    key = FIXED_KEYS.get(term["key"])
    if key is None or (key in _ORDERED_KEYS and term["operator"].strip(":=") == ""):
        return nothing
    item, used = _last_item(term["value"])
    candidates = _values_like(item.strip('"'), _values_of(key, vocabulary), used)
    return Completion(cursor - len(item), cursor, _first(candidates))


def hint(text: str, vocabulary: Vocabulary) -> str:
    """Return what was perhaps meant by a query that finds nothing; ``""`` where nothing looks mistaken."""
    from difflib import get_close_matches  # needed by nobody whose query finds something

    try:
        terms = read_terms(text)
    except QueryError:
        return ""
    statuses = {*_FORMAT_STATUSES, *vocabulary.statuses}
    for term in terms:
        if not term.key or term.is_own_key:
            continue
        if not is_fixed(term):
            likely = get_close_matches(term.key.casefold(), FIXED_KEYS, 1, 0.75)
            if likely and term.key not in vocabulary.keys:
                return f"{term.key} is a key of the runs' own: did you mean {likely[0]}?"
        elif FIXED_KEYS[term.key] == "status":
            for item in term.items:
                written = item.text.casefold()
                if len(item.parts) > 1 or item.word in NOTHING or written.removesuffix("?") in statuses:
                    continue
                likely = get_close_matches(written, statuses, 1, 0.6)
                if likely:
                    return f"no run has the status {item.text}: did you mean {likely[0]}?"
    return ""


def _begin_of_word(text: str) -> int:
    """Return where the word at the end of a text begins; space within quotation marks does not part words."""
    begin = 0
    is_quoted = False
    for place, character in enumerate(text):
        if character == '"':
            is_quoted = not is_quoted
        elif character.isspace() and not is_quoted:
            begin = place + 1
    return begin


def _last_item(value: str) -> tuple[str, set[str]]:
    """Return the alternative being typed, and those before it."""
    items = [""]
    is_quoted = False
    for character in value:
        if character == "," and not is_quoted:
            items.append("")
            continue
        if character == '"':
            is_quoted = not is_quoted
        items[-1] += character
    return items[-1], {item.strip('"') for item in items[:-1]}


def _first(candidates: Iterator[Candidate]) -> tuple[Candidate, ...]:
    return tuple(candidate for candidate, _ in zip(candidates, range(_MOST_CANDIDATES), strict=False))


def _keys_like(typed: str, vocabulary: Vocabulary) -> Iterator[Candidate]:
    start = typed.casefold().removeprefix('"')
    for key, symbol in _OFFERED_KEYS.items():
        if key.startswith(start) and '"' not in typed:
            yield Candidate(key + symbol)
    if not start:
        return
    for key in sorted(vocabulary.keys, key=lambda key: (key.count("."), key)):
        if key.casefold().startswith(start) and '"' not in key:
            is_plain = _PLAIN_KEY.fullmatch(key) is not None and key not in FIXED_KEYS
            shown = key if is_plain and '"' not in typed else f'"{key}"'
            if shown != typed:
                yield Candidate(shown)


def _values_of(key: str, vocabulary: Vocabulary) -> Mapping[str, int | None]:
    if key == "status":
        return {**dict.fromkeys(_FORMAT_STATUSES, 0), **vocabulary.statuses}
    if key == "tag":
        return vocabulary.tags
    if key == "host":
        return vocabulary.hosts
    if key == "user":
        return {"me": None, **vocabulary.users}
    return dict.fromkeys(_OFFERED_VALUES.get(key, ()))


def _values_like(typed: str, values: Mapping[str, int | None], used: set[str]) -> Iterator[Candidate]:
    start = typed.casefold()
    found = [
        value
        for value in values
        if value and '"' not in value and value not in used and value.casefold().startswith(start)
    ]
    # What has no count stands in the order in which it is offered.
    found.sort(key=lambda value: (0, "") if values[value] is None else (-(values[value] or 0) + 1e9, value))
    for value in found:
        if value != typed:
            yield Candidate(_quoted(value), values[value])


def _quoted(value: str) -> str:
    return f'"{value}"' if _SPECIAL.search(value) else value
