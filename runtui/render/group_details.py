"""Details of a group of runs as lines of styled text, from memory alone."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from runtui.catalog.columns import status_text
from runtui.catalog.reasons import reason_cell, reason_group, usual_reason
from runtui.render.run_details import LABEL_WIDTH, field_line
from runtui.render.styled import StyledLine, StyledText, status_style
from runtui.store.record import RunRecord
from runtui.store.tags import offered_tags
from runtui.text.format import duration_text, moment_text, short_id

_MOST_COUNTED = 5_000  # runs
_MOST_NAMED = 6  # values of a field
_MOST_LISTED = 10  # failed runs


def group_lines(title: str, runs: Sequence[RunRecord], now: float) -> list[StyledLine]:
    """Summarise a group: statuses, reasons, tags, times, and the latest failures.

    Args:
        title: The value that the runs have in common; safe to show.
        runs: The group; at most 5,000 of them are counted.
        now: Current time, in seconds since the epoch.
    """
    counted_runs = runs[:_MOST_COUNTED]
    of_all = "" if len(counted_runs) == len(runs) else f", {len(counted_runs):,} of them counted here"
    lines: list[StyledLine] = [
        (StyledText(title, "heading"), StyledText(f"  {len(runs):,} runs{of_all}", "dim"))
    ]
    statuses = Counter(StyledText(status_text(run), status_style(run)) for run in counted_runs)
    lines += [
        (StyledText(f"{count:>{LABEL_WIDTH - 2},}  "), status) for status, count in statuses.most_common()
    ]
    failed = [run for run in counted_runs if run.is_failed]
    reasons = Counter(reason for run in failed if (reason := reason_group(run)))
    lines += _reason_lines(reasons, failed)
    for label, counted in (
        ("tags", Counter(tag for run in counted_runs for tag in offered_tags(run.tags))),
        ("users", Counter(run.user for run in counted_runs if run.user)),
        ("hosts", Counter(run.host for run in counted_runs if run.host)),
    ):
        if counted:
            lines.append(field_line(label, _most_common(counted)))
    created = [run.created for run in counted_runs if run.created is not None]
    if created:
        ends = dict.fromkeys(moment_text(moment, now) for moment in (min(created), max(created)))
        lines.append(field_line("created", " to ".join(ends)))
    took = [
        duration for run in counted_runs if not run.is_live and (duration := run.duration(now)) is not None
    ]
    if took:
        middle = duration_text(statistics.median(took))
        ends = dict.fromkeys(duration_text(duration) for duration in (min(took), max(took)))
        lines.append(field_line("took", " to ".join(ends) + (f", median {middle}" if len(ends) > 1 else "")))
    if failed:
        lines += [(), (StyledText("failed", "heading"), StyledText("  newest first", "dim"))]
        failed.sort(key=lambda run: run.completed or run.created or 0.0, reverse=True)
        lines += [
            (
                StyledText(f"{short_id(run.run_id)}  ", "label"),
                StyledText(reason_cell(run) or run.description),
            )
            for run in failed[:_MOST_LISTED]
        ]
        if len(failed) > _MOST_LISTED:
            lines.append((StyledText(f"and {len(failed) - _MOST_LISTED:,} more", "dim"),))
    return lines


def _reason_lines(reasons: Counter[str], failed: Sequence[RunRecord]) -> list[StyledLine]:
    """Return the most common reasons, a line for each, as their patterns with the usual values."""
    lines: list[StyledLine] = []
    for reason, count in reasons.most_common(_MOST_NAMED):
        title = usual_reason(reason, [run for run in failed if reason_group(run) == reason])
        lines.append(field_line("" if lines else "reasons", f"{count:,} {title}"))
    if len(reasons) > _MOST_NAMED:
        lines.append(field_line("", f"and {len(reasons) - _MOST_NAMED:,} more"))
    return lines


def _most_common(counted: Counter[str]) -> str:
    named = ", ".join(f"{what} {count:,}" for what, count in counted.most_common(_MOST_NAMED))
    more = len(counted) - _MOST_NAMED
    return f"{named}, and {more:,} more" if more > 0 else named
