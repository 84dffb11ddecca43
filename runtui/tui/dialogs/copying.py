"""The list of texts to copy: ids, paths and commands of runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.text.shell import NoShellWordError, directory_word, shell_word
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_NOTHING = ""


class CopyScreen(ChooserScreen[str]):
    """Lets the user choose what to copy; returns the text.

    The text may be pasted into a shell, so each id and path is quoted as one shell word.

    Args:
        places: The runs, as pairs of a runs directory and the name there.
    """

    HINT = "{key:choose} copy  {key:cancel} cancel"

    def __init__(self, places: Sequence[tuple[str, str]]) -> None:
        super().__init__(f"Copy from {run_count(len(places))}")
        names = [name for _base, name in places]
        paths = [os.path.join(os.path.abspath(base), name) for base, name in places]
        self._choices = [_choice("id", names, shell_word), _choice("path", paths, directory_word)]
        if len(paths) == 1:
            self._choices.append(_choice("cd", paths, lambda path: f"cd -- {directory_word(path)}"))

    def choices(self, typed: str) -> Sequence[Choice[str]]:
        return narrowed(self._choices, typed)

    def pick(self, value: str) -> None:
        if value == _NOTHING:
            self.write("")  # removes the digit by which it was chosen
            self.show_choices()
            self.say(next(choice.note for choice in self._choices if choice.value == _NOTHING))
        else:
            super().pick(value)


def _choice(label: str, texts: Sequence[str], word: Callable[[str], str]) -> Choice[str]:
    """Return an entry that copies a line for each run, or that says why there is nothing to copy."""
    words = []
    for text in texts:
        try:
            words.append(word(text))
        except NoShellWordError as refusal:
            whose = f"{safe_text(os.path.basename(text), 40)}: " if len(texts) > 1 else ""
            return Choice(_NOTHING, label, f"cannot be copied: {whose}{refusal}")
    copied = "\n".join(words)
    return Choice(copied, label, safe_text(copied, 120))
