"""Static analysis of regular expressions.

A search needs to know three things: a text that every match contains, so that most of a log can be skipped;
whether the expression may be run over many lines at once; and how badly it can backtrack, because nothing can
interrupt Python's `re`.

The `regex` package can be interrupted. By itself it takes 26 times as long for `ERROR|FATAL` as a search for
the two texts, and it matches other lines: its word characters leave out `²`, `err{e}` allows a typing error.
"""

from __future__ import annotations

import enum
import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import cast

_MANY = 8  # repetitions
_UNBOUNDED = 64  # repetitions
_ASCII = 128  # code points
_LETTERS, _DIGITS, _SPACES, _SIGNS = range(_ASCII, _ASCII + 4)  # stand for all that are not ASCII
_OTHERS = frozenset({_LETTERS, _DIGITS, _SPACES, _SIGNS})
_END = -1  # stands for nothing more at all
_ALL = frozenset(range(_ASCII)) | _OTHERS
_NEWLINE = ord("\n")
_MOST_LITERALS = 8  # texts
_MOST_WAYS = 1e12  # ways
_SLOW = 8  # times as long as a loop over single characters takes one over more
_WHOLE_IGNORES_CASE = 1 << 30  # a flag beside those of `re`, which a part of an expression can change


@dataclass(frozen=True, slots=True)
class Analysis:
    """Result of the analysis of an expression.

    Attributes:
        literals: Every match holds one of these texts, in lower case when case is ignored; empty when nothing
            is known to be in it.
        is_literal: Whether whatever holds one of them matches.
        spans_lines: Whether the expression may be run over many lines at once, and then finds the beginning
            of at least every match that it finds in a single line.
        explodes: Whether the time it takes may double with each further character.
        exponent: Otherwise, the power of a line's length that the time it takes may grow with.
        factor: How many steps it may take then, for a line of one character.
    """

    literals: tuple[str, ...]
    is_literal: bool
    spans_lines: bool
    explodes: bool
    exponent: int
    factor: float


@dataclass(frozen=True, slots=True)
class _Chars:
    """One character: the set it is from, and its members when they are few."""

    among: frozenset[int]
    few: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sequence:
    parts: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Choice:
    branches: tuple[_Node, ...]


@dataclass(frozen=True, slots=True)
class _Repeat:
    body: _Node
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class _Aside:
    """A look-around or atomic group, whose boundaries are not analysed."""

    body: _Node


class _Other(enum.Enum):
    """A node that matches nothing by itself, or that is opaque."""

    EDGE = enum.auto()
    """The beginning or end of a line or word."""
    OPAQUE = enum.auto()
    """A group again, the ends of the whole text."""


_Node = _Chars | _Sequence | _Choice | _Repeat | _Aside | _Other


def analyse(source: str, flags: int) -> Analysis:
    """Analyse an expression.

    Args:
        source: The expression, which compiles.
        flags: Those of `re` that it is compiled with.

    Raises:
        RecursionError: It is nested too deep.
    """
    # Python's own reading of an expression; its module has no types and no public name.
    parsed = importlib.import_module("re._parser").parse(source, flags)
    all_flags = int(parsed.state.flags)
    ignores_case = bool(all_flags & re.IGNORECASE)
    marked = all_flags | (_WHOLE_IGNORES_CASE if ignores_case else 0)
    tree = _node(cast(Iterable[tuple[object, object]], parsed), marked)
    walk = _Walk()
    walk.visit(tree, frozenset(), in_loop=False)
    literals, exact = _required(tree)
    if len(literals) > _MOST_LITERALS or any(not _is_plain(text, ignores_case) for text in literals):
        literals, exact = frozenset(), False
    return Analysis(
        tuple(sorted(literals)),
        exact and bool(literals),
        not walk.opaque and not walk.crosses_lines,
        walk.explodes,
        1 + max(_degree(tree, frozenset()), walk.has_loops),
        min(_ways(tree, frozenset()), _MOST_WAYS) * (_SLOW if walk.has_slow_loops else 1),
    )


