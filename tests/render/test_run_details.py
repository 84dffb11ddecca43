from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health, SyncPhase
from runtui.render.run_details import (
    detail_lines,
    fact_lines,
    failure_lines,
    field_line,
    run_lines,
    state_lines,
)
from runtui.render.styled import StyledLine
from runtui.store.details import read_details
from runtui.store.edits.run_edits import edit_tags
from runtui.store.failure import FailureKind, FailureSummary, ReadShare
from runtui.store.record import RunRecord
from runtui.store.rows import read_record
from tests.run_dirs import write_run

NOW = 1_795_262_400.0  # seconds since the epoch
RUN = RunRecord("gas", "gas", "running", "a gas")


def catalog_of(*runs: RunRecord, current: str | None = None) -> Catalog:
    catalog = Catalog("/data/runs")
    found = {run.name: run for run in runs}
    catalog.apply(CatalogUpdate(found, (), Health(SyncPhase.FRESH), current, frozenset()))
    return catalog


def plain(lines: Sequence[StyledLine]) -> list[str]:
    return ["".join(span.text for span in line).rstrip() for line in lines]


def overview(run: RunRecord, advice: str = "", current: str | None = None) -> list[str]:
    return plain([*state_lines(run, advice), *fact_lines(run, catalog_of(run, current=current), NOW)])


def details_of(base: Path, name: str) -> list[str]:
    runs = [read_record(str(base), each) for each in sorted(os.listdir(base))]
    run = next(each for each in runs if each.name == name)
    return plain(run_lines(run, read_details(str(base), name), catalog_of(*runs), NOW))


def section(lines: list[str], title: str) -> list[str]:
    begin = next(place for place, line in enumerate(lines) if line.split("  ")[0] == title)
    rest = lines[begin + 1 :]
    return rest[: rest.index("")] if "" in rest else rest


def test_lost_reason_is_shown_only_once(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="running")
    reason = "its process 4711 is gone"
    digest = FailureSummary(FailureKind.LOST, reason, "logs/simulation.log")
    lost = RUN._replace(stale_reason=reason, is_lost=True, digest=digest)
    lines = overview(lost, "`runtui mark` sets it to failed")
    lines += plain(failure_lines(lost, read_details(str(runs_dir), "gas")))
    assert lines[1] == f"lost: {reason} (`runtui mark` sets it to failed)"
    assert sum(reason in line for line in lines) == 1


def test_lost_run_with_an_error_in_its_log_shows_the_error(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="running")
    digest = FailureSummary(FailureKind.OOM, "out of memory", "logs/simulation.log")
    lost = RUN._replace(stale_reason="its process is gone", is_lost=True, digest=digest)
    lines = failure_lines(lost, read_details(str(runs_dir), "gas"))
    assert plain(lines) == ["oom: out of memory", "  in logs/simulation.log"]
    assert lines[0][0].style == "error"


def test_how_much_of_the_logs_was_read_is_said_where_most_was_not(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="failed")
    digest = FailureSummary(FailureKind.OOM, "killed", "logs/a.log", read=ReadShare(65_536, 5 << 20, 6, 64))
    failed = RUN._replace(status="failed", digest=digest)
    assert plain(failure_lines(failed, read_details(str(runs_dir), "gas")))[1] == (
        "  in logs/a.log, read 64.0 KiB of 5.0 MiB, 6 of 64 logs"
    )


def test_a_run_that_may_be_dead_is_not_called_lost() -> None:
    assert overview(RUN._replace(stale_reason="quiet for 2 hours"))[1] == "looks dead: quiet for 2 hours"


def test_recorded_failure_is_not_repeated_after_the_digest(runs_dir: Path) -> None:
    write_run(runs_dir, "gas", status="failed", error="beds: 0")
    details = read_details(str(runs_dir), "gas")
    failed = RUN._replace(status="failed")
    assert plain(failure_lines(failed, details)) == ["beds: 0"]
    said = failed._replace(digest=FailureSummary(FailureKind.EXCEPTION, "beds: 0"))
    assert plain(failure_lines(said, details)) == ["exception: beds: 0"]
    other = failed._replace(digest=FailureSummary(FailureKind.OOM, "out of memory"))
    assert plain(failure_lines(other, details)) == ["oom: out of memory", "beds: 0"]
    assert failure_lines(RUN._replace(status="completed"), details) == []


def test_overview_omits_unknown_fields() -> None:
    assert overview(RUN) == ["● running  a gas", "id       gas"]
    full = RUN._replace(
        status="completed",
        tags=("prod",),
        created=NOW - 120,
        started=NOW - 90,
        completed=NOW - 30,
        user="alice",
        host="node17",
        edits=2,
    )
    lines = overview(full, current="gas")
    assert lines[1] == "↑ 2 changes not yet written to metadata.json"
    foreign = overview(full._replace(layout="hydra"))
    assert foreign[1] == "↑ 2 changes kept in .runtui/, beside its own files"
    assert lines[2] == "id       gas (current)"
    assert lines[3].split() == ["tags", "prod"]
    assert lines[-2:] == ["took     1m00s", "by       alice@node17"]


