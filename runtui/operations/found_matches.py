"""Matches of a search in the logs of many runs, run by run in the order of the runs, as they come."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from runtui.catalog.run_key import RunDirectories
from runtui.logs.search.run_matches import MatchedLine, SearchLimits
from runtui.operations.runs_search import RunsSearch, SearchedRun, unread_text
from runtui.store.record import RunRecord

LIMITS = SearchLimits(lines=200, matches=10_000, characters=400)
"""Limits of what is kept of a run: more is seen in its log."""

MOST_LINES = 20_000
"""Matching lines that are kept of all runs."""


@dataclass
class FoundRun:
    """A run with matches.

    Attributes:
        place: Its place among the runs searched.
        run: The run, as it was then.
        total: Its matching lines so far.
        lines: Those of them that are kept.
        is_cut: Whether it has more matches that were not counted.
    """

    place: int
    run: RunRecord
    total: int = 0
    lines: list[MatchedLine] = field(default_factory=list)
    is_cut: bool = False

    def __lt__(self, other: FoundRun) -> bool:
        return self.place < other.place


class FoundMatches:
    """A search, and what it has found.

    Args:
        search: The search.
        runs: The runs that it searches.
        pattern: The pattern as typed.

    Attributes:
        found: The runs with matches, in the order of the runs searched.
        total: Matching lines of all runs.
        size: Bytes searched.
    """

    def __init__(self, search: RunsSearch, runs: Sequence[RunRecord], pattern: str) -> None:
        self.pattern = pattern
        self.found: list[FoundRun] = []
        self.total = 0
        self.size = 0
        self._search = search
        self._runs = runs
        self._by_place: dict[int, FoundRun] = {}
        self._lines = 0
        self._dropped = 0
        self._unread: Counter[str] = Counter()
        self._is_cancelled = False

    @property
    def searched(self) -> int:
        """The number of runs searched so far."""
        return self._search.given

    @property
    def of(self) -> int:
        """The number of runs to be searched."""
        return self._search.total

    @property
    def is_searching(self) -> bool:
        """Whether there is more to come."""
        return not self._search.is_done

    @property
    def is_cancelled(self) -> bool:
        """Whether the user cancelled the search before it was done."""
        return self._is_cancelled

    def silence(self) -> float:
        """Return for how many seconds nothing has come from the disk."""
        return self._search.silence()

    def cancel(self) -> None:
        """Cancel the search; what was found stays."""
        if self.is_searching:
            self._is_cancelled = True
            self._search.stop()

    def update(self, most_lines: int) -> bool:
        """Take what has come, `most_lines` at most; return whether there was anything."""
        parts = self._search.take(most_lines)
        for place, _is_last, matches in parts:
            self.size += matches.size
            self._unread.update(one.reason for one in matches.unread)
            if not matches.total:
                continue
            run = self._by_place.get(place)
            if run is None:
                run = self._by_place[place] = FoundRun(place, self._runs[place])
                insort(self.found, run)
            self.total += matches.total
            run.total += matches.total
            run.is_cut = matches.is_cut
            kept = matches.lines[: max(0, MOST_LINES - self._lines)]
            self._dropped += len(matches.lines) - len(kept)
            self._lines += len(kept)
            run.lines += kept
        return bool(parts)

    def problems(self) -> str:
        """Return what was not read or is not shown, in one line; ``""`` for nothing."""
        dropped = f"only the first {MOST_LINES:,} lines are listed" if self._dropped else ""
        return "; ".join(text for text in (unread_text(self._unread), dropped) if text)


def search_logs(directories: RunDirectories, runs: Sequence[RunRecord], pattern: str) -> FoundMatches:
    """Begin to search in the logs of runs of a catalog.

    Args:
        directories: The runs directories.
        runs: The runs.
        pattern: The text to look for, as for `compile_pattern`.

    Raises:
        PatternError: The pattern cannot be used.
        OSError: No process can be started.
    """
    places = [directories.place_of(run.name) for run in runs]
    searched = [
        SearchedRun(f"{base}/{name}", run.job is not None)
        for run, (base, name) in zip(runs, places, strict=True)
    ]
    return FoundMatches(RunsSearch(searched, pattern, LIMITS), runs, pattern)