def _is_plain(text: str, ignores_case: bool) -> bool:
    return text.isprintable() or (not ignores_case and "\n" not in text)


def _node(items: Iterable[tuple[object, object]], flags: int) -> _Node:
    parts = tuple([_part(str(code), argument, flags) for code, argument in items])
    return parts[0] if len(parts) == 1 else _Sequence(parts)


def _part(code: str, argument: object, flags: int) -> _Node:
    """Return one item of Python's reading as a node; codes and arguments are as `re._parser` has them."""
    match code, argument:
        case "LITERAL", int(char):
            return _literal(char, flags)
        case "NOT_LITERAL", int(char):
            return _Chars(_ALL - _folded({char} if char < _ASCII else (), flags))
        case "ANY", _:
            return _Chars(_ALL if flags & re.DOTALL else _ALL - {_NEWLINE})
        case "IN", list(items):
            return _class(items, flags)
        case "BRANCH", (_, list(branches)):
            return _Choice(tuple([_node(branch, flags) for branch in branches]))
        case "SUBPATTERN", (_, int(added), int(removed), body):
            return _node(cast(Iterable[tuple[object, object]], body), (flags | added) & ~removed)
        case (("MAX_REPEAT" | "MIN_REPEAT"), (least, most, body)):
            inner = _node(cast(Iterable[tuple[object, object]], body), flags)
            return _Repeat(inner, int(cast(int, least)), int(cast(int, most)))
        case (("ASSERT" | "ASSERT_NOT"), (_, body)):
            return _Aside(_node(cast(Iterable[tuple[object, object]], body), flags))
        case "ATOMIC_GROUP", body:
            return _Aside(_node(cast(Iterable[tuple[object, object]], body), flags))
        case "POSSESSIVE_REPEAT", (least, most, body):
            inner = _node(cast(Iterable[tuple[object, object]], body), flags)
            return _Aside(_Repeat(inner, int(cast(int, least)), int(cast(int, most))))
        case "AT", where if str(where) not in ("AT_BEGINNING_STRING", "AT_END_STRING"):
            return _Other.EDGE
        case _:
            return _Other.OPAQUE


def _literal(char: int, flags: int) -> _Node:
    if not flags & re.IGNORECASE:
        return _Chars(frozenset({char}) if char < _ASCII else _OTHERS, _few({chr(char)}, flags))
    if char >= _ASCII:
        return _Chars(_ALL)  # some fold to ASCII
    return _Chars(_folded({char}, flags), _few({chr(char)}, flags))


def _few(chars: set[str], flags: int) -> tuple[str, ...]:
    """Return the characters to search for, in lower case when case is ignored.

    Empty where a part of the expression treats case differently than the whole.
    """
    ignores_case = bool(flags & re.IGNORECASE)
    if ignores_case != bool(flags & _WHOLE_IGNORES_CASE) and any(
        char.lower() != char.upper() for char in chars
    ):
        return ()
    return tuple({char.lower() for char in chars} if ignores_case else chars)


def _folded(among: Iterable[int], flags: int) -> frozenset[int]:
    if not flags & re.IGNORECASE:
        return frozenset(among)
    return frozenset(
        ord(char) for one in among for char in (chr(one).lower(), chr(one).upper()) if char.isascii()
    )


def _class(items: list[tuple[object, object]], flags: int) -> _Node:
    among: set[int] = set()
    wholly: set[int] = set()  # of the characters that are not ASCII, the kinds that are in it as a whole
    negated = False
    for code, argument in items:
        match str(code), argument:
            case "NEGATE", _:
                negated = True
            case "LITERAL", int(char):
                among.update({char} if char < _ASCII else _OTHERS)
            case "RANGE", (int(first), int(last)):
                among.update(range(min(first, _ASCII), min(last + 1, _ASCII)))
                among.update(_OTHERS if last >= _ASCII else ())
            case "CATEGORY", category:
                members = _category(str(category))
                among.update(members)
                wholly.update(members & _OTHERS)
            case _:
                among.update(_ALL)
    folded = _folded(among - _OTHERS, flags)
    if negated:
        return _Chars(_ALL - folded - wholly)
    if among & _OTHERS or len(folded) > _MOST_LITERALS:
        return _Chars(folded | (among & _OTHERS))
    return _Chars(folded, _few({chr(code) for code in folded}, flags))


