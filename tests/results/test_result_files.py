from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from runtui.results.result_files import ViewerKind, find_results, kind_of, shown_name
from tests.run_dirs import write_run
from tests.store.children import NOBODY, output_of


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("loss.csv", ViewerKind.TABLE),
        ("LOSS.CSV", ViewerKind.TABLE),
        ("rows.jsonl", ViewerKind.TABLE),
        ("plot.png", ViewerKind.PICTURE),
        ("plot.JPEG", ViewerKind.PICTURE),
        ("state.npz", ViewerKind.OTHER),
        ("csv", ViewerKind.OTHER),
        (".csv", ViewerKind.OTHER),
        ("png", ViewerKind.OTHER),
    ],
)
def test_file_extension_determines_the_viewer(name: str, kind: ViewerKind) -> None:
    assert kind_of(name) is kind


def test_results_are_listed_by_path_with_their_size(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    (run / "results" / "plots").mkdir()
    (run / "results" / "plots" / "z.png").write_bytes(bytes(3))
    (run / "results" / "loss.csv").write_bytes(bytes(5))
    (run / "logs" / "simulation.log").touch()
    found = [(file.name, file.kind, file.size) for file in find_results(str(run))]
    assert found == [
        ("results/loss.csv", ViewerKind.TABLE, 5),
        ("results/plots/z.png", ViewerKind.PICTURE, 3),
    ]
    assert find_results(str(run))[0].modified == (run / "results" / "loss.csv").stat().st_mtime


def test_symlinked_results_are_not_listed(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "gas")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "secret.csv").touch()
    (run / "results" / "folder").symlink_to(tmp_path / "elsewhere")
    (run / "results" / "secret.csv").symlink_to(tmp_path / "elsewhere" / "secret.csv")
    assert find_results(str(run)) == []


def test_results_are_searched_to_a_limited_depth(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    folder = run / "results"
    for depth in range(9):
        (folder / f"{depth}.csv").touch()
        folder = folder / "d"
        folder.mkdir()
    depths = [int(file.name[-5]) for file in find_results(str(run))]
    assert sorted(depths) == list(range(len(depths)))
    assert 6 <= len(depths) < 9


def test_run_without_results_gives_an_empty_list(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    assert find_results(str(run)) == []
    assert find_results(str(run / "gone")) == []


def test_tables_and_pictures_beside_results_come_after_those_below(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    (run / "logs").mkdir(exist_ok=True)
    for path in (
        "a.csv", "results/z.csv", "plots/energy.png", "plots/energy.csv", "plots/deeper/no.csv", "notes.xyz",
        "run_params.json", "config.dat", "params.csv", "logs/rows.csv", "checkpoints/c.dat", ".runtui/t.csv",
        ".hidden.csv", ".git/t.csv", "0.5/t.csv", "1e-06/t.csv", "processor3/t.csv",
    ):  # fmt: skip
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_text("step,loss\n1,2\n")
    assert [file.name for file in find_results(str(run))] == [
        "results/z.csv", "a.csv", "plots/energy.csv", "plots/energy.png",
    ]  # fmt: skip


def test_names_beside_results_differ_from_those_below() -> None:
    names = ["results/a.csv", "a.csv", "plots/a.csv", "results/plots/a.csv", "results.csv"]
    assert [shown_name(name) for name in names] == [
        "a.csv", "./a.csv", "./plots/a.csv", "plots/a.csv", "./results.csv",
    ]  # fmt: skip


def test_tables_of_runs_within_a_run_are_not_its_own(runs_dir: Path) -> None:
    outer = write_run(runs_dir, "outer")
    inner = write_run(outer, "inner")
    job = outer / "b5a1"
    job.mkdir()
    (job / "signac_statepoint.json").write_text("{}")
    (outer / "plain").mkdir()
    (outer / "plain" / "run.log").write_text("done\n")
    for folder in (inner, job, outer / "plain"):
        (folder / "t.csv").write_text("a\n1\n")
    assert [file.name for file in find_results(str(outer))] == ["plain/t.csv"]


def test_what_is_not_looked_at_beside_results_is_said(runs_dir: Path, tmp_path: Path) -> None:
    run = write_run(runs_dir, "gas")
    (tmp_path / "far.csv").write_text("a\n1\n")
    (run / "far.csv").symlink_to(tmp_path / "far.csv")
    for number in range(60):
        (run / f"part_{number:02}").mkdir()
        (run / f"part_{number:02}" / "t.csv").write_text("a\n1\n")
    problems: list[str] = []
    found = find_results(str(run), problems)
    assert [file.name for file in found] == [f"part_{number:02}/t.csv" for number in range(50)]
    assert problems == [
        "only 50 of 60 folders of the run were looked at",
        "far.csv is a link, which is not followed",
    ]


def test_a_run_that_is_only_a_log_has_no_results(tmp_path: Path) -> None:
    (tmp_path / "slurm-41.out").write_text("done\n")
    problems: list[str] = []
    assert find_results(str(tmp_path / "slurm-41.out"), problems) == []
    assert problems == []


def test_unreadable_results_are_reported(public_dir: Path) -> None:
    run = write_run(public_dir, "gas")
    (run / "results" / "a.csv").write_text("1,2\n")
    (run / "results").chmod(0o700)
    code = f"""
        import os, sys
        from runtui.results.result_files import find_results
        os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
        problems = []
        print(find_results(sys.argv[1], problems), *problems)
    """
    why = "results/ cannot be read: Permission denied (ask its owner for access)"
    assert output_of(textwrap.dedent(code), run) == f"[] {why}"
