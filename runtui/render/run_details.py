"""Details of a run as lines of styled text, for the detail pane and `runtui show`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from runtui.catalog.catalog import Catalog
from runtui.catalog.columns import EDIT_MARK, status_text
from runtui.catalog.reasons import reason_text
from runtui.render.checkpoint_facts import checkpoint_facts
from runtui.render.styled import StyledLine, StyledText, status_style
from runtui.store.bookkeeping import is_bookkeeping
from runtui.store.failure import USER_REASON, FailureKind
from runtui.store.notes import note_text
from runtui.store.record import JobInfo, RecordState, RunRecord
from runtui.store.rows import FAILURE_KEYS
from runtui.store.tags import drawn_tags
from runtui.text.format import CLOCKS_DIFFER, ago_text, duration_text, short_id, size_text
from runtui.text.sanitize import safe_lines, safe_text

if TYPE_CHECKING:
    from runtui.store.details import ConfigContents, RunDetails

_BAR_WIDTH = 20  # cells
_OUT_OF_RANGE = "date out of range"
_STEP_STYLES = {"done": "good", "kept": "good", "running": "live", "failed": "error", "blocked": "warning"}
LABEL_WIDTH = 9  # cells
_MOST_LISTED = 200  # lines of a section


def run_lines(
    run: RunRecord,
    details: RunDetails | None,
    catalog: Catalog,
    now: float,
    advice: str = "",
    unfolding: str = "",
) -> list[StyledLine]:
    """Return all about a run: its state, why it failed, its parameters, then what happened, and the rest.

    Args:
        run: The row.
        details: What has been read of it; None where that is still to come.
        catalog: All runs.
        now: The time, in seconds since the epoch.
        advice: What the user can do about a run that is lost or looks dead, or ``""``.
        unfolding: How to see the values that only runtui needs, which are left out; ``""`` shows them.
    """
    status, *state = state_lines(run, advice)
    if details is None:
        return [status, *state, *fact_lines(run, catalog, now), (StyledText("reading…", "dim"),)]
    lines = [status, *failure_lines(run, details), *state]
    parameters = _parameters(details)
    lines += [*parameters, *([()] if parameters else []), *fact_lines(run, catalog, now)]
    return lines + detail_lines(run, details, catalog, now, unfolding)


def state_lines(run: RunRecord, advice: str = "") -> list[StyledLine]:
    """Return a run's status and what is the matter with it, which a row alone gives.

    Args:
        run: The row.
        advice: What the user can do about a run that is lost or looks dead, or ``""``.
    """
    lines: list[StyledLine] = [
        (StyledText(status_text(run), status_style(run)), StyledText("  "), StyledText(run.description))
    ]
    if run.stale_reason:
        what = "lost" if run.is_lost else "looks dead" if run.is_live else "in doubt"
        then = f" ({advice})" if advice else ""
        lines.append((StyledText(f"{what}: {run.stale_reason}{then}", "warning"),))
    if run.problem:
        style = "warning" if run.state is RecordState.READ else "error"
        lines += [(StyledText(problem, style),) for problem in run.problem.split("; ")]
    if run.conflict:
        lines.append((StyledText(f"{run.conflict}: set it again to resolve it", "warning"),))
    if run.edits:
        changes = "1 change" if run.edits == 1 else f"{run.edits} changes"
        where = "kept in .runtui/, beside its own files" if run.layout else "not yet written to metadata.json"
        lines.append((StyledText(f"{EDIT_MARK} {changes} {where}", "dim"),))
    for place, line in enumerate(safe_lines(note_text(run.note), _MOST_LISTED)):
        lines.append((StyledText(f"{'note' if not place else '':<{LABEL_WIDTH}}", "label"), StyledText(line)))
    return lines


def fact_lines(run: RunRecord, catalog: Catalog, now: float) -> list[StyledLine]:
    """Return a run's id, tags, times, job and writer, which a row alone gives."""
    lines: list[StyledLine] = []
    notes = ["current"] if catalog.current == run.name else []
    if run.recorded_id:
        notes.append(f"renamed, run id {safe_text(run.recorded_id.rpartition('/')[2], 80)}")
    lines.append(field_line("id", run.run_id + (f" ({', '.join(notes)})" if notes else "")))
    if run.tags:
        lines.append(field_line("tags", drawn_tags(run.tags, _MOST_LISTED)))
    if run.created is not None:
        note = ", from the file's date" if run.created_is_guess else ""
        text = _moment(run.created, now)
        if run.created - now > CLOCKS_DIFFER and text != _OUT_OF_RANGE:
            note += ": in the future, check the clock of its host"
        lines.append(field_line("created", text + note))
    if run.started is not None:
        lines.append(field_line("started", _moment(run.started, now)))
    if run.completed is not None:
        lines.append(field_line("ended", _moment(run.completed, now)))
    duration = run.duration(now)
    if duration is not None:
        lines.append(
            field_line("so far" if run.is_live and not run.is_lost else "took", duration_text(duration))
        )
    if run.job is not None:
        lines.append(field_line("job", _job_text(run.job)))
    where = "@".join(part for part in (run.user, run.host) if part)
    if where:
        lines.append(field_line("by", where))
    return lines


