from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from runtui.results.result_files import ViewerKind, find_results, kind_of
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
