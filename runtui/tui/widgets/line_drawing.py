"""The base of widgets that draw themselves line by line."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class LineDrawing(Widget):
    """Base of widgets with a `render_line` of their own.

    Their style is computed once for all lines of a frame. Textual computes it from all ancestors at each
    access, which took two fifths of the time to paint a log of 36 lines.
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
