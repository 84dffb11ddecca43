"""Text that can be read on its background, in every theme and also with sixteen colours."""

from __future__ import annotations

import re
from functools import lru_cache, partial

from rich.color import Color as RichColor
from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from textual.color import BLACK, WHITE, Color
from textual.filter import LineFilter

LEAST_CONTRAST = 4.5
"""The least ratio of the luminances of text and background by WCAG 2, level AA."""

XTERM_COLOURS = (
    *("#000000", "#cd0000", "#00cd00", "#cdcd00", "#0000ee", "#cd00cd", "#00cdcd", "#e5e5e5"),
    *("#7f7f7f", "#ff0000", "#00ff00", "#ffff00", "#5c5cff", "#ff00ff", "#00ffff", "#ffffff"),
)
"""The sixteen colours as xterm draws them."""

_BRIGHT_RED, _BRIGHT_MAGENTA = 9, 13  # numbers of colours
_ON_DARK = {0: 7, 1: _BRIGHT_RED, 4: 6, 5: _BRIGHT_MAGENTA, 8: 7, 12: 6}
_ON_LIGHT = {2: 4, 3: 5, 6: 4, 7: 0, 8: 0, 9: 1, 10: 4, 11: 5, 12: 4, 13: 5, 14: 4, 15: 0}
"""The colour for each of the sixteen that is hard to see on a dark and on a light terminal."""

_MIXED_STEPS = 20  # mixtures with black or white that are tried
_CACHED_STYLES = 4096  # several times what a screen shows
# Lines, blocks and dots may be faint: they are drawings, not text.
_DRAWING = re.compile("[\\s\u2500-\u259f\u2800-\u28ff]*")


def luminance(colour: Color) -> float:
    """Return the relative luminance of a colour from 0 to 1, as WCAG 2 defines it."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in (channel / 255 for channel in colour.rgb)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Color, other: Color) -> float:
    """Return the contrast of two colours, from 1 to 21, as WCAG 2 defines it."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def readable_colour(text: Color, background: Color) -> Color:
    """Return the colour nearest to that of a text that can be read on a background."""
    if contrast(text, background) >= LEAST_CONTRAST:
        return text
    end = max((BLACK, WHITE), key=partial(contrast, background))
    mixed = (text.blend(end, step / _MIXED_STEPS, alpha=1.0) for step in range(1, _MIXED_STEPS))
    return next((one for one in mixed if contrast(one, background) >= LEAST_CONTRAST), end)


@lru_cache(_CACHED_STYLES)
def readable_style(style: Style, background: Color, *, is_dark: bool) -> Style:
    """Return a style whose text can be read.

    Args:
        style: The style.
        background: The colour behind text whose style has no background.
        is_dark: Whether the terminal's own background, which cannot be asked for, is taken to be dark.
    """
    text, behind = style.color, style.bgcolor or background.rich_color
    if style.reverse:
        text, behind = behind, style.color or (WHITE if is_dark else BLACK).rich_color
    if text is None:
        return style
    better = _readable(text, behind, is_dark=is_dark)
    if better is text:
        return style
    return style + (Style(bgcolor=better) if style.reverse else Style(color=better))


def _readable(text: RichColor, behind: RichColor, *, is_dark: bool) -> RichColor:
    if behind.type is ColorType.DEFAULT:
        if text.number is None or text.type is not ColorType.STANDARD:
            return text
        other = (_ON_DARK if is_dark else _ON_LIGHT).get(text.number)
        return text if other is None else RichColor.from_ansi(other)
    if behind.type is ColorType.STANDARD:
        on = Color.parse(XTERM_COLOURS[behind.number or 0])
        # The user's own text colour could be any.
        if (
            text.number is not None
            and contrast(Color.parse(XTERM_COLOURS[text.number % 16]), on) >= LEAST_CONTRAST
        ):
            return text
        return RichColor.from_ansi(0 if contrast(BLACK, on) > contrast(WHITE, on) else 15)
    if text.type is not ColorType.TRUECOLOR:
        return text
    colour, on = Color.from_rich_color(text), Color.from_rich_color(behind)
    better = readable_colour(colour, on)
    return text if better is colour else better.rich_color


class ReadableText(LineFilter):
    """Makes the text of all widgets readable, whatever colours a theme mixes.

    Args:
        is_dark: Whether the theme is dark.
    """

    def __init__(self, *, is_dark: bool) -> None:
        super().__init__()
        self._is_dark = is_dark

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """Return segments with colours that can be read."""
        return [
            segment
            if segment.control or segment.style is None or _DRAWING.fullmatch(segment.text)
            else Segment(segment.text, readable_style(segment.style, background, is_dark=self._is_dark))
            for segment in segments
        ]


ON_DARK, ON_LIGHT = ReadableText(is_dark=True), ReadableText(is_dark=False)
"""The filters of dark and of light themes."""
