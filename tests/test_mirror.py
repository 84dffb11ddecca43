"""Every module has a test file of its name, or a reason why not."""

from __future__ import annotations

from pathlib import Path

import pytest

import runtui

ROOT = Path(runtui.__file__).parent
TESTS = Path(__file__).parent

DECIDE_NOTHING = {
    "__main__": "calls the command line",
    "demo/__main__": "calls the demo with the words of its command line",
    "demo/simulate": "reads its command line and calls one model's simulation",
    "layouts/base": "a protocol",
    "logs/search/task": "plain data for another process",
    "runtime/batch/run_job": "calls the supervisor inside of a job",
    "runtime/pipeline/context": "plain data for a step's function",
    "runtime/pipeline/process_entry": "calls the runner in a process without threads",
    "runtime/process/interpreter": "the words that start this Python again",
    "runtime/process/launch_entry": "calls the launch in a process without threads",
    "store/protected_keys": "one set of keys",
    "text/character_classes": "one character class",
    "tui/controllers/host": "protocols",
    "tui/preload": "imports ahead of the first key",
}
"""Modules of data or wiring alone, each with what it is."""

TESTED_ELSEWHERE = {
    "catalog/catalog": "catalog/sync/test_monitor.py",
    "catalog/query/model": "catalog/query/test_query.py",
    "catalog/sync/digest_worker": "catalog/sync/test_digests.py",
    "catalog/sync/scan_protocol": "catalog/sync/test_scan_process.py",
    "catalog/sync/scan_worker": "catalog/sync/test_scan_process.py",
    "cli/asking": "cli/test_cleaning.py",
    "tui/controllers/warning_marks": "tui/test_warnings.py",
    "cli/cleanup_folders": "cli/test_cleaning.py",
    "cli/demo": "demo/test_supervisor.py",
    "cli/executing": "runtime/pipeline/test_runner.py",
    "cli/sigint": "cli/test_slow.py",
    "demo/diffusion": "demo/test_models.py",
    "demo/epidemic": "demo/test_models.py",
    "demo/gas": "demo/test_models.py",
    "demo/model": "demo/test_models.py",
    "demo/termination": "demo/test_simulation.py",
    "formats/config/base": "formats/config/test_registry.py",
    "formats/tables/base": "formats/tables/test_text_table.py",
    "layouts/job_log": "layouts/test_job_logs.py",
    "layouts/output_log": "layouts/test_run_outputs.py",
    "logs/search/blocks": "logs/search/test_search.py",
    "logs/search/line_filter": "logs/search/test_search.py",
    "logs/search/line_numbers": "logs/search/test_search.py",
    "logs/search/regex_analysis": "logs/search/test_pattern.py",
    "logs/search/run_search_worker": "operations/test_runs_search.py",
    "logs/search/search_process": "logs/search/test_offload.py",
    "logs/search/search_worker": "logs/search/test_offload.py",
    "logs/viewport": "tui/widgets/test_log_navigator.py",
    "runtime/batch/follower": "batch/test_base.py",
    "runtime/batch/framework": "batch/test_slurm.py",
    "runtime/batch/submit": "batch/test_slurm.py",
    "runtime/pipeline/frameworks": "runtime/test_trust.py",
    "runtime/pipeline/task_runner": "runtime/batch/test_step_job.py",
    "runtime/pipeline/worker": "runtime/pipeline/test_worker_manager.py",
    "runtime/process/guard": "runtime/process/test_launch.py",
    "runtime/process/prctl": "runtime/process/test_process_tree.py",
    "runtime/process/reaper": "runtime/pipeline/test_worker_manager.py",
    "runtime/process/supervisor": "runtime/process/test_launch.py",
    "layouts/owned_file": "layouts/test_commands.py",
    "operations/resume_facts": "tui/dialogs/test_resuming.py",
    "tui/dialogs/resume_many": "tui/dialogs/test_resuming.py",
    "tui/dialogs/resume_one": "tui/dialogs/test_resuming.py",
    "tui/dialogs/row_editing": "tui/dialogs/test_resuming.py",
    "render/report_markdown": "render/test_report_html.py",
    "results/report": "cli/test_reporting.py",
    "runtime/launch_child": "tui/test_resuming_as_jobs.py",
    "store/archives": "store/test_checkpoint_faults.py",
    "store/compressed_files": "store/test_checkpoint_faults.py",
    "store/file_ends": "store/test_checkpoint_faults.py",
    "store/index_lock": "store/test_index.py",
    "store/netcdf_file": "store/test_checkpoint_faults.py",
    "store/run_directory": "store/test_manager.py",
    "store/run_finder": "store/test_manager.py",
    "store/run_keeper": "store/test_manager.py",
    "store/worker_channel": "store/test_worker_process.py",
    "catalog/exported_cells": "e2e/test_values.py",
    "tui/app": "tui/test_browser.py",
    "tui/dialogs/saving_table": "tui/controllers/test_table_export.py",
    "tui/background": "tui/test_operation_queue.py",
    "tui/controllers/metric_keys": "tui/controllers/test_column_chooser.py",
    "tui/controllers/metric_order": "tui/test_metric_columns.py",
    "tui/dialogs/cancelling": "tui/test_cancelling.py",
    "tui/dialogs/files": "tui/test_results.py",
    "tui/dialogs/logs": "tui/widgets/test_log_pane.py",
    "tui/dialogs/metrics": "tui/test_chart.py",
    "tui/controllers/log_matches": "tui/test_log_matches.py",
    "tui/metric_cells": "tui/test_metric_columns.py",
    "tui/screens/browser": "tui/test_browser.py",
    "tui/screens/chart": "tui/test_chart.py",
    "tui/screens/chart_grid": "tui/test_chart_grid.py",
    "tui/screens/comparison": "tui/test_comparing.py",
    "tui/screens/help": "tui/test_help.py",
    "tui/screens/log_matches": "tui/test_log_matches.py",
    "tui/screens/picture": "tui/test_results.py",
    "tui/screens/results": "tui/test_results.py",
    "tui/screens/table": "tui/test_results.py",
    "tui/terminal/driver": "e2e/test_terminal.py",
    "tui/widgets/chart_view": "tui/test_chart.py",
    "tui/widgets/comparison_view": "tui/test_comparing.py",
    "tui/widgets/line_drawing": "tui/widgets/test_lines_view.py",
    "tui/widgets/log_exporter": "tui/widgets/test_log_pane.py",
    "tui/widgets/log_prompt": "tui/widgets/test_log_pane.py",
    "tui/widgets/log_search": "tui/widgets/test_log_search_controller.py",
    "tui/widgets/log_view": "tui/widgets/test_log_pane.py",
    "tui/widgets/table_view": "tui/test_results.py",
}
"""Modules that are tested as a part of something, each with the file of those tests."""

