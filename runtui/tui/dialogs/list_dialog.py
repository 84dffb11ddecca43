"""The base of dialogs with a list of rows, such as the plan or the result of an operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import ClassVar, Generic, TypeVar, overload

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from runtui.render.styled import StyledLine
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.dialogs.dialog import Dialog
from runtui.tui.widgets.bars import hint_content
from runtui.tui.widgets.row_list import RowList

T = TypeVar("T")

_BOX_PERCENT = 90
"""Height of the box in percent of the screen's, as in the style sheet."""


class LazyRows(Sequence[StyledLine]):
    """Rows that are created when they are shown.

    Args:
        count: The number of rows.
        row_at: Creates the row at a place.
    """

    def __init__(self, count: int, row_at: Callable[[int], StyledLine]) -> None:
        self._count = count
        self._row_at = row_at

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> StyledLine: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[StyledLine]: ...
    def __getitem__(self, place: int | slice) -> StyledLine | Sequence[StyledLine]:
        if isinstance(place, slice):
            return [self._row_at(one) for one in range(*place.indices(self._count))]
        return self._row_at(place)


class BoxedList(Dialog[T], Generic[T]):
    """Base of dialogs with a list of rows. Returns the user's choice, or None.

    Args:
        title: The title.
    """

    CSS_PATH = "list_dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.BOX)
    HINT: ClassVar[str] = "{key:leave} cancel"
    EMPTY: ClassVar[str] = "reading…"

    def __init__(self, title: str) -> None:
        super().__init__()
        self._heading = title
        self._says = Static(id="box-says", markup=False)
        self._hint = Static(id="box-hint", markup=False)
        self.list = RowList(self.EMPTY, id="box-list")
        self.background: Background | None = None

    def above(self) -> Iterator[Widget]:
        """Yield the widgets above the list."""
        yield self._says

    def compose(self) -> ComposeResult:
        with Vertical(id="box") as box:
            box.border_title = Content(self._heading)
            self.hint()
            yield from self.above()
            yield self.list
            yield self._hint

    def on_resize(self) -> None:
        self.call_after_refresh(self._fit)

    def _fit(self) -> None:
        """Give the list the rows that are left by the texts around it, so that the keys are always seen."""
        boxes = self.query("#box")
        if not boxes:
            return  # the dialog was closed meanwhile
        box = boxes.first()
        others = sum(
            child.outer_size.height + child.styles.margin.height
            for child in box.children
            if child is not self.list and child.display and child.styles.position != "absolute"
        )
        rows = self.size.height * _BOX_PERCENT // 100 - box.gutter.height - others
        self.list.styles.max_height = max(1, rows)

    def on_mount(self) -> None:
        self.background = Background(self)
        self.first_focus().focus()
        self.begin()

    def first_focus(self) -> Widget:
        """Return the widget that has the focus at first."""
        return self.list

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Leave the keys to the input line while the user types there, except those that end the input."""
        return not isinstance(self.focused, Input) or action in ("accept", "leave")

    def begin(self) -> None:
        """Show the content, or begin to read it."""

    def on_unmount(self) -> None:
        if self.background is not None:
            self.background.stop()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    def title_says(self, text: str) -> None:
        """Change the title."""
        self.query_one("#box").border_title = Content(text)

    def say(self, text: str) -> None:
        """Show a text above the list."""
        self._says.update(Content(text))
        self.call_after_refresh(self._fit)

    def hint(self, text: str = "") -> None:
        """Show a text below the list; by default the keys."""
        self._hint.update(Content(text) if text else hint_content(self.keys_hint))
        self.call_after_refresh(self._fit)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_close_dialog(self) -> None:
        self.action_leave()

    def action_accept(self) -> None:
        """Apply the user's choice."""

    def action_tick(self) -> None:
        """Include or exclude the row under the cursor."""
