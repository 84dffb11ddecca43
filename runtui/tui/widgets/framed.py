"""Titles in a widget's border that can change without redrawing the content."""

from __future__ import annotations

from typing import Any, Self

from textual.content import Content
from textual.geometry import Region
from textual.widget import Widget


class Framed(Widget):
    """Base of widgets with a border whose titles change often.

    Textual redraws the whole widget whenever a title is set, even if it is unchanged.
    """

    _titles: tuple[str, str] | None = None
    _is_titled_only = False

    def show_titles(self, over: str, under: str = "") -> None:
        """Show plain texts in the upper and the lower border."""
        if (over, under) == self._titles:
            return
        self._titles = over, under
        self._is_titled_only = True
        try:
            self.border_title = Content(over)
            self.border_subtitle = Content(under) if under else None
        finally:
            self._is_titled_only = False

    def refresh(self, *regions: Region, **options: Any) -> Self:
        """Refresh as Textual does; while titles change, only the two borders."""
        if self._is_titled_only and not regions and self.is_mounted:
            width, height = self.outer_size
            left, top = self.content_offset
            regions = (Region(-left, -top, width, 1), Region(-left, height - 1 - top, width, 1))
        super().refresh(*regions, **options)
        return self