TABLES_OF_RULES = {
    path.relative_to(ROOT).with_suffix("").as_posix()
    for path in (ROOT / "logs/diagnose/rules").glob("[!_]*.py")
}
"""Tables of the failure digest, which `logs/diagnose/test_rules.py` tests row by row."""

EXCEPTIONS = {*DECIDE_NOTHING, *TESTED_ELSEWHERE, *TABLES_OF_RULES}


def modules() -> set[str]:
    """Return all modules by their paths below the package, without the ending."""
    found = {path.relative_to(ROOT).with_suffix("").as_posix() for path in ROOT.rglob("*.py")}
    return {module for module in found if Path(module).name != "__init__"}


def mirrored(module: str) -> Path:
    """Return the file in which a module's tests belong."""
    return TESTS / Path(module).parent / f"test_{Path(module).name}.py"


def test_every_module_has_a_test_file_or_an_exception() -> None:
    missing = [module for module in modules() - EXCEPTIONS if not mirrored(module).exists()]
    assert sorted(missing) == []


def test_no_exception_is_obsolete() -> None:
    outlived = [module for module in EXCEPTIONS if module not in modules() or mirrored(module).exists()]
    assert sorted(outlived) == []


def test_each_module_is_excepted_once() -> None:
    assert len(EXCEPTIONS) == len(DECIDE_NOTHING) + len(TESTED_ELSEWHERE) + len(TABLES_OF_RULES)


@pytest.mark.parametrize("file", sorted(set(TESTED_ELSEWHERE.values())))
def test_substitute_test_files_contain_tests(file: str) -> None:
    assert "def test_" in (TESTS / file).read_text(encoding="utf-8")
