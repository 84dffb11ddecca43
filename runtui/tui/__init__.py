"""The browser on the terminal. The only package that knows Textual; nothing here opens a file of a run."""

import os

# Textual reads it once, when it is loaded. After one picture the next waits for up to two periods: with the
# 60 a second of Textual's own what a jump led to was painted 37 ms after the key, with 120 after 25.
if "TEXTUAL_FPS" not in os.environ:
    os.environ["TEXTUAL_FPS"] = "120"
    import textual.constants  # noqa: F401

    # Programs that the browser starts have a rate of their own.
    del os.environ["TEXTUAL_FPS"]
