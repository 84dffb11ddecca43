"""The base of all dialogs, with the hint that shows their keys."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.screen import ModalScreen

from runtui.tui.actions import key_of, keys_in, with_keys

T = TypeVar("T")


class Dialog(ModalScreen[T | None], Generic[T]):
    """Base of the dialogs, which return a value or None.

    Attributes:
        HINT: The keys to show, each as ``{key:NAME}`` with its effect.
    """

    HINT: ClassVar[str] = ""

    @property
    def keys_hint(self) -> str:
        """The hint with the user's keys."""
        return self.with_user_keys(self.HINT)

    def with_user_keys(self, text: str) -> str:
        """Replace each ``{key:NAME}`` in a text by the user's key of that action."""
        return with_keys(text, keys_in(self.app))

    def key(self, name: str) -> str:
        """Return the current key of an action."""
        return key_of(name, keys_in(self.app))
