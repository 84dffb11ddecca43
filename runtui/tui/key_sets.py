"""Sets of keys for users of other programs, chosen by name in the settings."""

from __future__ import annotations

from collections.abc import Mapping

KEY_SETS: Mapping[str, Mapping[str, str]] = {
    # Most of the default keys are vim's already.
    "vim": {
        "rows_down": "pagedown,ctrl+f,ctrl+d",
        "rows_up": "pageup,ctrl+b,ctrl+u",
        "next_pane": "tab,ctrl+w",
    },
    "emacs": {
        "cursor_down": "ctrl+n,down",
        "cursor_up": "ctrl+p,up",
        "cursor_first": "alt+<,home",
        "cursor_last": "alt+>,end",
        "page_down": "ctrl+v,pagedown",
        "page_up": "alt+v,pageup",
        "scroll_down": "ctrl+n,down",
        "scroll_up": "ctrl+p,up",
        "scroll_home": "alt+<,home",
        "scroll_end": "alt+>,end",
        "scroll_left": "ctrl+b,left",
        "scroll_right": "ctrl+f,right",
        "filter": "ctrl+s,/",
        "search": "ctrl+s,/",
        "find": "ctrl+s,/",
        "go_to": "alt+g,:",
        "go_to_row": "alt+g,:",
        "back": "ctrl+g,escape",
        "cancel": "ctrl+g,escape",
        "undo": "ctrl+_,u",
        "command_palette": "alt+x",
        "choose_next": "ctrl+n,down",
        "choose_previous": "ctrl+p,up",
        "row_down": "ctrl+n,down",
        "row_up": "ctrl+p,up",
        "rows_down": "ctrl+v,pagedown",
        "rows_up": "alt+v,pageup",
        "first_row": "alt+<,home",
        "last_row": "alt+>,end",
    },
}
"""The keys of actions by set, written as in the settings."""
