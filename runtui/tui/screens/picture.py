"""A picture that a simulation saved, drawn as well as the terminal can."""

from __future__ import annotations

import importlib.util
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual.app import SuspendNotSupported
from textual.binding import BindingType
from textual.containers import Center
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from runtui.formats.pictures import Picture, PictureError, load_picture
from runtui.text.install_advice import install_command
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Keys, Place
from runtui.tui.screens.results import ResultsScreen, RunPlace, results_bindings

if TYPE_CHECKING:
    from textual.app import App

_DOTS_IN_CELL = (10, 20)  # pixels across and down, more than in most terminals
_MOST_DOTS = (1200, 800)  # pixels: textual-image encodes sixels on the event loop, and more would block it


class PictureScreen(ResultsScreen):
    """Shows a picture.

    Args:
        run: The run.
        name: The picture's path below the run.
        keys: The keys that the user remapped.
    """

    PLACE = Place.RESULTS
    BINDINGS: ClassVar[list[BindingType]] = results_bindings()
    PAINTS_ALL = True
    """Pictures are escape sequences, which must be sent although the text of the row is unchanged."""

    def __init__(self, run: RunPlace, name: str, keys: Keys) -> None:
        super().__init__(keys)
        self._path = os.path.join(run.run_dir, name)
        self._file = safe_text(os.path.basename(name))
        self._frame = _Frame(id="picture")
        self._shown: Widget | None = None

    def body(self) -> Widget:
        return self._frame

    def read(self) -> None:
        self.show_title(f"{self._file} · reading…")
        room = zip(self.app.size, _DOTS_IN_CELL, _MOST_DOTS, strict=True)
        width, height = (min(most, cells * dots) for cells, dots, most in room)
        self.background.submit("read", partial(_loaded, self._path, width, height), self._take)

    def _take(self, found: Picture | str) -> None:
        if isinstance(found, str):
            self.show_title(self._file)
            self._replace_by(Static(Content(f"  {found}"), id="picture-note", markup=False))
            return
        self.show_title(f"{self._file} · {found.width} x {found.height}")
        from textual_image.widget import Image

        picture = Image(found.image)
        picture.styles.width = picture.styles.height = "auto"
        self._replace_by(picture)

    def _replace_by(self, widget: Widget) -> None:
        if self._shown is not None:
            self._shown.remove()
        self._shown = widget
        self._frame.mount(widget)


class _Frame(Center, can_focus=True):
    """Holds the picture and the focus."""

    def render(self) -> str:
        return ""  # until there is a picture; by default, a widget without children shows its name


def pictures_are_possible(app: App[None]) -> bool:
    """Return whether the library that shows pictures is installed; it is told what the terminal can do."""
    if "textual_image.widget" in sys.modules:
        return True
    if importlib.util.find_spec("textual_image") is None:
        return False
    # By itself it would query the terminal, and the browser would read the answers as keys.
    try:
        with app.suspend():
            import textual_image.widget
    except SuspendNotSupported:
        import textual_image.widget  # noqa: F401
    return True


def missing_library() -> str:
    """Return a text that says how to install the library that pictures need."""
    return f"Pictures need two more libraries: {install_command('pictures')}"


def _loaded(path: str, width: int, height: int) -> Picture | str:
    """Return a picture, or why it cannot be shown."""
    try:
        return load_picture(path, width, height)
    except PictureError as error:
        return f"Cannot show this picture: {safe_text(str(error))}."
    except ImportError:
        return missing_library()
