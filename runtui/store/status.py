"""The statuses a run can have."""

from __future__ import annotations

import sys
from enum import EnumType, StrEnum
from typing import Any


class _TextInYaml(EnumType):
    """Type of an enum whose members PyYAML dumps as their text.

    Its dumpers go by tables of exact types, in which an enum of texts is none. They look an object up there
    by the ``__mro__`` of its type, so that is when the tables are filled: whatever was imported first, a
    program's own dumpers among them, and without PyYAML for those who dump nothing.
    """

    @property
    def __mro__(cls) -> tuple[type, ...]:
        bases: tuple[type, ...] = type.__dict__["__mro__"].__get__(cls)
        dumper = getattr(sys.modules.get("yaml.representer"), "SafeRepresenter", None)
        if dumper is not None:
            _enter(bases[0], dumper)
        return bases


def _enter(kind: type, dumper: Any) -> None:
    """Have a dumper, and those derived from it, dump a type as text, unless it was told another way."""
    if kind not in dumper.yaml_representers:
        dumper.add_representer(kind, _represent)
    for derived in dumper.__subclasses__():
        _enter(kind, derived)


def _represent(dumper: Any, member: StrEnum) -> Any:
    return dumper.represent_str(member.value)


class RunStatus(StrEnum, metaclass=_TextInYaml):
    """The six statuses of the format. A member equals its text, as in ``metadata.json``."""

    INITIALISING = "initialising"
    INITIALising = "initialising"  # the classic class spells it so
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CHECKPOINTED = "checkpointed"
    RESUMED = "resumed"

    @classmethod
    def parse(cls, value: str) -> RunStatus:
        """Return the status that `value` names, in any case.

        Raises:
            ValueError: It names none; the message lists those there are.
        """
        try:
            return cls(normal_status(str(value)))
        except ValueError:
            known = ", ".join(member.value for member in cls)
            raise ValueError(f"unknown status {value!r}: use one of {known}") from None


_KNOWN = frozenset(status.value for status in RunStatus)

UNKNOWN_STATUS = "unknown"
"""Status of a run whose metadata has none."""

LIVE_STATUSES = frozenset({RunStatus.INITIALISING.value, RunStatus.RUNNING.value})
"""Statuses of a run that something is (or should be) working on."""

ENDED_STATUSES = frozenset({RunStatus.COMPLETED.value, RunStatus.FAILED.value})
"""Statuses that say the run's work is over."""


def is_live_status(value: object) -> bool:
    """Return whether a value from a run's metadata, of any type, is the status of a live run."""
    return isinstance(value, str) and normal_status(value) in LIVE_STATUSES


def normal_status(text: str) -> str:
    """Return the status that a text from a run's metadata means: the one reading of it.

    One of the six statuses is meant in any case and with blanks around it; other text stays as it is, and
    without any the status is `UNKNOWN_STATUS`.
    """
    if text in _KNOWN:
        return text
    stripped = text.strip()
    folded = stripped.casefold()
    return folded if folded in _KNOWN else stripped or UNKNOWN_STATUS
