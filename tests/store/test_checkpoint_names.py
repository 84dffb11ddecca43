"""Checkpoints counted by the names in their folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runtui.formats.config.value_reader import parameter_values
from runtui.store.checkpoint_names import (
    CHECKPOINT_FILES,
    checkpoints_beside,
    count_unlisted,
    holds_checkpoints,
    is_checkpoint_name,
)
from runtui.store.rows import read_record
from tests.run_dirs import write_raw, write_run
from tests.store.children import output_as_nobody

LISTED = [
    {"name": "first", "path": "checkpoints/c1"},
    {"name": "c2"},
    {"path": "/old/runs/a/checkpoints/d/c3"},
]


@pytest.mark.parametrize(
    ("names", "listed", "count"),
    [
        ([], None, 0),
        (["melt.100.restart", "melt.200.restart"], [], 2),
        (["c1", "c2", "d", "c4"], LISTED, 1),
        ([".hidden", "s.tmp", "tmp-s", "s~"], [], 0),
        (["step-1.npz", "step-1.md5", "latest", "README"], [], 1),
        (["state.json", "info.txt"], [], 2),
        (["info.txt"], LISTED, 0),
        (["c1"], ["no object", {"name": 7, "path": None}], 1),
        (["c1"], "no list", 1),
    ],
)
def test_what_metadata_does_not_list_is_counted(
    tmp_path: Path, names: list[str], listed: Any, count: int
) -> None:
    (tmp_path / "checkpoints").mkdir()
    for name in names:
        (tmp_path / "checkpoints" / name).touch()
    assert count_unlisted(str(tmp_path), listed) == count


def test_a_folder_that_is_missing_has_none_and_one_that_is_lost_is_said(tmp_path: Path) -> None:
    assert count_unlisted(str(tmp_path), []) == 0
    (tmp_path / "checkpoints").symlink_to("gone")
    assert count_unlisted(str(tmp_path), []) == "checkpoints/ is a link to nothing"
    (tmp_path / "checkpoints").unlink()
    (tmp_path / "checkpoints").touch()
    assert count_unlisted(str(tmp_path), []) == "checkpoints/ cannot be read: Not a directory"


def test_a_folder_that_may_not_be_read_is_said(public_dir: Path) -> None:
    (write_run(public_dir, "a") / "checkpoints").chmod(0)
    code = """
        import sys
        from runtui.store.checkpoint_names import count_unlisted
        print(count_unlisted(sys.argv[1], []))
    """
    assert output_as_nobody(code, public_dir / "a").startswith(
        "checkpoints/ cannot be read: Permission denied"
    )


def test_a_run_is_looked_at_only_when_it_is_asked_for(runs_dir: Path) -> None:
    run = write_run(runs_dir, "a", checkpoints=[{"name": "c1", "path": "checkpoints/c1"}], beta=0.3)
    for name in ("c1", "c2"):
        (run / "checkpoints" / name).touch()
    write_raw(runs_dir, "broken", b"[]")
    (runs_dir / "broken" / "checkpoints" / "c1").touch()
    keys = frozenset({CHECKPOINT_FILES, "beta"})
    found = read_record(str(runs_dir), "a", keys=keys, values_from=parameter_values)
    assert found.values == {CHECKPOINT_FILES: 1, "beta": 0.3}
    assert read_record(str(runs_dir), "broken", keys=keys).values == {CHECKPOINT_FILES: 1}
    found = read_record(str(runs_dir), "a", keys=frozenset({"beta"}), values_from=parameter_values)
    assert found.values == {"beta": 0.3}


@pytest.mark.parametrize(
    "name",
    [
        "melt.1000.restart", "melt.restart.2000", "restart.equil", "restart.1000.gz", "proj-1.restart",
        "proj-1.restart.bak-1", "job-1.restart", "state.cpt", "state_prev.cpt", "water.chk", "chkfile",
        "chk_0001", "chk.h5", "last.ckpt", "epoch=3-step=400.ckpt", "model.ckpt-1000.data-00000-of-00001",
        "best.pt", "model_12.pth", "checkpoint", "checkpoint_12.npz", "checkpoint.json", "ckpt_4.bin",
        "WAVECAR", "model-checkpoint.h5", "weights.05.hdf5", "run_restart_10.h5", "sedov_hdf5_chk_0001",
        "calc_fv_restart.gsd", "my_restart0100.nc", "classifier.h5", "best_model.keras", "encoder_12.h5",
        "h2-RESTART.wfn", "h2.movecs", "water.gbw", "md.rst7", "prod1.rst", "md_1.rst", "REVCON",
        "pickup.0000000010.data",
        "wrfrst_d01_2020-01-01_00:00:00", "melt.restart.tmp", "state.cpt~", "best.pt.part",
    ],
)  # fmt: skip
def test_usual_names_of_checkpoints_are_known(name: str) -> None:
    assert is_checkpoint_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "restart.sh", "restart.py", "in.restart", "restart.in", "restart.inp", "restart.mdp", "md.restart.in",
        "log.restart", "restart.log", "restart.out", "slurm-12.ckpt", "checkpoint.py", "checkpoint.cpp",
        "chk.f90", "chkinput.sbatch", "checkpoints.txt", "checkpoint.yaml", "train.pt", "dataset.pt",
        "val_data.pt", "data.h5", "results.h5", "md.mdp", "topol.tpr", "POSCAR", "WAVECAR.png", ".last.ckpt",
        "README.rst", "index.rst", "T.0000000010.data",
        "job.o123", "checkpoint.o123", "restart", "model_results.h5", "restart.csv",
        "energies.csv", "checkpoint.sha256",
    ],
)  # fmt: skip
def test_inputs_scripts_logs_and_tables_are_no_checkpoints(name: str) -> None:
    assert not is_checkpoint_name(name)


def beside(run: Path, *paths: str) -> list[str]:
    for path in paths:
        (run / path).parent.mkdir(parents=True, exist_ok=True)
        (run / path).write_text("state")
    return sorted(found.path for found in checkpoints_beside(str(run)))


def test_checkpoints_are_found_in_the_run_and_in_the_folders_of_programs(tmp_path: Path) -> None:
    assert beside(
        tmp_path, "a.cpt", "checkpoints/no", "checkpoint-500/model.bin", "chk00010/Header", "e=1.ckpt/mp.pt",
        "ckpt/step_1.npz", "ckpt/step_2.npz", "ckpt/readme.txt", "checkpoint/model.bin", "checkpoint/opt.bin",
        "version_0/checkpoints/last.ckpt", "version_0/checkpoints/epoch=1-step=9.ckpt", "version_0/m.csv",
        "lightning_logs/version_3/checkpoints/last.ckpt", "other/b.cpt", "checkpoint_code/c.py",
    ) == [
        "a.cpt", "checkpoint", "checkpoint-500", "chk00010", "ckpt/step_1.npz", "ckpt/step_2.npz", "e=1.ckpt",
        "lightning_logs/version_3/checkpoints/last.ckpt", "version_0/checkpoints/epoch=1-step=9.ckpt",
        "version_0/checkpoints/last.ckpt",
    ]  # fmt: skip


def test_those_beside_are_counted_unless_they_are_listed(tmp_path: Path) -> None:
    beside(tmp_path, "a.cpt", "b.cpt", "c.cpt.tmp", "restart.sh", "checkpoints/d.npz", "ckpt/1.npz")
    assert count_unlisted(str(tmp_path), None) == 4
    assert count_unlisted(str(tmp_path), [{"name": "a", "path": "a.cpt"}]) == 3


def test_folders_beyond_the_budget_are_said(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"version_{number}" / "checkpoints").mkdir(parents=True)
        (tmp_path / f"version_{number}" / "checkpoints" / "last.ckpt").touch()
    problems: list[str] = []
    found = {name.path.partition("/")[0] for name in checkpoints_beside(str(tmp_path), problems)}
    assert found == {f"version_{number}" for number in range(10, 60)}
    assert problems == ["only 50 of 60 version_ folders were looked into"]
    assert count_unlisted(str(tmp_path), []) == problems[0]


def test_a_run_that_is_only_a_log_has_no_checkpoints(tmp_path: Path) -> None:
    (tmp_path / "slurm-1.out").touch()
    assert count_unlisted(str(tmp_path / "slurm-1.out"), None) == 0
    assert not holds_checkpoints(str(tmp_path / "slurm-1.out"))
    assert not holds_checkpoints(str(tmp_path / "gone"))


def test_a_run_whose_listing_is_denied_may_hold_checkpoints(public_dir: Path) -> None:
    (write_run(public_dir, "a") / "checkpoints").rmdir()
    (public_dir / "a").chmod(0o711)
    code = """
        import sys
        from runtui.store.checkpoint_names import count_unlisted, holds_checkpoints
        print(holds_checkpoints(sys.argv[1]), count_unlisted(sys.argv[1], []))
    """
    expected = "True the run's directory cannot be read: Permission denied"
    assert output_as_nobody(code, public_dir / "a").startswith(expected)