def _job_text(job: JobInfo) -> str:
    """Return a job as a user of its scheduler names it: ``slurm 41 RUNNING 9:58 left on node1``."""
    words = (job.system, job.job_id, job.state, job.detail, f"on {job.node}" if job.node else "")
    return " ".join(word for word in words if word)


def failure_lines(run: RunRecord, details: RunDetails) -> list[StyledLine]:
    """Return why a run failed, from its logs and from what the simulation recorded; or its warning.

    Args:
        run: The run.
        details: Its details.
    """
    earlier = _earlier_reason(run, details)
    if not run.is_failed:
        return _warning_lines(run) + ([(StyledText(reason_text(run)),)] if run.is_reason_typed else earlier)
    lines: list[StyledLine] = []
    if run.is_reason_typed and run.digest is None:
        lines.append((StyledText(reason_text(run), "error"),))
    is_said = run.stale_reason != ""  # by the overview
    if run.digest is not None and run.digest.line and not (is_said and run.digest.kind is FailureKind.LOST):
        lines.append(
            (StyledText(reason_text(run), "warning" if run.digest.kind is FailureKind.UNKNOWN else "error"),)
        )
        if run.digest.told:
            lines.append((StyledText(f"  its log says: {run.digest.told}", "warning"),))
        where = [f"in {safe_text(run.digest.log)}"] if run.digest.log else []
        where += [] if run.digest.read is None else [run.digest.read.text]
        if where:
            lines.append((StyledText(f"  {', '.join(where)}", "dim"),))
    told = run.reason if run.digest is None else run.digest.line
    lines += [
        (StyledText(value, "error"),)
        for key, value in details.extra
        if key in FAILURE_KEYS and value and value != told
    ]
    return lines + earlier


def _warning_lines(run: RunRecord) -> list[StyledLine]:
    """Return the sign in the logs of a completed run that something is wrong all the same."""
    if run.warning is None or not run.has_warning:
        return []
    return [
        (StyledText(f"warning: {run.warning.line}", "warning"),),
        (StyledText(f"  in {safe_text(run.warning.log)}", "dim"),),
    ]


def _earlier_reason(run: RunRecord, details: RunDetails) -> list[StyledLine]:
    """Return the reason that a user typed before the program set another status."""
    if run.is_reason_typed or not details.typed_reason:
        return []
    return [(StyledText(f"typed before that: {details.typed_reason}", "dim"),)]


def detail_lines(
    run: RunRecord, details: RunDetails, catalog: Catalog, now: float, unfolding: str = ""
) -> list[StyledLine]:
    """Return the sections behind the facts: steps, metadata, lineage, checkpoints, files, history.

    Args:
        run: The run.
        details: What has been read of it.
        catalog: All runs.
        now: The time, in seconds since the epoch.
        unfolding: How to see the values that only runtui needs, which are left out; ``""`` shows them.
    """
    lines: list[StyledLine] = []
    if details.git_commit:
        lines.append(field_line("commit", details.git_commit))
    lines += _steps(details)
    lines += _values("metadata", tuple(item for item in details.extra if not is_bookkeeping(*item)))
    lines += _lineage(run, details, catalog)
    lines += _checkpoints(run, details, now)
    lines += _files(details)
    lines += _history(details, has_record=not run.layout)
    bookkeeping = tuple(item for item in details.extra if is_bookkeeping(*item))
    if bookkeeping and unfolding:
        lines += _heading("bookkeeping", f"{len(bookkeeping)} values; {unfolding}")
    else:
        lines += _values("bookkeeping", bookkeeping)
    return lines


