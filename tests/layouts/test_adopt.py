"""Which runs can be adopted, and what their metadata.json holds."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.layouts.adopt import adoptee, metadata_to_write, origin_of, refusal, source_of
from runtui.layouts.registry import foreign_metadata
from runtui.store.details import KNOWN_KEYS
from runtui.store.edits.run_edits import set_status
from runtui.store.errors import StoreError
from runtui.store.metadata import read_foreign_with
from runtui.store.status import RunStatus
from tests.layouts.test_slurm import make
from tests.run_dirs import write_run
from tests.store.children import NOBODY

FAILED = "ERROR: no input\n"


def test_metadata_has_the_keys_of_the_format_and_no_parameters_of_files(runs_dir: Path) -> None:
    config = {"model": {"beta": 0.3}, "status": "mine", "job_id": 7, "error": "none", "tags": 3, "nan": 1e999}
    make(runs_dir, "r", SLURM_41__out=FAILED, config__json=json.dumps(config))
    found = adoptee(str(runs_dir), "r")
    metadata = metadata_to_write(str(runs_dir), found, found.run)
    assert list(metadata)[: len(KNOWN_KEYS) - 1] == [key for key in KNOWN_KEYS if key != "resumed_from"]
    assert (metadata["run_id"], metadata["status"], metadata["layout"]) == ("r", "failed", "slurm")
    assert (metadata["tags"], metadata["checkpoints"], metadata["parent_run_id"]) == ([], [], None)
    assert (metadata["slurm_job_id"], metadata["description"]) == ("41", "")
    assert "model" not in metadata  # it stays in the file beside, from which it is read
    assert "status_derived_from" not in metadata
    assert source_of(found, found.run) == "slurm-41.out"
    assert source_of(found, found.run._replace(status="completed")) == "job 41"


def test_status_that_a_user_set_counts(runs_dir: Path) -> None:
    read_foreign_with(foreign_metadata)
    run = make(runs_dir, "r", SLURM_41__out="step 1\n")
    os.utime(run / "slurm-41.out")
    assert refusal(adoptee(str(runs_dir), "r").run) == "it is running: adopt it when it has ended"
    set_status(str(runs_dir), ["r"], RunStatus.FAILED, "the node was off")
    found = adoptee(str(runs_dir), "r")
    assert (refusal(found.run), source_of(found, found.run)) == ("", "an edit")
    assert metadata_to_write(str(runs_dir), found, found.run)["status"] == "failed"


def test_run_that_only_looks_dead_is_refused(runs_dir: Path) -> None:
    make(runs_dir, "r", SLURM_41__out="")
    run = adoptee(str(runs_dir), "r").run._replace(status="running", stale_reason="no output for 3h")
    assert refusal(run) == "it says that it is running, but no output for 3h: set its status first"


def test_what_cannot_be_adopted_says_why(runs_dir: Path) -> None:
    make(runs_dir, "r", SLURM_41__out=FAILED)
    (runs_dir / "link").symlink_to("r")
    write_run(runs_dir, "ours")
    make(runs_dir, "sources", main__c="", Makefile="")
    (runs_dir / "slurm-7.out").write_text("")
    make(runs_dir, "sealed", SLURM_42__out=FAILED).chmod(0o555)
    for name, layout, reason in (
        ("link", "", "it is a symbolic link: adopt it where it lies"),
        ("ours", "", "it has a metadata.json already"),
        ("sources", "", "not a run: no metadata.json and no known layout"),
        ("slurm-7.out", "", "it is only a log, without a directory of its own"),
        ("sealed", "", "its directory is read-only"),
        ("r", "signac", "it has none of the files of a run of signac"),
    ):
        with pytest.raises(StoreError) as refused:
            adoptee(str(runs_dir), name, layout)
        assert str(refused.value) == reason
    assert adoptee(str(runs_dir), "r", "slurm").layout.name == "slurm"
    with pytest.raises(FileNotFoundError):
        adoptee(str(runs_dir), "gone")


def test_run_with_folders_that_may_hold_runs_says_so_in_its_origin(runs_dir: Path) -> None:
    make(runs_dir, "sweep", SLURM_1__out=FAILED)
    make(runs_dir, "sweep/results", table__csv="1,2\n")
    alone = adoptee(str(runs_dir), "sweep")
    assert origin_of(alone, alone.run) == {"layout": "slurm", "status": "slurm-1.out"}
    make(runs_dir, "sweep/beta/one", SLURM_2__out=FAILED)
    holder = adoptee(str(runs_dir), "sweep")
    assert origin_of(holder, holder.run)["may_hold_runs"] is True
    assert adoptee(str(runs_dir / "sweep" / "beta"), "one").run.status == "failed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as another user")
def test_runs_of_other_users_are_refused(runs_dir: Path) -> None:
    run = make(runs_dir, "r", SLURM_41__out=FAILED)
    os.chown(run, NOBODY, NOBODY)
    with pytest.raises(StoreError, match="another user: ask its owner to adopt it"):
        adoptee(str(runs_dir), "r")