def test_guessed_date_is_marked_and_gives_no_duration() -> None:
    lines = overview(RUN._replace(created=NOW - 90, created_is_guess=True))
    assert lines[-1].startswith("created ")
    assert lines[-1].endswith(", from the file's date")


def test_a_live_run_has_a_duration_so_far() -> None:
    assert "so far   1m30s" in overview(RUN._replace(started=NOW - 90))


def test_a_lost_run_took_until_its_end() -> None:
    lost = RUN._replace(started=NOW - 90, completed=NOW - 30, is_lost=True, stale_reason="gone")
    assert "took     1m00s" in overview(lost)


def test_date_out_of_range_is_reported() -> None:
    assert "created  date out of range" in overview(RUN._replace(created=1e20))


def test_lineage_tree_tolerates_a_circle_of_parents(runs_dir: Path) -> None:
    write_run(runs_dir, "a", description="the first", parent_run_id="c")
    write_run(runs_dir, "b", description="the second", parent_run_id="a")
    write_run(runs_dir, "c", description="the third", parent_run_id="b")
    lines = section(details_of(runs_dir, "b"), "lineage")
    assert lines[0] == "its parents form a circle"
    assert sum("this run" in line for line in lines) == 1
    assert len(lines) == 4


def test_missing_parent_is_named(runs_dir: Path) -> None:
    write_run(runs_dir, "child", parent_run_id="gone")
    assert section(details_of(runs_dir, "child"), "lineage")[0] == "gone is not in this directory"


def test_checkpoints_are_newest_first_with_size_or_file_missing(runs_dir: Path) -> None:
    listed = [{"name": f"step-{number}", "path": f"checkpoints/{number}"} for number in (1, 2)]
    run = write_run(runs_dir, "gas", checkpoints=listed)
    (run / "checkpoints" / "1").write_bytes(b"x" * 2048)
    missing, found = section(details_of(runs_dir, "gas"), "checkpoints")
    assert missing == "step-2  file missing"
    assert found.startswith("step-1  2.0 KiB, ")


def test_unreadable_parameters_show_the_problem_in_their_section(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    (run / "run_params.json").write_text("{")
    (problem,) = section(details_of(runs_dir, "gas"), "parameters")
    assert "run_params.json" in problem


def test_edits_of_a_foreign_run_do_not_wait_for_a_record(runs_dir: Path) -> None:
    write_run(runs_dir, "r", status="running")  # whose record is left alone
    edit_tags(str(runs_dir), ["r"], ["x"], [])
    run = read_record(str(runs_dir), "r")
    details = read_details(str(runs_dir), "r")
    ours, foreign = (
        plain(detail_lines(one, details, catalog_of(one), NOW))[-1]
        for one in (run, run._replace(layout="hydra"))
    )
    assert ours.endswith(", not yet in metadata.json")
    assert foreign == ours.removesuffix(", not yet in metadata.json")


def test_long_key_is_apart_from_its_value(runs_dir: Path) -> None:
    long = "FORCE_EVAL.MM.FORCEFIELD.NONBONDED.RCUT"
    run_dir = write_run(runs_dir, "r")
    (run_dir / "run_params.json").write_text(f'{{"a": 1, "{long}": 8.5}}')
    lines = details_of(runs_dir, "r")
    assert f"{long}  8.5" in lines
    assert f"{'a':<32}  1" in lines


def test_labels_are_padded_to_one_width() -> None:
    assert field_line("id", "gas")[0].text == "id       "


def test_parameters_come_first_and_bookkeeping_last_or_folded(runs_dir: Path) -> None:
    write_run(
        runs_dir, "gas", status="failed", machine="big", git_dirty=None, process={"pid": 7, "boot_id": "x"}
    )
    (runs_dir / "gas" / "run_params.json").write_text('{"beta": 0.3}')
    run = read_record(str(runs_dir), "gas")
    details = read_details(str(runs_dir), "gas")
    lines = plain(run_lines(run, details, catalog_of(run), NOW))
    titles = [lines.index(title) for title in ("parameters", "metadata", "bookkeeping")]
    assert titles == sorted(titles)
    assert lines.index("beta  0.3") < lines.index("id       gas")
    assert section(lines, "metadata") == ["machine  big"]
    assert section(lines, "bookkeeping") == [
        "git_dirty        null",
        "process.pid      7",
        "process.boot_id  x",
    ]
    folded = plain(run_lines(run, details, catalog_of(run), NOW, unfolding="z shows them"))
    assert "bookkeeping  3 values; z shows them" in folded
    assert not any("boot_id" in line for line in folded)