def _parameters(details: RunDetails) -> list[StyledLine]:
    lines = _values("parameters", details.params, details.params_problem)
    for config in details.configs:
        lines += _config(config)
    return lines


def _steps(details: RunDetails) -> list[StyledLine]:
    """Return the progress of a pipeline and its steps; of very many steps only those not done."""
    steps = details.steps
    if not steps:
        return []
    done = sum(step.is_done for step in steps)
    filled = done * _BAR_WIDTH // len(steps)
    lines = _heading(
        "steps", f"[{'#' * filled}{'.' * (_BAR_WIDTH - filled)}] {done:,} of {len(steps):,} done"
    )
    listed = steps if len(steps) <= _MOST_LISTED else [step for step in steps if not step.is_done]
    for step in listed[:_MOST_LISTED]:
        style = _STEP_STYLES.get(step.state, "dim")
        lines.append((StyledText(f"{step.state:<{LABEL_WIDTH}} ", style), StyledText(step.name)))
        if step.note:
            lines.append((StyledText(" " * (LABEL_WIDTH + 1)), StyledText(step.note, style)))
    if len(listed) > _MOST_LISTED:
        lines.append((StyledText(f"and {len(listed) - _MOST_LISTED:,} more not done", "dim"),))
    return lines


def _history(details: RunDetails, *, has_record: bool) -> list[StyledLine]:
    if not details.history and not details.unreadable:
        return []
    from runtui.store.edits.run_edits import UNDO, describe_change

    lines = _heading("history", "edits, newest first")
    for unreadable in details.unreadable[:_MOST_LISTED]:
        path = safe_text(unreadable.path, 200)
        lines.append((StyledText(f"cannot read {path}, so it has no effect: {unreadable.why}", "warning"),))
    for edit in list(reversed(details.history))[:_MOST_LISTED]:
        what = ", ".join(describe_change(change) for change in edit.changes)
        notes = [f"{safe_text(edit.user, 40)}@{safe_text(edit.host, 40)}"]
        if edit.action == UNDO:
            notes.append("undone")
        if edit.reason and not any(change.key == USER_REASON for change in edit.changes):
            notes.append(safe_text(edit.reason, 200))
        if has_record and not edit.is_folded:
            notes.append("not yet in metadata.json")
        lines.append((StyledText(f"{safe_text(edit.at[:19].replace('T', ' '))}  ", "dim"), StyledText(what)))
        lines.append((StyledText(" " * 21), StyledText(", ".join(notes), "dim")))
    return lines


def field_line(label: str, value: str) -> StyledLine:
    """Return a line with a label and a value."""
    return (StyledText(f"{label:<{LABEL_WIDTH}}", "label"), StyledText(value))


def _heading(title: str, note: str = "") -> list[StyledLine]:
    return [(), (StyledText(title, "heading"), StyledText(f"  {note}" if note else "", "dim"))]


def _moment(moment: float, now: float) -> str:
    try:
        text = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))
        return f"{text} ({ago_text(moment, now)})"
    except (OverflowError, ValueError, OSError):
        return _OUT_OF_RANGE


def _values(title: str, values: tuple[tuple[str, str], ...], problem: str = "") -> list[StyledLine]:
    if not values and not problem:
        return []
    lines = _heading(title)
    if problem:
        lines.append((StyledText(problem, "warning"),))
    width = min(32, max((len(key) for key, _value in values), default=0))
    lines += [(StyledText(f"{key:<{width}}  ", "label"), StyledText(value)) for key, value in values]
    return lines