def _category(name: str) -> frozenset[int]:
    chars = [chr(code) for code in range(_ASCII)]
    if name.endswith("DIGIT"):
        members = {ord(char) for char in chars if char.isdigit()} | {_DIGITS}
    elif name.endswith("SPACE"):
        members = {ord(char) for char in chars if char.isspace()} | {_SPACES}
    else:
        members = {ord(char) for char in chars if char.isalnum() or char == "_"} | {_LETTERS, _DIGITS}
    return frozenset(_ALL - members if "NOT" in name else members)


def _first(node: _Node) -> frozenset[int]:
    """Return the characters that a match of `node` can begin with."""
    match node:
        case _Chars():
            return node.among
        case _Sequence():
            first: frozenset[int] = frozenset()
            for part in node.parts:
                first |= _first(part)
                if not _can_be_empty(part):
                    break
            return first
        case _Choice():
            return frozenset().union(*map(_first, node.branches))
        case _Repeat():
            return _first(node.body)
        case _Aside():
            return _ALL
        case _Other():
            return frozenset() if node is _Other.EDGE else _ALL


def _can_be_empty(node: _Node) -> bool:
    match node:
        case _Chars():
            return False
        case _Sequence():
            return all(map(_can_be_empty, node.parts))
        case _Choice():
            return any(map(_can_be_empty, node.branches))
        case _Repeat():
            return not node.least or _can_be_empty(node.body)
        case _Aside() | _Other():
            return True


def _following(parts: tuple[_Node, ...], place: int, after: frozenset[int]) -> frozenset[int]:
    """Return the characters that can come behind a part of a sequence, behind which `after` can come."""
    rest = _Sequence(parts[place + 1 :])
    return _first(rest) | after if _can_be_empty(rest) else _first(rest)


class _Walk:
    """Visitor that finds what makes an expression slow or unfit for many lines at once."""

    def __init__(self) -> None:
        self.explodes = False
        self.opaque = False
        self.crosses_lines = False
        self.has_loops = False
        self.has_slow_loops = False

    def visit(self, node: _Node, after: frozenset[int], *, in_loop: bool) -> None:
        """Visit `node`, behind which `after` can come; `in_loop` tells whether it is repeated as a part."""
        match node:
            case _Sequence():
                for place, part in enumerate(node.parts):
                    self.visit(part, _following(node.parts, place, after), in_loop=in_loop)
            case _Choice():
                seen: frozenset[int] = frozenset()
                for branch in node.branches:
                    first = _first(branch)
                    if _can_be_empty(branch):
                        first |= after | {_END}
                    self.explodes |= in_loop and bool(seen & first)
                    seen |= first
                    self.visit(branch, after, in_loop=in_loop)
            case _Repeat():
                first = _first(node.body)
                if node.most > node.least:
                    # Where one more or one less both fit, each round of the loop around it doubles the ways.
                    self.explodes |= in_loop and bool(first & after)
                    self.crosses_lines |= node.most > _UNBOUNDED and _NEWLINE in _all_chars(node.body)
                if node.most > _UNBOUNDED:
                    self.has_loops = True
                    self.has_slow_loops |= not isinstance(node.body, _Chars)
                looped = node.most >= _MANY
                self.visit(node.body, after | first if looped else after, in_loop=in_loop or looped)
            case _Chars():
                pass
            case _Aside():
                self.opaque = True
                self.explodes |= in_loop
                self.visit(node.body, _ALL, in_loop=False)
            case _Other():
                self.opaque |= node is _Other.OPAQUE
                self.explodes |= in_loop and node is _Other.OPAQUE


def _all_chars(node: _Node) -> frozenset[int]:
    match node:
        case _Chars():
            return node.among
        case _Sequence():
            return frozenset().union(*map(_all_chars, node.parts))
        case _Choice():
            return frozenset().union(*map(_all_chars, node.branches))
        case _Repeat():
            return _all_chars(node.body)
        case _Aside():
            return _ALL
        case _Other():
            return frozenset() if node is _Other.EDGE else _ALL


