"""The tag dialog: tags are added and removed in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple

from textual.binding import BindingType

from runtui.store.record import RunRecord
from runtui.text.folding import folded
from runtui.text.format import run_count
from runtui.text.sanitize import safe_text
from runtui.tui.actions import Place, bindings_of
from runtui.tui.dialogs.picker import Choice, ChooserScreen
from runtui.tui.dialogs.titles import runs_in_title

_MOST_OFFERED_TAGS = 200


class Tagging(NamedTuple):
    """Tags to add and tags to remove."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


class TagScreen(ChooserScreen[Tagging]):
    """Lets the user type tags to add and to remove.

    Args:
        runs: The runs.
        every_run: All runs, whose tags are offered as completions.
    """

    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Place.TAGGING)
    PLACEHOLDER = "type tags; -tag removes"
    HINT = "{key:choose} apply  {key:complete} complete  {key:cancel} cancel"

    def __init__(self, runs: Collection[RunRecord], every_run: Iterable[RunRecord]) -> None:
        super().__init__(f"Tags of {runs_in_title(runs)}")
        self._count = len(runs)
        self._have = tag_counts(runs)
        self._everywhere = tag_counts(every_run)

    @property
    def takes_digits(self) -> bool:
        return False

    def choices(self, typed: str) -> Sequence[Choice[Tagging]]:
        words = self._line.value.split(" ")
        sign, part = _parted(words[-1])
        used = {_parted(word)[1] for word in words[:-1]}
        known = self._have if sign == "-" else self._everywhere
        found = [tag for tag in known if tag not in used and folded(part) in folded(tag)]
        found.sort(
            key=lambda tag: (
                not folded(tag).startswith(folded(part)),
                -self._have[tag],
                -self._everywhere[tag],
                tag,
            )
        )
        return [self._choice(tag, sign) for tag in found[:_MOST_OFFERED_TAGS]]

    def _choice(self, tag: str, sign: str) -> Choice[Tagging]:
        have = self._have[tag]
        note = "" if not have else "set" if self._count == 1 else f"on {have:,} of {self._count:,}"
        value = Tagging((), (tag,)) if sign == "-" else Tagging((tag,), ())
        return Choice(value, tag, note, f"{self._everywhere[tag]:,}")

    def take(self, value: Tagging) -> None:
        """Complete the tag being typed."""
        words = self._line.value.split(" ")
        sign, _part = _parted(words[-1])
        tag = (value.add + value.remove)[0]
        self.write(" ".join([*words[:-1], f"{sign}{tag}"]) + " ")
        self.show_choices(0)
        self._say_what_it_does()

    def action_complete(self) -> None:
        self.catch_up()
        if self.marked is not None:
            self.take(self.marked)

    def action_choose(self) -> None:
        wanted = self._wanted()
        if wanted.add or wanted.remove:
            self.dismiss(wanted)
        else:
            self.say("Type a tag, or -tag to remove one.")

    def typed(self) -> None:
        self._say_what_it_does()

    def _wanted(self) -> Tagging:
        words = [_parted(word) for word in self._line.value.split()]
        add = dict.fromkeys(tag for sign, tag in words if sign != "-" and tag)
        remove = dict.fromkeys(tag for sign, tag in words if sign == "-" and tag)
        return Tagging(tuple(tag for tag in add if tag not in remove), tuple(remove))

    def _say_what_it_does(self) -> None:
        wanted = self._wanted()
        parts = [
            f"adds {safe_text(tag)} to {self._of_all(self._count - self._have[tag])}" for tag in wanted.add
        ]
        parts += [f"removes {safe_text(tag)} from {self._of_all(self._have[tag])}" for tag in wanted.remove]
        self.say(f"{', '.join(parts)}\n{self.keys_hint}" if parts else "")

    def _of_all(self, count: int) -> str:
        return run_count(count) if count == self._count else f"{count:,} of {run_count(self._count)}"


def tag_counts(runs: Iterable[RunRecord]) -> Mapping[str, int]:
    """Return for each tag how many of the runs have it."""
    counts: Counter[str] = Counter()
    for run in runs:
        counts.update(run.tags)
    return counts


def _parted(word: str) -> tuple[str, str]:
    """Split a word into the sign and the tag."""
    return (word[0], word[1:]) if word[:1] in ("+", "-") else ("", word)
