"""Parser of a query's text into terms, each with its position, and groups of them.

Terms beside one another are and-ed, which binds more closely than ``or``; parentheses group.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from runtui.text.sanitize import safe_text

KEY = r"[^\W\d][\w./\-\[\]\u0300-\u036f]*"
"""Pattern of a key, with accents apart from their letters and the slashes of MLflow's names.

Any other key stands in double quotes.
"""

REGEX = "~"
"""The operator before a regular expression."""

OPERATOR = r":?(?:!=|<=|>=|==|=~|=|<|>|~)|:"
"""Operators between a key and its value; some tools write a colon before the others."""

METRIC_KEY = r'metric:(?:[^\s<>=!~:"()]|"[^"]+")+'
"""Pattern of the key of a metric; a name with other characters stands in double quotes."""

_TERM_KEY = re.compile(
    rf'(?:(?P<bare>{METRIC_KEY}(?=[<>=!~:])|{KEY})|"(?P<quoted>[^"]+)")(?P<operator>{OPERATOR})'
)
_LONE_OPERATOR = re.compile(OPERATOR)
_OR = re.compile(r"(?:or|\|\|)(?=[\s()]|$)", re.IGNORECASE)
_JOINING_WORDS = frozenset({"and", "not", "&&"})
_NOTHING_TO_JOIN = 'or needs something before and after it; quote "or" to look for it'
_MOST_NESTED = 50  # groups within one another


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
        operator: One of ``: = != < <= > >= ~``; ``""`` for a bare word.
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


@dataclass(frozen=True, slots=True)
class Group:
    """Alternatives, of which one has to match.

    Attributes:
        is_negated: Whether a minus sign precedes it, so that none may match.
        alternatives: In each, all parts have to match.
    """

    is_negated: bool
    alternatives: tuple[tuple[Term | Group, ...], ...]


def is_negated_term(text: str) -> bool:
    """Return whether a text begins like a negated group or term with a key, so that it is not an option."""
    return text.startswith("-(") or (text.startswith("-") and _TERM_KEY.match(text, 1) is not None)


def read_query(text: str) -> tuple[Term | Group, ...]:
    """Return the parts of a query, all of which have to match.

    Raises:
        QueryError: A quotation mark or a parenthesis is not closed, a word, key or value is missing, or the
            text has syntax of another query language that would be misunderstood.
    """
    reader = _QueryReader(text)
    alternatives = reader.read_alternatives(0)
    return alternatives[0] if len(alternatives) == 1 else (Group(False, alternatives),)


def read_terms(text: str) -> list[Term]:
    """Return all terms of a query, those in groups, too, in their order.

    Raises:
        QueryError: As of `read_query`.
    """
    return list(_terms_in(read_query(text)))


def _terms_in(parts: Iterable[Term | Group]) -> Iterator[Term]:
    for part in parts:
        if isinstance(part, Term):
            yield part
        else:
            for alternative in part.alternatives:
                yield from _terms_in(alternative)


class _QueryReader:
    """Reads a query from its beginning."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0

    def read_alternatives(self, depth: int) -> tuple[tuple[Term | Group, ...], ...]:
        """Read up to the end, or the parenthesis that closes the group.

        Args:
            depth: How many groups are open.
        """
        alternatives: list[tuple[Term | Group, ...]] = []
        parts: list[Term | Group] = []
        text = self._text
        joining: tuple[int, int] | None = None  # the position and length of an "or" without a right side
        while True:
            while self._position < len(text) and text[self._position].isspace():
                self._position += 1
            begin = self._position
            is_end = begin == len(text) or (depth > 0 and text[begin] == ")")
            if is_end and joining is not None:
                raise QueryError(_NOTHING_TO_JOIN, *joining)
            if is_end:
                break
            found = _OR.match(text, begin)
            if found is not None:
                if not parts:
                    raise QueryError(_NOTHING_TO_JOIN, begin, len(found[0]))
                joining = begin, len(found[0])
                self._position = found.end()
                alternatives.append(self._joined(parts))
                parts = []
                continue
            joining = None
            parts.append(self._read_part(depth))
        alternatives.append(self._joined(parts))
        return tuple(alternatives)

    def _joined(self, parts: list[Term | Group]) -> tuple[Term | Group, ...]:
        _refuse_joining(parts)
        return tuple(parts)

    def _read_part(self, depth: int) -> Term | Group:
        text, begin = self._text, self._position
        is_negated = text[begin] == "-"
        bracket = begin + is_negated
        if text[bracket : bracket + 1] == "(":
            return self._read_group(bracket, depth, is_negated=is_negated)
        if text[bracket : bracket + 1] == ")":
            message = 'no parenthesis is open here; quote one to look for it, as in ")"'
            raise QueryError(message, bracket, 1)
        term = _read_term(text, begin, in_group=depth > 0)
        self._position = term.position + term.length
        return term

    def _read_group(self, bracket: int, depth: int, *, is_negated: bool) -> Group:
        if depth == _MOST_NESTED:
            raise QueryError("too many groups within one another", bracket, 1)
        self._position = bracket + 1
        alternatives = self.read_alternatives(depth + 1)
        if self._position == len(self._text):
            message = 'this parenthesis is not closed; quote it to look for it, as in "(x"'
            raise QueryError(message, bracket, 1)
        if not any(alternatives):
            raise QueryError("there is nothing in these parentheses", bracket, self._position + 1 - bracket)
        self._position += 1
        return Group(is_negated, alternatives)


