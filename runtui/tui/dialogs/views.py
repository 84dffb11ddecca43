"""The view picker: shows, saves, renames and deletes views."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import BindingType

from runtui.catalog.query.model import Query
from runtui.catalog.query.query import parse_query
from runtui.settings import SavedView, Settings, view_of
from runtui.settings.saving import SettingsEdit, put_view, remove_view, rename_view
from runtui.store.record import RunRecord
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.background import Background
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_LONGEST_NAME_CHARACTERS = 60


class ViewsScreen(ChooserScreen[SavedView]):
    """Lists the views with the current number of runs in each.

    Args:
        settings: The settings with the saved views.
        present: The current view, without a name.
        runs: All runs.
        is_read: Returns whether runs were read with these keys, so that matches of a query can be counted.
        change: Changes the settings, and returns the new ones.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.VIEWS)
    TITLE_TEXT = "Views"
    PLACEHOLDER = "type to search, or a new name to save as"
    HINT = (
        "{key:choose} open  {key:save_view} save  {key:rename_view} rename  "
        "{key:delete_view} delete  {key:cancel} cancel"
    )

    def __init__(
        self,
        settings: Settings,
        present: SavedView,
        runs: Collection[RunRecord],
        is_read: Callable[[frozenset[str]], bool],
        change: Callable[[SettingsEdit], Settings],
    ) -> None:
        super().__init__()
        self._settings = settings
        self._present = present
        self._runs = runs
        self._is_read = is_read
        self._change = change
        self._counts: dict[str, int] = {}
        self._background: Background | None = None
        self._to_rename: str | None = None
        self._to_delete: str | None = None

    def on_mount(self) -> None:
        self._background = Background(self)
        # A kind of its own for each, because a queued job is dropped for a newer one of its kind.
        for text in {view.query for view in self._settings.views}:
            query = parse_query(text)
            if self._is_read(query.keys):
                self._background.submit(
                    f"count {text}", partial(_count, query, self._runs), partial(self._take_count, text)
                )

    def on_unmount(self) -> None:
        if self._background is not None:
            self._background.stop()

    @on(Background.Finished)
    def _finish(self, message: Background.Finished) -> None:
        message.stop()
        message.action()

    def _take_count(self, query: str, count: int) -> None:
        self._counts[query] = count
        self.show_choices()

    def choices(self, typed: str) -> Sequence[Choice[SavedView]]:
        if self._to_rename is not None:
            typed = ""
        return narrowed([self._choice(view) for view in self._settings.views], typed)

    def _choice(self, view: SavedView) -> Choice[SavedView]:
        count = self._counts.get(view.query)
        figure = "" if count is None else f"{count:,}"
        return Choice(view, view.name, safe_text("  ".join(_described(view))), figure)

    @property
    def takes_digits(self) -> bool:
        return self._to_rename is None

    # Changing views

    def action_save_view(self) -> None:
        name = self._typed_name()
        if not name:
            self.say("Type a name first.")
            return
        existed = any(view.name == name for view in self._settings.own_views)
        self._make(put_view(self._present._replace(name=name)))
        self.write("")
        self.show_choices(self._place_of(name))
        self.say(f'{"Replaced" if existed else "Saved"} the view "{name}".')

    def action_rename_view(self) -> None:
        view = self._own_marked()
        if view is not None:
            self._to_rename = view.name
            self.write(view.name)
            keep = self.key("cancel")
            self.say(f'New name of "{view.name}"; {self.key("choose")} rename, {keep} keep the old name.')

    def action_delete_view(self) -> None:
        view = self._own_marked()
        if view is None:
            return
        if self._to_delete != view.name:
            self._to_delete = view.name
            self.say(f'Press {self.key("delete_view")} again to delete the view "{view.name}".')
            return
        self._make(remove_view(view.name))
        self.show_choices()
        self.say(f'Deleted the view "{view.name}".')

    def action_choose(self) -> None:
        if self._to_rename is None:
            super().action_choose()
            return
        before, name = self._to_rename, self._typed_name()
        other = view_of(self._settings.views, name)
        if not name:
            self.say("Type a name.")
        elif other is not None and other.is_own and other.name != before:
            self.say(f'A view "{other.name}" already exists.')
        else:
            self._make(rename_view(before, name))
            self._end_renaming()
            self.show_choices(self._place_of(name))

    def action_cancel(self) -> None:
        if self._to_rename is None:
            super().action_cancel()
        else:
            self._end_renaming()

    def say(self, text: str) -> None:
        if not text:
            self._to_delete = None
            if self._to_rename is not None:
                return  # the instruction stays on screen while the name is typed
        super().say(text)

    def _end_renaming(self) -> None:
        self._to_rename = None
        self.write("")
        self.say("")

    def _own_marked(self) -> SavedView | None:
        view = self.marked
        if view is not None and not view.is_own:
            self.say(f'"{view.name}" is built in; save your own view under that name to replace it.')
            return None
        return view

    def _typed_name(self) -> str:
        return safe_text(self._line.value.strip(), _LONGEST_NAME_CHARACTERS)

    def _make(self, change: SettingsEdit) -> None:
        self._settings = self._change(change)

    def _place_of(self, name: str) -> int | None:
        names = [choice.value.name for choice in self.choices("")]
        return names.index(name) if name in names else None


def _described(view: SavedView) -> Iterator[str]:
    yield view.query or "all runs"
    if view.sort:
        yield f"sort {view.sort}"
    if view.group:
        yield f"group {view.group}"
    if view.columns:
        yield f"{len(view.columns)} columns"


def _count(query: Query, runs: Collection[RunRecord]) -> int:
    return sum(map(query.matches, runs))
