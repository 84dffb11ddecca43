"""Parser of a query's text into terms, each with its position."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtui.text.sanitize import safe_text

KEY = r"[^\W\d][\w./\-\[\]\u0300-\u036f]*"
"""Pattern of a key, with accents apart from their letters and the slashes of MLflow's names.

Any other key stands in double quotes.
"""

OPERATOR = r":?(?:!=|<=|>=|==|=|<|>)|:"
"""Operators between a key and its value; some tools write a colon before the others."""

_TERM_KEY = re.compile(rf'(?:(?P<bare>{KEY})|"(?P<quoted>[^"]+)")(?P<operator>{OPERATOR})')
_LONE_OPERATOR = re.compile(OPERATOR)
_BRACKET = re.compile(rf"\(+-?(?:{KEY})(?:{OPERATOR})")
_JOINING_WORDS = frozenset({"and", "or", "not", "||", "&&"})


class QueryError(ValueError):
    """A query is invalid; the message says why, in one short line.

    Attributes:
        position: The position of the error in the text, in characters from 0.
        length: The number of wrong characters; 0 if something is missing.
    """

    def __init__(self, message: str, position: int, length: int = 0) -> None:
        super().__init__(message)
        self.position = position
        self.length = length


@dataclass(frozen=True, slots=True)
class Item:
    """A word, or one of a value's alternatives, safe to show.

    Attributes:
        text: The text as written, without quotation marks.
        parts: The text between asterisks, which stand for any characters; one part if there are none.
        is_quoted: Whether some of it was quoted, so that it has no special meaning.
        position, length: Its place in the query.
    """

    text: str
    parts: tuple[str, ...]
    is_quoted: bool
    position: int
    length: int

    @property
    def word(self) -> str:
        """The text to compare with words of special meaning; ``""`` if it was quoted."""
        return "" if self.is_quoted else self.text.casefold()


@dataclass(frozen=True, slots=True)
class Term:
    """One of the and-ed parts of a query.

    Attributes:
        is_negated: Whether a minus sign precedes it.
        key: The key; ``""`` for a bare word.
        is_own_key: Whether the key was quoted, so that it is always a metadata or parameter key.
        operator: One of ``: = != < <= > >=``; ``""`` for a bare word.
        items: The alternatives of the value, or the word; never empty.
        position, length: Its place in the query, including the minus sign.
        key_position: The position of the key.
    """

    is_negated: bool
    key: str
    is_own_key: bool
    operator: str
    items: tuple[Item, ...]
    position: int
    length: int
    key_position: int

    def refuse(self, message: str) -> QueryError:
        """Return an error about this term's key and operator."""
        length = self.items[0].position - self.key_position
        return QueryError(message, self.key_position, length)


def is_negated_term(text: str) -> bool:
    """Return whether a text begins like a negated term with a key, so that it is not an option."""
    return text.startswith("-") and _TERM_KEY.match(text, 1) is not None


def read_terms(text: str) -> list[Term]:
    """Return the terms of a query.

    Raises:
        QueryError: A quotation mark is not closed, a word, key or value is missing, or the text has syntax of
            another query language that would be misunderstood.
    """
    terms: list[Term] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        term = _read_term(text, position)
        terms.append(term)
        position = term.position + term.length
    _refuse_joining(terms)
    return terms


def _read_term(text: str, begin: int) -> Term:
    position = begin
    is_negated = text[position] == "-"
    if is_negated:
        position += 1
        if position == len(text) or text[position].isspace():
            raise QueryError("a word is missing after the minus sign", begin, 1)
        if text[position] == "-":
            raise QueryError(
                'one minus sign negates; quote a word that begins with one, as in "-x"', begin, 2
            )
    key = _TERM_KEY.match(text, position)
    if key is None:
        _refuse_foreign_syntax(text, position)
        items, end = _read_items(text, position, split=False)
        return Term(is_negated, "", False, "", items, begin, end - begin, position)
    operator = key["operator"]
    if len(operator) > 1:
        operator = operator.removeprefix(":").replace("==", "=")
    items, end = _read_items(text, key.end(), split=True)
    name = key["bare"] or key["quoted"]
    if not items:
        raise QueryError(f"a value is missing after {safe_text(key[0], 60)}", key.end(), end - key.end())
    first = items[0]
    if not first.is_quoted and first.text[:1] in ("<", ">", "=") and not operator.endswith(first.text[0]):
        right = first.text[0] + operator if first.text[0] in "<>" and operator == "=" else ""
        hint = f"write {right}" if right else "quote the value, or leave one of them out"
        written = operator + first.text[0]
        raise QueryError(f"{written} is no comparison: {hint}", key.end() - len(operator), len(written))
    if operator not in (":", "=", "!=") and len(items) > 1:
        message = f"{operator} takes one value, not several"
        raise QueryError(message, items[1].position, end - items[1].position)
    return Term(is_negated, name, key["bare"] is None, operator, items, begin, end - begin, position)


def _read_items(text: str, begin: int, *, split: bool) -> tuple[tuple[Item, ...], int]:
    """Return the items that begin at a position, and their end; skip empty ones.

    Args:
        text: The query.
        begin: The position of the first item.
        split: Whether commas separate items.
    """
    items: list[Item] = []
    item = _ItemReader(begin)
    position = begin
    while position < len(text) and not text[position].isspace():
        character = text[position]
        if character == '"':
            end = text.find('"', position + 1)
            if end < 0:
                raise QueryError("this quotation mark is not closed", position, len(text) - position)
            item.quote(text[position + 1 : end])
            position = end + 1
            continue
        if character == "," and split:
            item.add_to(items, position)
            item = _ItemReader(position + 1)
        elif character == "*":
            item.parts.append("")
        else:
            item.parts[-1] += character
        position += 1
    item.add_to(items, position)
    return tuple(items), position


class _ItemReader:
    """An item while it is being read."""

    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.parts = [""]
        self.is_quoted = False

    def quote(self, text: str) -> None:
        self.is_quoted = True
        self.parts[-1] += text

    def add_to(self, items: list[Item], end: int) -> None:
        if end > self.begin:
            # The texts it is compared with were made safe, too.
            parts = tuple(map(safe_text, self.parts))
            items.append(Item("*".join(parts), parts, self.is_quoted, self.begin, end - self.begin))


def _refuse_foreign_syntax(text: str, position: int) -> None:
    """Refuse syntax of other query languages, which would be searched for literally."""
    operator = _LONE_OPERATOR.match(text, position)
    if operator is not None:
        message = f"a key is missing before {operator[0]}: no spaces around it, as in beta{operator[0]}1"
        raise QueryError(message, position, operator.end() - position)
    if text[position] == "!" and _TERM_KEY.match(text, position + 1):
        raise QueryError("a minus sign negates: write - in place of !", position, 1)
    bracket = _BRACKET.match(text, position)
    if bracket is not None:
        message = "brackets do not group; alternatives are status:failed,running"
        raise QueryError(message, position, 1)


def _refuse_joining(terms: list[Term]) -> None:
    """Refuse ``status:failed or tag:prod``, which would search for the word "or"."""
    for place, term in enumerate(terms[:-1]):
        item = term.items[0]
        if term.key or term.is_negated or item.word not in _JOINING_WORDS:
            continue
        near = [*terms[max(0, place - 1) : place], terms[place + 1]]
        if item.text.isupper() or not item.text.isalpha() or any(other.key for other in near):
            message = f'words are and-ed, a comma gives alternatives; quote "{item.text}" to look for it'
            raise QueryError(message, item.position, item.length)
