"""The terminal browser. The only package that imports Textual; nothing here opens a run's files."""

import os

# Textual reads this once, at import. A frame waits for up to two periods after the one before: with Textual's
# own 60 frames a second, the result of a jump was painted 37 ms after the key; with 120, after 25 ms.
if "TEXTUAL_FPS" not in os.environ:
    os.environ["TEXTUAL_FPS"] = "120"
    import textual.constants  # noqa: F401

    # Programs that the browser starts must not inherit it.
    del os.environ["TEXTUAL_FPS"]
