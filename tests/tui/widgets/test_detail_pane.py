from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from textual.app import App, ComposeResult

from runtui.catalog.catalog import Catalog, CatalogUpdate, Health, SyncPhase
from runtui.settings import SavedView
from runtui.store.details import read_details
from runtui.store.record import STOP_THEM, RunRecord
from runtui.store.rows import read_record
from runtui.tui.widgets.detail_pane import DetailPane
from tests.run_dirs import write_run
from tests.tui.screen import browsing, screen_text


class Pane(App[None]):
    """A detail pane alone."""

    def __init__(self) -> None:
        super().__init__()
        self.pane = DetailPane()

    def compose(self) -> ComposeResult:
        yield self.pane


def catalog_of(*runs: RunRecord) -> Catalog:
    catalog = Catalog("/data/runs")
    catalog.apply(
        CatalogUpdate({run.name: run for run in runs}, (), Health(SyncPhase.FRESH), None, frozenset())
    )
    return catalog


async def test_row_data_is_shown_at_once_and_details_once_read(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "gas", description="a gas", solver="verlet")
    (run_dir / "run_params.json").write_text(json.dumps({"model": {"beta": 0.3}}))
    run = read_record(str(runs_dir), "gas")
    catalog = catalog_of(run)
    app = Pane()
    async with app.run_test(size=(80, 30)) as pilot:
        app.pane.show_run(run, catalog)
        await pilot.pause()
        assert "completed  a gas" in screen_text(app)
        assert "reading…" in screen_text(app)
        assert app.pane.own_keys == frozenset()
        app.pane.show_details(read_details(str(runs_dir), "gas"), catalog)
        await pilot.pause()
        assert "reading…" not in screen_text(app)
        assert "verlet" in screen_text(app)
        assert app.pane.own_keys == {"solver", "model.beta"}


async def test_details_of_a_previous_run_are_not_shown(runs_dir: Path) -> None:
    for name in ("gas", "plate"):
        write_run(runs_dir, name, description=f"a {name}", note=f"note of {name}")
    gas, plate = (read_record(str(runs_dir), name) for name in ("gas", "plate"))
    catalog = catalog_of(gas, plate)
    app = Pane()
    async with app.run_test(size=(80, 30)) as pilot:
        app.pane.show_run(gas, catalog)
        app.pane.show_run(plate, catalog)
        app.pane.show_details(read_details(str(runs_dir), "gas"), catalog)
        await pilot.pause()
        assert "a plate" in screen_text(app)
        assert "note of gas" not in screen_text(app)
        app.pane.show_details(read_details(str(runs_dir), "plate"), catalog)
        # The same run as another row keeps what was read of it.
        app.pane.show_run(plate._replace(status="failed"), catalog)
        await pilot.pause()
        assert "failed  a plate" in screen_text(app)
        assert "note of plate" in screen_text(app)


async def test_next_run_is_shown_from_its_top_and_no_run_clears_the_pane(runs_dir: Path) -> None:
    for name in ("gas", "plate"):
        run_dir = write_run(runs_dir, name, description=f"a {name}")
        (run_dir / "run_params.json").write_text(json.dumps({f"key {number}": 1 for number in range(60)}))
    gas, plate = (read_record(str(runs_dir), name) for name in ("gas", "plate"))
    catalog = catalog_of(gas, plate)
    app = Pane()
    async with app.run_test(size=(80, 20)) as pilot:
        app.pane.show_run(gas, catalog)
        app.pane.show_details(read_details(str(runs_dir), "gas"), catalog)
        await pilot.pause()
        app.pane.scroll_to(y=30, animate=False, force=True)
        await pilot.pause()
        assert "a gas" not in screen_text(app)
        app.pane.show_run(plate, catalog)
        await pilot.pause()
        assert "a plate" in screen_text(app)
        app.pane.show_run(None, catalog)
        await pilot.pause()
        assert app.pane.line_count() == 0


async def test_lost_run_shows_advice_with_its_key() -> None:
    lost = RunRecord("gas", "gas", "running", stale_reason="its process is gone", is_lost=True)
    left = lost._replace(is_lost=False, stale_reason=f"its processes are left, {STOP_THEM}")
    doubtful = lost._replace(is_lost=False, stale_reason="quiet for 2 hours")
    app = Pane()
    async with app.run_test(size=(120, 20)) as pilot:
        for run, advice in ((lost, "(L marks it failed)"), (left, " stops them)"), (doubtful, "2 hours")):
            app.pane.show_run(run, catalog_of(run))
            await pilot.pause()
            (line,) = [line for line in screen_text(app).splitlines() if run.stale_reason in line]
            assert line.rstrip(" │").endswith(advice)


async def test_heading_shows_the_summary_of_its_group(runs_dir: Path) -> None:
    now = datetime.now(UTC)
    for number, status in enumerate(("failed", "failed", "completed")):
        write_run(runs_dir, f"run-{number}", status=status, created=now - timedelta(hours=number))
    async with browsing(runs_dir, view=SavedView("", group="status"), notices=True) as user:
        await user.press("g")
        while "status = failed" not in user.cursor:
            await user.press("j")
        await user.sees("2 runs")
        await user.sees("2  ✗ failed")
        await user.sees("newest first")
