"""runtui's own themes, and short names for the most common ones."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#0087ff",
    secondary="#d7afff",
    warning="#ffff00",
    error="#ff8787",
    success="#87ff5f",
    accent="#ffff00",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    text_alpha=1.0,
    variables={"text-muted": "#e4e4e4", "text-disabled": "#bcbcbc", "panel-lighten-2": "#9e9e9e"},
)
HIGH_CONTRAST_LIGHT = Theme(
    name="high-contrast-light",
    primary="#0087d7",
    secondary="#5f005f",
    warning="#5f3700",
    error="#870000",
    success="#004b00",
    accent="#5f3700",
    foreground="#000000",
    background="#ffffff",
    surface="#ffffff",
    panel="#e4e4e4",
    dark=False,
    text_alpha=1.0,
    variables={"text-muted": "#262626", "text-disabled": "#444444", "panel-lighten-2": "#5f5f5f"},
)

OWN_THEMES = (HIGH_CONTRAST, HIGH_CONTRAST_LIGHT)

FOR_FEW_COLOURS = "ansi-dark"
"""A theme with the terminal's own sixteen colours, text colour and background."""

SHORT_NAMES: Mapping[str, str] = {"dark": "textual-dark", "light": "textual-light", "ansi": FOR_FEW_COLOURS}
"""Short names of themes that the settings accept."""
