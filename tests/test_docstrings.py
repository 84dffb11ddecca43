"""First lines of docstrings are noun phrases or imperatives, and numeric constants name their unit."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import runtui

ROOT = Path(runtui.__file__).parent

CLAUSE_OPENERS = frozenset({
    "what", "who", "whoever", "whose", "whom", "whatever", "that", "which", "where", "when", "how", "why",
    "if", "whether", "is", "are", "has", "have", "was", "goes", "takes", "tells", "gives", "stands", "says",
})  # fmt: skip
"""First words that make a clause of a docstring, or a sentence without a subject."""

PROPERTY_OPENERS = ("whether ", "how many ")
"""First words that a property may have all the same."""

UNIT_SUFFIXES = frozenset({
    "bytes", "kib", "mib", "gib", "bits", "characters", "lines", "rows", "cells", "columns", "seconds",
    "ms", "us", "ns", "minutes", "hours", "days", "percent", "runs", "files", "names", "entries", "paths",
    "values", "points", "edits", "keys", "processes", "threads", "jobs", "steps", "attempts", "levels",
    "digits", "tags", "groups", "directories", "items", "version", "code", "mode", "flags",
})  # fmt: skip
"""Last words of a constant's name that say its unit."""


def opens_with_a_clause(docstring: str, *, is_property: bool) -> bool:
    """Return whether a docstring begins with a clause.

    Args:
        docstring: The whole text.
        is_property: Whether it belongs to a property.
    """
    first = docstring.strip().lower()
    if is_property and first.startswith(PROPERTY_OPENERS):
        return False
    return first.split(maxsplit=1)[0].rstrip(".,:;") in CLAUSE_OPENERS if first else False


def is_read_like_an_attribute(node: ast.AST) -> bool:
    """Return whether a definition is read like an attribute."""
    decorators = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    return any("property" in ast.unparse(decorator) for decorator in decorators)


def docstring_findings(tree: ast.Module) -> Iterator[int]:
    """Yield the lines of public definitions whose docstring begins with a clause."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if (
                not isinstance(node, ast.Module)
                and node.name.startswith("_")
                and not node.name.endswith("__")
            ):
                continue
            docstring = ast.get_docstring(node)
            if docstring and opens_with_a_clause(docstring, is_property=is_read_like_an_attribute(node)):
                yield 1 if isinstance(node, ast.Module) else node.lineno
        waiting.extend(ast.iter_child_nodes(node))


def is_number(value: ast.expr | None) -> bool:
    """Return whether an expression is made of numbers alone, as `64 * 1024`."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    if isinstance(value, ast.UnaryOp):
        return is_number(value.operand)
    return isinstance(value, ast.BinOp) and is_number(value.left) and is_number(value.right)


def has_unit_in_its_name(name: str) -> bool:
    return name.lower().rpartition("_")[2] in UNIT_SUFFIXES


def constant_findings(tree: ast.Module, source: str) -> Iterator[int]:
    """Yield the lines of numeric constants with neither a unit in the name nor an explanation beside them."""
    comments = [
        token
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and not token.string.startswith(("# noqa", "# type:", "# fmt"))
    ]
    beside = {token.start[0] for token in comments if token.line.strip() != token.string}
    above = {token.start[0] for token in comments} - beside
    for node, following in zip(tree.body, [*tree.body[1:], None], strict=True):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or not is_number(node.value):
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = [target.id for target in targets if isinstance(target, ast.Name)]
        if all(map(has_unit_in_its_name, names)) or {node.lineno, node.end_lineno} & beside:
            continue
        explained = (
            isinstance(following, ast.Expr)
            and isinstance(following.value, ast.Constant)
            and isinstance(following.value.value, str)
        )
        if not explained and node.lineno - 1 not in above:
            yield node.lineno


@cache
def findings() -> tuple[list[str], list[str]]:
    """Return the places of docstrings and of constants that break the rules."""
    docstrings: list[str] = []
    constants: list[str] = []
    for path in sorted(ROOT.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        place = path.relative_to(ROOT)
        docstrings += [f"{place}:{line}" for line in docstring_findings(tree)]
        constants += [f"{place}:{line}" for line in constant_findings(tree, source)]
    return docstrings, constants


def test_docstrings_do_not_begin_with_a_clause() -> None:
    assert findings()[0] == []


def test_numeric_constants_have_a_unit() -> None:
    assert findings()[1] == []


@pytest.mark.parametrize(
    "source",
    [
        '"""What changed since it was told last."""',
        'class Look:\n    """How a line looks."""',
        'def find():\n    """Whether it is there."""',
        'class Look:\n    def find(self):\n        """Is told what happens."""',
        'class Look:\n    @property\n    def name(self):\n        """What it is called."""',
        'async def run():\n    """Goes on to the end."""',
    ],
)
def test_clauses_are_found(source: str) -> None:
    assert list(docstring_findings(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        '"""Batching of changes."""',
        'def find():\n    """Return whether it is there."""',
        'class Look:\n    @property\n    def is_bold(self):\n        """Whether it is bold."""',
        'class Look:\n    @cached_property\n    def count(self):\n        """How many rows there are."""',
        'def _find():\n    """Whether it is there."""',
        "def find(): ...",
    ],
)
def test_noun_phrases_and_imperatives_pass(source: str) -> None:
    assert not list(docstring_findings(ast.parse(source)))


@pytest.mark.parametrize(
    "source",
    [
        "_LIMIT = 64 * 1024\n",
        "_LIMIT: Final = 0.5\n",
        "_LIMIT = -8  # noqa: X\n",
        "_PATIENCE = 5.0  # seconds\n_LIMIT = 8\n",
        "_LIMIT = 1 << 20\n\nclass Reader: ...\n",
    ],
)
def test_numbers_without_a_unit_are_found(source: str) -> None:
    assert len(list(constant_findings(ast.parse(source), source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "_MOST_BYTES = 64 * 1024\n",
        "_LIMIT = 64 * 1024  # bytes\n",
        "# Bytes, of which a page shows few.\n_LIMIT = 64 * 1024\n",
        '_LIMIT = 64 * 1024\n"""Bytes of a page."""\n',
        "_NAME = 'bytes'\n_IS_DONE = True\n",
        "def limit():\n    most = 8\n    return most\n",
    ],
)
def test_numbers_with_a_unit_pass(source: str) -> None:
    assert not list(constant_findings(ast.parse(source), source))
