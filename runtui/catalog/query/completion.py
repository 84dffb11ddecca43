"""Completion of a query while it is typed, and hints for a query that finds nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import cast

from runtui.catalog.field_types import FieldKind
from runtui.catalog.query.matchers import NOTHING
from runtui.catalog.query.parser import KEY, OPERATOR, REGEX, QueryError, read_terms
from runtui.catalog.query.predicates import FilteredField, field_of, fixed_keys
from runtui.store.record import RunRecord
from runtui.store.tags import offered_tags
from runtui.text.folding import folded

_MOST_CANDIDATES = 50  # candidates
_COUNTED = (FieldKind.NAME, FieldKind.FOLDER, FieldKind.USER)

_MOST_ASKED_FOR = (
    "status", "tag", "user", "host", "age", "created", "duration", "is", "has", "reason", "parent",
    "description",
)  # fmt: skip
"""Names of fields that are offered first, the likeliest at the beginning."""

_TYPED_TERM = re.compile(rf"(?P<key>{KEY})(?P<operator>{OPERATOR})(?P<value>.*)", re.DOTALL)
_PLAIN_KEY = re.compile(KEY)
_SPECIAL = re.compile(r'[\s,*"]|^[<>=]')


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Words that occur in the runs.

    Attributes:
        values: How many runs have each value of a field, by the field's name in queries, for fields with few
            values.
        keys: The metadata and parameter keys.
    """

    values: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    keys: frozenset[str] = frozenset()


def vocabulary_of(runs: Collection[RunRecord], keys: Iterable[str] = ()) -> Vocabulary:
    """Return the words that occur in `runs`. Slow for very many runs: not for the event loop.

    Args:
        runs: The runs.
        keys: Known metadata and parameter keys besides those with which the runs were read.
    """
    return Vocabulary(
        {
            filtered.name: _counted(filtered, runs)
            for filtered in fixed_keys().values()
            if filtered.field.kind in _COUNTED
        },
        frozenset(keys).union(
            key for run in runs if run.values or run.unread for key in (*run.values, *run.unread)
        ),
    )


def _counted(filtered: FilteredField, runs: Iterable[RunRecord]) -> Counter[str]:
    if filtered.filter.texts is None:
        counts = Counter(map(cast("Callable[[RunRecord], str]", filtered.field.value), runs))
        counts.pop("", None)
        return counts
    found: Counter[str] = Counter()
    # Most runs have the same few values.
    for texts, count in Counter(map(filtered.filter.texts, runs)).items():
        for text in offered_tags(texts):
            found[text] += count
    return found


@dataclass(frozen=True, slots=True)
class Candidate:
    """A possible continuation of the text, with the number of runs that have it, if known."""

    text: str
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """Candidates for the text from `start` up to `end`, the likeliest first."""

    start: int
    end: int
    candidates: tuple[Candidate, ...] = ()

    def apply(self, text: str, place: int) -> str:
        """Return `text` with the candidate at `place` inserted."""
        return text[: self.start] + self.candidates[place].text + text[self.end :]

    def continuation(self, text: str) -> str:
        """Return the rest of the first candidate after the typed text; ``""`` if nothing is typed yet."""
        typed = text[self.start : self.end]
        if not typed or not self.candidates or not self.candidates[0].text.startswith(typed):
            return ""
        return self.candidates[0].text[len(typed) :]


def complete(text: str, cursor: int, vocabulary: Vocabulary) -> Completion:
    """Return the completions of a query at the cursor.

    Args:
        text: The query typed so far.
        cursor: The position of the cursor; there are no completions within a word.
        vocabulary: Words that occur in the runs.
    """
    nothing = Completion(cursor, cursor)
    if text[cursor : cursor + 1].strip():
        return nothing
    begin = _begin_of_word(text[:cursor])
    while text[begin:cursor].startswith(("-", "(")):
        begin += 1
    typed = text[begin:cursor]
    term = _TYPED_TERM.fullmatch(typed)
    if term is None:
        return Completion(begin, cursor, _first(_keys_like(typed, vocabulary)))
    found = fixed_keys().get(term["key"])
    is_span = found is not None and found.field.kind is FieldKind.SPAN
    if found is None or REGEX in term["operator"] or (is_span and term["operator"].strip(":=") == ""):
        return nothing
    item, used = _last_item(term["value"])
    candidates = _values_like(item.strip('"'), _values_of(found, vocabulary), used)
    return Completion(cursor - len(item), cursor, _first(candidates))


def hint(text: str, vocabulary: Vocabulary) -> str:
    """Return a hint for a query that finds nothing; ``""`` if nothing looks mistaken."""
    try:
        terms = read_terms(text)
    except QueryError:
        return ""
    fixed = fixed_keys()
    statuses = set(_values_of(fixed["status"], vocabulary))
    for term in terms:
        if not term.key or term.is_own_key:
            continue
        found = field_of(term)
        if found is None:
            likely = get_close_matches(term.key.casefold(), fixed, 1, 0.75)
            if likely and term.key not in vocabulary.keys:
                return f"no run has a value for {term.key}: did you mean {likely[0]}?"
        elif found.name == "status":
            for item in term.items:
                written = item.text.casefold()
                if len(item.parts) > 1 or item.word in NOTHING or written.removesuffix("?") in statuses:
                    continue
                likely = get_close_matches(written, statuses, 1, 0.6)
                if likely:
                    return f"no run has the status {item.text}: did you mean {likely[0]}?"
    return ""


def _begin_of_word(text: str) -> int:
    """Return the start of the word at the end of a text; quoted spaces do not separate words."""
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
    start = folded(typed).removeprefix('"')
    fixed = fixed_keys()
    names = dict.fromkeys((*_MOST_ASKED_FOR, *(filtered.name for filtered in fixed.values())))
    for name in names:
        operator = fixed[name].filter.operator
        if operator and name.startswith(start) and '"' not in typed:
            yield Candidate(name + operator)
    if not start:
        return
    sources = {filtered.field.source for filtered in fixed.values()}
    for key in sorted(vocabulary.keys - sources, key=lambda key: (key.count("."), key)):
        if folded(key).startswith(start) and '"' not in key:
            is_plain = _PLAIN_KEY.fullmatch(key) is not None and key not in fixed
            shown = key if is_plain and '"' not in typed else f'"{key}"'
            if shown != typed:
                yield Candidate(shown)


def _values_of(found: FilteredField, vocabulary: Vocabulary) -> Mapping[str, int | None]:
    counts = vocabulary.values.get(found.name, {})
    if found.field.kind is FieldKind.USER:
        return {"me": None, **counts}
    count = 0 if found.field.kind is FieldKind.NAME else None
    return {**dict.fromkeys(found.filter.offered, count), **counts}


def _values_like(typed: str, values: Mapping[str, int | None], used: set[str]) -> Iterator[Candidate]:
    start = folded(typed)
    found = [
        value
        for value in values
        if value and '"' not in value and value not in used and folded(value).startswith(start)
    ]
    # Values without a count keep the order in which they are offered.
    found.sort(key=lambda value: (0, "") if values[value] is None else (-(values[value] or 0) + 1e9, value))
    for value in found:
        if value != typed:
            yield Candidate(_quoted(value), values[value])


def _quoted(value: str) -> str:
    return f'"{value}"' if _SPECIAL.search(value) else value