def _degree(node: _Node, after: frozenset[int]) -> int:
    """Return how many loops, one in or behind the other, each have a say in where the next one begins."""
    match node:
        case _Sequence():
            degrees = [
                _degree(part, _following(node.parts, place, after)) for place, part in enumerate(node.parts)
            ]
            # Two loops over the same characters with nothing between them divide every stretch in every way.
            return sum(degrees) + sum(
                _is_loop(one) and _is_loop(other) and bool(_all_chars(one) & _all_chars(other))
                for one, other in pairwise(node.parts)
            )
        case _Choice():
            return max((_degree(branch, after) for branch in node.branches), default=0)
        case _Repeat():
            inner = _degree(node.body, after | _first(node.body)) * (
                1 if node.most > _UNBOUNDED else node.most
            )
            return inner + (node.most > _UNBOUNDED and bool(after & _all_chars(node.body)))
        case _Aside():
            return max(1, _degree(node.body, _ALL))
        case _Other():
            return 1 if node is _Other.OPAQUE else 0
        case _Chars():
            return 0


def _ways(node: _Node, after: frozenset[int]) -> float:
    """Return the greatest number of ways in which `node` can match the same text, unbounded loops aside."""
    match node:
        case _Sequence():
            ways = 1.0
            for place, part in enumerate(node.parts):
                ways = min(_MOST_WAYS, ways * _ways(part, _following(node.parts, place, after)))
            return ways
        case _Choice():
            each = [_ways(branch, after) for branch in node.branches]
            seen: frozenset[int] = frozenset()
            are_apart = True
            for branch in node.branches:
                first = _first(branch) | (after if _can_be_empty(branch) else frozenset())
                are_apart &= not seen & first
                seen |= first
            return max(each) if are_apart else sum(each)
        case _Repeat():
            first = _first(node.body)
            if node.most > _UNBOUNDED:
                return _ways(node.body, after | first)
            ways = _ways(node.body, after | first if node.most > 1 else after)
            ways = min(_MOST_WAYS, ways ** min(node.most, _UNBOUNDED)) if ways > 1 else ways
            is_free = node.most > node.least and bool(first & after)
            return min(_MOST_WAYS, ways * (node.most - node.least + 1 if is_free else 1))
        case _Aside():
            return _ways(node.body, _ALL)
        case _Chars() | _Other():
            return 1


def _is_loop(node: _Node) -> bool:
    return isinstance(node, _Repeat) and node.most > _UNBOUNDED


def _required(node: _Node) -> tuple[frozenset[str], bool]:
    """Return texts of which every match holds one, and whether holding one is sufficient."""
    match node:
        case _Chars():
            return frozenset(node.few), bool(node.few)
        case _Sequence():
            return _required_in_sequence(node.parts)
        case _Choice():
            found: set[str] = set()
            exact = True
            for branch in node.branches:
                literals, branch_exact = _required(branch)
                if not literals:
                    return frozenset(), False
                found |= literals
                exact &= branch_exact
            return frozenset(found), exact
        case _Repeat():
            literals, _ = _required(node.body) if node.least else (frozenset(), False)
            return literals, False
        case _Aside() | _Other():
            return frozenset(), False


def _required_in_sequence(parts: tuple[_Node, ...]) -> tuple[frozenset[str], bool]:
    best: frozenset[str] = frozenset()
    run: frozenset[str] = frozenset({""})
    exact = True
    for part in parts:
        few = part.few if isinstance(part, _Chars) else ()
        if few and len(run) * len(few) <= _MOST_LITERALS:
            run = frozenset([text + char for text in run for char in few])
            continue
        exact = False
        best = max(best, run, _required(part)[0], key=_worth)
        run = frozenset(few or {""})
    best = max(best, run, key=_worth)
    return (best, exact) if best != {""} else (frozenset(), False)


def _worth(literals: frozenset[str]) -> tuple[int, int]:
    return (min(map(len, literals), default=0), -len(literals))
