"""Titles in a widget's frame that can change without all that is inside being drawn anew."""

from __future__ import annotations

from typing import Any, Self

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Framed(Widget):
    """Base of widgets with a border whose titles change often.

    The library draws the whole widget anew for a title, even for one that says what it said before.
    """

    _titles: tuple[str, str] | None = None
    _is_titled_only = False

    def show_titles(self, over: str, under: str = "") -> None:
        """Show plain texts in the upper and the lower edge."""
        if (over, under) == self._titles:
            return
        self._titles = over, under
        self._is_titled_only = True
        try:
            self.border_title = Content(over)
            self.border_subtitle = Content(under) if under else None
        finally:
            self._is_titled_only = False

    def refresh(self, *regions: Region, **wanted: Any) -> Self:
        """As in the library; of a widget whose titles change only the two edges."""
        if self._is_titled_only and not regions and self.is_mounted:
            width, height = self.outer_size
            left, top = self.content_offset
            regions = (Region(-left, -top, width, 1), Region(-left, height - 1 - top, width, 1))
        super().refresh(*regions, **wanted)
        return self
