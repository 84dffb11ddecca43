"""The browser on the terminal. The only package that knows Textual; nothing here opens a file of a run."""

import os

from textual import constants

# Textual reads it once, when its screens are loaded. After one picture the next waits for up to two
# periods: with its 60 a second what a jump led to was painted 37 ms after the key, with 120 after 25.
if "TEXTUAL_FPS" not in os.environ:
    constants.MAX_FPS = 120  # type: ignore[misc]
