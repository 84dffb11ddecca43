"""What widgets that draw themselves line by line have in common."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class LineDrawing(Widget):
    """Base of widgets with a `render_line` of their own.

    Their style is made out once for all lines that are drawn in one go. The library makes it out from all
    widgets around at each look, which for a log of 36 lines took two fifths of the time to paint them.
    """

    _base_style: Style | None = None

    @property
    def base_style(self) -> Style:
        """The widget's style, as `rich_style`."""
        return self._base_style or self.rich_style

    def render_lines(self, crop: Region) -> list[Strip]:
        """Return the lines of a part of the widget."""
        self._base_style = self.rich_style
        try:
            return super().render_lines(crop)
        finally:
            self._base_style = None
