"""All private names of Textual that the browser uses; no other module uses one, or any of Rich.

A release may drop or change such a name without notice. If the installed one has, the browser uses none of
them and leaves drawing and keys to Textual, which is slower over a slow line but correct.

All of them work as intended in Textual 8.2.7 and 8.2.8.
"""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from textual.app import App
from textual.driver import Driver
from textual.events import Key
from textual.widgets import Input

if TYPE_CHECKING:
    from rich.console import RenderableType
    from textual._compositor import ChopsUpdate as ChopsUpdate
    from textual._compositor import CompositorUpdate as CompositorUpdate
    from textual._compositor import LayoutUpdate as LayoutUpdate
    from textual._xterm_parser import XTermParser as XTermParser
    from textual.screen import Screen


class PrivateName(NamedTuple):
    """A private name that the browser relies on.

    Attributes:
        owner: The module, or the module and class, that has it: ``"textual.app:App"``; or ``"app"`` for an
            attribute that only an instance of the application has.
        name: The name.
        parameters: Its parameters, without ``self``; None if they do not matter.
        purpose: What the browser needs it for.
    """

    owner: str
    name: str
    parameters: tuple[str, ...] | None
    purpose: str

    def __str__(self) -> str:
        return f"{self.owner.rpartition(':')[2]}.{self.name}"


_COMPOSITOR = "textual._compositor"
_PARSER = "textual._xterm_parser"
_APP = "textual.app:App"
_INSTANCE = "app"

PRIVATE_NAMES = (
    PrivateName(_COMPOSITOR, "CompositorUpdate", None, "to know an update of the screen"),
    PrivateName(_COMPOSITOR, "LayoutUpdate", ("strips", "region"), "to read all rows of the screen"),
    PrivateName(_COMPOSITOR, "ChopsUpdate", ("chops", "spans", "chop_ends"), "to read changed parts of rows"),
    PrivateName(_PARSER, "XTermParser", ("debug",), "to make keys of what the terminal sends"),
    PrivateName("textual._parser:Parser", "feed", ("data",), "to give it what was sent"),
    PrivateName("textual._parser:Parser", "tick", (), "to have an Escape that stands alone"),
    PrivateName(_APP, "_display", ("screen", "renderable"), "to send only the difference to the terminal"),
    PrivateName(_INSTANCE, "_batch_count", None, "to send nothing while several changes are made as one"),
    PrivateName(_INSTANCE, "_driver", None, "to draw with the driver, and to restore the terminal"),
    PrivateName(_APP, "_check_bindings", ("key", "priority"), "to act on a key before the next one is read"),
    PrivateName("textual.widgets:Input", "_on_key", ("event",), "to type before the next key is read"),
    PrivateName(_APP, "_handle_exception", ("error",), "to note an error that nobody expected"),
    PrivateName(_APP, "_fatal_error", (), "to end without pages of a traceback"),
    PrivateName(_APP, "_print_error_renderables", (), "to leave the last line to the report of the crash"),
)  # fmt: skip


def missing_names(app: App[Any]) -> tuple[PrivateName, ...]:
    """Return the private names that the installed Textual lacks, or has with other parameters.

    Args:
        app: The application, for names that only an instance has.
    """
    return tuple(name for name in PRIVATE_NAMES if not _is_there(name, app))


def _is_there(name: PrivateName, app: App[Any]) -> bool:
    module, _, class_name = name.owner.partition(":")
    try:
        owner: object = app if name.owner == _INSTANCE else import_module(module)
        # A class may inherit an attribute of the same name that does something else.
        found = vars(getattr(owner, class_name) if class_name else owner)[name.name]
        if name.parameters is None:
            return True
        parameters = [parameter for parameter in inspect.signature(found).parameters if parameter != "self"]
    except (ImportError, AttributeError, KeyError, TypeError, ValueError):
        return False
    return tuple(parameters) == name.parameters


def _found(module: str, name: str) -> Any:
    """Return a module's attribute, or else a class without instances."""
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        return type(name, (), {})


if not TYPE_CHECKING:
    ChopsUpdate = _found(_COMPOSITOR, "ChopsUpdate")
    CompositorUpdate = _found(_COMPOSITOR, "CompositorUpdate")
    LayoutUpdate = _found(_COMPOSITOR, "LayoutUpdate")
    XTermParser = _found(_PARSER, "XTermParser")


class FencedApp(App[None]):
    """An application whose drawing, keys and crashes can be changed without private names.

    Args:
        own_driver: The driver to use if Textual has all names that it needs.
    """

    def __init__(self, own_driver: type[Driver]) -> None:
        super().__init__()
        self.missing_names = missing_names(self)
        """The private names that the installed Textual lacks."""
        self.has_own_driver = not self.missing_names
        """Whether the browser draws and reads keys by itself instead of leaving that to Textual."""
        if self.has_own_driver:
            self.driver_class = own_driver
        self.crash: Exception | None = None
        """The first unexpected error."""

    @property
    def current_driver(self) -> Driver | None:
        """The driver; None if there is none now, or if it cannot be found."""
        return getattr(self, "_driver", None)

    def draw_update(self, screen: Screen[object], update: CompositorUpdate) -> bool:
        """Draw an update of the screen; return False to have Textual draw it."""
        return False

    def leave_drawing(self) -> None:
        """Handle that Textual draws something itself next."""

    def note_crash(self) -> None:
        """Handle that the program ends by an error."""

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        if self.has_own_driver and not self.is_headless:
            if renderable is None or self._batch_count or not self.is_running:
                return
            if isinstance(renderable, CompositorUpdate) and self.draw_update(screen, renderable):
                return
            self.leave_drawing()
        super()._display(screen, renderable)

    async def type_key(self, line: Input, key: Key) -> bool:
        """Handle a key typed into an input before the next key is dispatched; return False if it cannot."""
        if any(name.name in ("_check_bindings", "_on_key") for name in self.missing_names):
            return False
        if not await self._check_bindings(key.key, priority=True):
            if key.is_printable:
                await line._on_key(key)
            else:
                await self._check_bindings(key.key)
        return True

    def _handle_exception(self, error: Exception) -> None:
        self.crash = self.crash or error
        self.note_crash()
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        if self.crash is None:
            super()._fatal_error()
        else:
            # Textual would print pages about its internals; the browser prints its own line at the end.
            self.exit(return_code=1)

    def _print_error_renderables(self) -> None:
        if self.crash is None:
            super()._print_error_renderables()
