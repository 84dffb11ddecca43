"""Notes: what users write about a run, in several lines, and how a row has them in one."""

from __future__ import annotations

from runtui.text.sanitize import safe_text

NOTE_KEY = "note"
"""The key of the metadata for a user's note."""

MOST_NOTE_CHARACTERS = 10_000
"""The longest note that users can write."""

_LINE_BREAK, _TAB = "␊", "␉"  # what `safe_text` makes of them


def tidy_note(text: str) -> str:
    """Return a note as it is kept: with Unix line ends, and without blanks around it or at ends of lines."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip("\n")


def note_in(value: object) -> str:
    """Return the note of a row: one line, safe to show, of which `note_text` makes the lines again.

    Args:
        value: The value in the metadata; what is no text is no note.
    """
    if not isinstance(value, str) or not value.strip():
        return ""
    return safe_text(tidy_note(value), MOST_NOTE_CHARACTERS)


def note_text(note: str) -> str:
    """Return the lines of a row's note, for editing and for programs; each line is safe to show."""
    return note.replace(_LINE_BREAK, "\n").replace(_TAB, "\t")


def note_line(note: str) -> str:
    """Return a row's note in one line for people, with a slash in place of each line break."""
    return " / ".join(filter(None, map(str.strip, note.replace(_TAB, " ").split(_LINE_BREAK))))
