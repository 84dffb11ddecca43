"""Inputs of NWChem: blocks such as ``dft`` to ``end``, and directives such as ``task dft energy``."""

from __future__ import annotations

import re

from runtui.formats.config.base import DEEPEST, Document, scalar

_PARTS = re.compile(r"""(?:[^;#"]|"[^"\n]*(?:"|$))+""")
_DIRECTIVES = frozenset((
    "start", "restart", "title", "echo", "print", "noprint", "memory", "charge", "scratch_dir", "task", "set",
    "permanent_dir", "unset", "stop", "ecce_print",
))  # fmt: skip
_INNER_BLOCKS = frozenset((
    "zmatrix", "zcoord", "simulation_cell", "brillouin_zone", "car-parrinello", "lattice", "system",
))  # fmt: skip
_MOST_LINES = 20_000  # lines
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[deDE][-+]?\d+)?").fullmatch
_LEAST_OF_AN_ATOM = 4  # words: its name and place


def read_nwchem(text: str) -> Document | None:
    """Return the blocks of an input as dicts and its directives, or None for text without a ``task``.

    Names are in lower case. Lines of numbers are passed over: places of atoms, exponents. Of equal blocks and
    directives the first one counts; several tasks are a list.
    """
    document: Document = {}
    tasks: list[str] = []
    holders: list[Document] = [document]
    for line in text.splitlines()[:_MOST_LINES]:
        for part in _PARTS.findall(line.partition("#")[0]):
            words = part.split()
            if not words:
                continue
            name = words[0].lower()
            if name == "end":
                if len(holders) > 1:
                    holders.pop()
            elif len(holders) == 1 and name == "task":
                tasks.append(" ".join(words[1:]))
            elif name not in _DIRECTIVES if len(holders) == 1 else name in _INNER_BLOCKS and len(words) == 1:
                _open(holders, name)
            elif not _is_data(words):
                _store(holders[-1], words)
    if not tasks:
        return None
    document["task"] = tasks[0] if len(tasks) == 1 else tasks
    return {name: value for name, value in document.items() if value != {}}


def _open(holders: list[Document], name: str) -> None:
    if len(holders) > DEEPEST:
        return
    inner = holders[-1].setdefault(name, {})
    holders.append(inner if isinstance(inner, dict) else {})


def _is_data(words: list[str]) -> bool:
    """Return whether a line tells of an atom or of a function of a basis, and sets nothing."""
    if _NUMBER(words[0]):
        return True
    places = words[1:_LEAST_OF_AN_ATOM]
    return (
        len(words) >= _LEAST_OF_AN_ATOM and all(map(_NUMBER, places)) and len(words[0]) <= _LEAST_OF_AN_ATOM
    )


def _store(holder: Document, words: list[str]) -> None:
    name = words[0].lower()
    if name == "set" and len(words) > 1:
        inner = holder.setdefault("set", {})
        if isinstance(inner, dict):
            inner.setdefault(words[1], scalar(" ".join(words[2:]).strip('"')))
        return
    value = " ".join(words[1:])
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    holder.setdefault(name, (value[1:-1] if quoted else scalar(value)) if value else True)
