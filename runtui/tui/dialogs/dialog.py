"""The base of all dialogs: what they say of their keys."""

from __future__ import annotations

from typing import ClassVar, Generic, TypeVar

from textual.screen import ModalScreen

from runtui.tui.actions import key_of, keys_in, with_keys

T = TypeVar("T")


class Dialog(ModalScreen[T | None], Generic[T]):
    """Base of the dialogs, which end with a value or None.

    Attributes:
        HINT: The keys that are shown, each as ``{key:NAME}`` with what it does.
    """

    HINT: ClassVar[str] = ""

    @property
    def keys_hint(self) -> str:
        """The keys of the dialog, as they are set."""
        return with_keys(self.HINT, keys_in(self.app))

    def key(self, name: str) -> str:
        """Return the key of an action, as it is set."""
        return key_of(name, keys_in(self.app))