def _read_term(text: str, begin: int, *, in_group: bool) -> Term:
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
        items, end = _read_items(text, position, split=False, in_group=in_group)
        return Term(is_negated, "", False, "", items, begin, end - begin, position)
    operator = key["operator"]
    if len(operator) > 1:
        operator = operator.removeprefix(":").replace("==", "=").replace("=~", REGEX)
    is_regex = operator == REGEX
    items, end = _read_items(text, key.end(), split=not is_regex, in_group=in_group, is_regex=is_regex)
    name = (key["bare"] or key["quoted"]).replace('"', "")
    if not items:
        raise QueryError(f"a value is missing after {safe_text(key[0], 60)}", key.end(), end - key.end())
    first = items[0]
    if (
        not is_regex
        and not first.is_quoted
        and first.text[:1] in ("<", ">", "=")
        and not operator.endswith(first.text[0])
    ):
        right = first.text[0] + operator if first.text[0] in "<>" and operator == "=" else ""
        hint = f"write {right}" if right else "quote the value, or leave one of them out"
        written = operator + first.text[0]
        raise QueryError(f"{written} is no comparison: {hint}", key.end() - len(operator), len(written))
    if operator not in (":", "=", "!=") and len(items) > 1:
        message = f"{operator} takes one value, not several"
        raise QueryError(message, items[1].position, end - items[1].position)
    return Term(is_negated, name, key["bare"] is None, operator, items, begin, end - begin, position)


def _read_items(
    text: str, begin: int, *, split: bool, in_group: bool, is_regex: bool = False
) -> tuple[tuple[Item, ...], int]:
    """Return the items that begin at a position, and their end; skip empty ones.

    Args:
        text: The query.
        begin: The position of the first item.
        split: Whether commas separate items.
        in_group: Whether a parenthesis that was not opened in the item ends it.
        is_regex: Whether an asterisk is a part of the text.
    """
    items: list[Item] = []
    item = _ItemReader(begin)
    position = begin
    opened = 0
    while position < len(text) and not text[position].isspace():
        character = text[position]
        if in_group and character == ")" and not opened:
            break
        opened += (character == "(") - (character == ")")
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
        elif character == "*" and not is_regex:
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


def _refuse_joining(parts: Sequence[Term | Group]) -> None:
    """Refuse ``status:failed and tag:prod``, which would search for the word "and"."""
    for place, term in enumerate(parts[:-1]):
        if isinstance(term, Group) or term.key or term.is_negated:
            continue
        item = term.items[0]
        if item.word not in _JOINING_WORDS:
            continue
        near = [*parts[max(0, place - 1) : place], parts[place + 1]]
        has_keys = any(isinstance(other, Group) or other.key for other in near)
        if item.text.isupper() or not item.text.isalpha() or has_keys:
            instead = "a minus sign negates" if item.word == "not" else "words are and-ed"
            message = f'{instead}; quote "{item.text}" to look for it'
            raise QueryError(message, item.position, item.length)
