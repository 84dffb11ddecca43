"""The list of what can be copied of runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.text.shell import NoShellWordError, directory_word, shell_word
from runtui.tui.dialogs.picker import Choice, ChooserScreen, narrowed

_NOTHING = ""


class CopyScreen(ChooserScreen[str]):
    """Lets the user choose what is copied; ends with the text.

    Whatever it is pasted into may obey what stands in it: each id and path is one word for a shell.

    Args:
        places: The runs: of each its directory and its name there.
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
            self.write("")  # the digit that it was chosen by
            self.show_choices()
            self.say(next(choice.note for choice in self._choices if choice.value == _NOTHING))
        else:
            super().pick(value)


def _choice(label: str, texts: Sequence[str], word: Callable[[str], str]) -> Choice[str]:
    """Return what is offered of the runs: their words, a line for each, or why there is none to copy."""
    words = []
    for text in texts:
        try:
            words.append(word(text))
        except NoShellWordError as refusal:
            whose = f"{safe_text(os.path.basename(text), 40)}: " if len(texts) > 1 else ""
            return Choice(_NOTHING, label, f"cannot be copied: {whose}{refusal}")
    copied = "\n".join(words)
    return Choice(copied, label, safe_text(copied, 120))