def _config(config: ConfigContents) -> list[StyledLine]:
    if config.lines:
        return [*_heading(config.path), *((StyledText(line),) for line in config.lines)]
    return _values(config.path, config.values, config.problem)


def _lineage(run: RunRecord, details: RunDetails, catalog: Catalog) -> list[StyledLine]:
    """Return the lineage as a tree: ancestors from the oldest on, this run, and its descendants."""
    line = details.ancestry
    if not (line.names or line.missing or line.is_cycle or catalog.has_children(run.name)):
        return []
    lines = _heading("lineage")
    if line.missing is not None:
        lines.append((StyledText(f"{safe_text(line.missing, 80)} is not in this directory", "warning"),))
    if line.is_cycle:
        lines.append((StyledText("its parents form a circle", "warning"),))
    older = list(reversed(line.names[:_MOST_LISTED]))
    for depth, name in enumerate(older):
        lines.append(_relative(_branch(depth), name, catalog))
    lines.append(_relative(_branch(len(older)), run.name, catalog, is_this=True))
    lines += _descendants(run.name, catalog, "   " * len(older), {run.name, *line.names})
    return lines


def _branch(depth: int) -> str:
    return f"{'   ' * (depth - 1)}└─ " if depth else ""


def _descendants(name: str, catalog: Catalog, indent: str, shown: set[str]) -> list[StyledLine]:
    lines: list[StyledLine] = []
    # A stack, not recursion, since the depth is unlimited. Children are pushed in reverse order.
    waiting = _with_indents(catalog.children(name), indent)
    while waiting and len(lines) < _MOST_LISTED:
        lead, below, child = waiting.pop()
        if child in shown:
            continue
        shown.add(child)
        lines.append(_relative(lead, child, catalog))
        waiting += _with_indents(catalog.children(child), below)
    if waiting:
        lines.append((StyledText(f"{indent}…", "dim"),))
    return lines


def _with_indents(children: list[str], indent: str) -> list[tuple[str, str, str]]:
    """Return for each child, last one first, its indent, the indent of its descendants, and its name."""
    found = [(f"{indent}├─ ", f"{indent}│  ", child) for child in children]
    if found:
        found[-1] = (f"{indent}└─ ", f"{indent}   ", children[-1])
    return found[::-1]


def _relative(lead: str, name: str, catalog: Catalog, *, is_this: bool = False) -> StyledLine:
    relative = catalog.runs.get(name)
    if relative is None:
        return (StyledText(lead, "dim"), StyledText(safe_text(name)))
    return (
        StyledText(lead, "dim"),
        StyledText(f"{short_id(relative.run_id)}  ", "heading" if is_this else ""),
        StyledText(status_text(relative), status_style(relative)),
        StyledText("  this run" if is_this else f"  {relative.description}", "dim" if is_this else ""),
    )


def _checkpoints(run: RunRecord, details: RunDetails, now: float) -> list[StyledLine]:
    found, problems = details.checkpoints.found, details.checkpoints.problems
    if not (found or problems):
        return []
    lines = _heading("checkpoints", f"{len(found)}, newest first" if found else "")
    lines += [(StyledText(problem, "warning"),) for problem in problems]
    for checkpoint in list(reversed(found))[:_MOST_LISTED]:
        facts = checkpoint_facts(checkpoint, run.name, now)
        line: StyledLine = (StyledText(checkpoint.name),)
        if checkpoint.why_not:
            line = (*line, StyledText(f"  {checkpoint.why_not}", "warning"))
        if checkpoint.path is not None:
            line = (*line, StyledText(f"  {facts}", "dim"))
        lines.append(line)
    return lines


def _files(details: RunDetails) -> list[StyledLine]:
    total = size_text(details.total_size)
    more = ", and more" if details.files_left_out else ""
    lines = _heading("files", f"{len(details.files)}, {total}{more}")
    for missed in details.files_missed:
        lines.append((StyledText(missed, "warning" if " cannot be read: " in missed else "dim"),))
    for file in details.files:
        lines.append((StyledText(f"{size_text(file.size):>10}  ", "dim"), StyledText(file.path)))
    return lines
