"""``runtui adopt``."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from runtui.cli import main
from runtui.layouts.adopt import LOG_ALONE
from tests.layouts.test_slurm import make
from tests.run_dirs import write_run
from tests.store.edits.test_adoption import left
from tests.trees import everything_below


@pytest.fixture
def jobs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run of ours, and four of other programs: in a folder, live, and only a job's log."""
    write_run(runs_dir, "ours")
    make(runs_dir, "failed", job__out="ERROR: no input\n", params__json='{"beta": 0.3}')
    make(runs_dir, "sweep/well", SLURM_990002__out="Normal termination\n")
    run = make(runs_dir, "live", SLURM_990003__out="step 1\n")
    os.utime(run / "slurm-990003.out")
    make(runs_dir, "flat", SLURM_990004__out="", SLURM_990005__out="")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    monkeypatch.chdir(runs_dir)
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_dry_run_shows_the_plan_and_changes_nothing(jobs: Path, capsys) -> None:
    before = everything_below(jobs)
    code, out, err = run(capsys, "adopt", "--dry-run")
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "adopt  failed  slurm  failed (from job.out)",
        "adopt  sweep/well  slurm  completed (from slurm-990002.out)",
        "skip   live  it is running: adopt it when it has ended",
        f"skip   flat/slurm-990004.out  {LOG_ALONE}",
        f"skip   flat/slurm-990005.out  {LOG_ALONE}",
        "2 runs to adopt; 3 runs skipped",
    ]
    assert everything_below(jobs) == before


def test_adopted_run_can_be_tagged_compared_trashed_and_undone(jobs: Path, capsys) -> None:
    before = everything_below(jobs)
    code, out, err = run(capsys, "adopt", "--yes")
    assert (code, err) == (0, "")
    assert out.endswith("adopted 2 runs; to undo: `runtui undo RUN`\n")
    assert set(left(before, everything_below(jobs))) == {
        str(jobs / "failed" / "metadata.json"),
        str(jobs / "sweep" / "well" / "metadata.json"),
    }
    assert run(capsys, "adopt", "failed", "--yes")[1].startswith(
        "skip   failed  it has a metadata.json already"
    )
    undone = "failed: undid the adoption\nsweep/well: undid the adoption\n"
    assert run(capsys, "undo", "failed", "sweep/well") == (0, undone, "")
    assert left(before, everything_below(jobs)) == {}
    code, _out, err = run(capsys, "undo", "failed")
    assert (code, err) == (1, "runtui: failed: has no edit to undo\n")
    assert run(capsys, "adopt", "failed", "--yes")[0] == 0
    assert run(capsys, "tag", "failed", "+x")[0] == 0
    assert "beta" in run(capsys, "compare", "failed", "ours")[1]
    assert run(capsys, "ls", "beta=0.3 tag:x", "--columns", "id")[1] == "failed\n"
    assert run(capsys, "clean", "--run", "failed", "--yes")[0] == 0
    assert not (jobs / "failed").exists()


def test_plan_as_json(jobs: Path, capsys) -> None:
    code, out, _err = run(capsys, "adopt", "--json", "--dry-run", "failed", "live")
    plan = json.loads(out)
    assert code == 0
    assert plan["adopted"] == [
        {
            "run_id": "failed",
            "path": str(jobs / "failed"),
            "layout": "slurm",
            "status": "failed",
            "status_from": "job.out",
        }
    ]
    assert [one["run_id"] for one in plan["skipped"]] == ["live"]


def test_log_of_a_job_is_refused(jobs: Path, capsys) -> None:
    code, out, _err = run(capsys, "adopt", "flat/slurm-990004.out", "--yes")
    assert code == 1
    assert out.splitlines()[0] == (
        "skip   flat/slurm-990004.out  it is only a log: tag and mark it as it is, "
        "or move it into a directory of its own first"
    )


def test_logs_of_jobs_are_adopted_in_directories_of_their_own(jobs: Path, capsys) -> None:
    (jobs / "flat" / "well").mkdir()
    (jobs / "flat" / "slurm-990004.out").rename(jobs / "flat" / "well" / "slurm-990004.out")
    out = run(capsys, "adopt", "flat/well", "--dry-run")[1]
    assert out.splitlines()[0] == "adopt  flat/well  slurm  unknown (from slurm-990004.out)"


def test_many_logs_of_jobs_are_skipped_in_one_line(jobs: Path, capsys) -> None:
    make(jobs, "many", **{f"SLURM_{number}__out": "" for number in range(990010, 990015)})
    out = run(capsys, "adopt", "many", "--dry-run")[1]
    assert out.splitlines() == [f"skip   5 runs in many  {LOG_ALONE}", "nothing to adopt; 5 runs skipped"]
    assert len(json.loads(run(capsys, "adopt", "many", "--dry-run", "--json")[1])["skipped"]) == 5


def test_adopted_run_keeps_the_name_of_its_layout(jobs: Path, capsys) -> None:
    assert run(capsys, "adopt", "--yes")[0] == 0
    columns = ("--columns", "id,layout")
    listed = run(capsys, "ls", "layout:slurm", "-is:live", "-folder:flat", *columns)[1]
    assert sorted(line.split() for line in listed.splitlines()) == [
        ["failed", "slurm"],
        ["sweep/well", "slurm"],
    ]
    assert run(capsys, "ls", "layout:none", *columns)[1].split() == ["ours"]
    assert json.loads(run(capsys, "show", "failed", "--json")[1])["layout"] == "slurm"


def test_log_of_a_job_is_tagged_marked_and_undone(jobs: Path, capsys) -> None:
    log = "flat/slurm-990004.out"
    assert run(capsys, "tag", log, "flat/slurm-990005.out", "+x")[0] == 0
    assert run(capsys, "mark", log, "failed", "--reason", "wrong mesh")[0] == 0
    assert run(capsys, "ls", "tag:x", "reason:mesh", "--columns", "id")[1] == f"{log}\n"
    assert "wrong mesh" in run(capsys, "show", log)[1]
    assert run(capsys, "undo", log)[0] == 0
    out = run(capsys, "undo", log, "flat/slurm-990005.out")[1]
    assert [line.split(" (kept")[0] for line in out.splitlines()] == [
        'flat/slurm-990004.out: tags ["x"] → (nothing)',
        'flat/slurm-990005.out: tags ["x"] → (nothing)',
    ]
    assert run(capsys, "ls", "tag:x")[1] == ""
    assert run(capsys, "undo", log)[2] == f"runtui: {log}: has no edit to undo\n"


def test_log_of_a_job_is_not_trashed(jobs: Path, capsys) -> None:
    log = "flat/slurm-990004.out"
    code, out, _err = run(capsys, "clean", "--run", log, "--yes")
    assert (code, out.splitlines()) == (
        0,
        [
            f"keep  {log}  0 Bytes in 0 files  "
            "it is only a log, without a directory of its own: delete it yourself",
            "nothing to move; 1 run kept",
        ],
    )
    assert (jobs / log).is_file()


def test_layout_limits_what_is_adopted(jobs: Path, capsys) -> None:
    make(jobs, "job", signac_statepoint__json='{"a": 1}', SLURM_990008__out="Normal termination\n")
    code, out, _err = run(capsys, "adopt", "--layout", "signac", "--yes")
    assert (code, out.splitlines()[0]) == (0, "adopt  job  signac  completed (from slurm-990008.out)")
    assert run(capsys, "undo", "job")[0] == 0
    assert (
        "adopt  job  slurm  completed (from slurm-990008.out)"
        in run(capsys, "adopt", "--layout", "slurm", "--dry-run")[1]
    )
    code, out, _err = run(capsys, "adopt", "failed", "--layout", "signac")
    assert (code, out.splitlines()[0]) == (1, "skip   failed  it has none of the files of a run of signac")
    assert "invalid choice: 'nosuch'" in run(capsys, "adopt", "--layout", "nosuch")[2]


def test_nobody_is_asked_without_a_terminal(jobs: Path, capsys) -> None:
    before = everything_below(jobs)
    code, _out, err = run(capsys, "adopt")
    assert (code, err) == (1, "runtui: cannot ask, input is not a terminal: use --yes to confirm\n")
    assert everything_below(jobs) == before


def test_directory_that_is_missing_is_said(jobs: Path, capsys) -> None:
    code, _out, err = run(capsys, "adopt", "nosuch")
    assert code == 1
    assert "there is no directory nosuch" in err


def test_directory_without_runs_is_skipped_with_the_reason(jobs: Path, capsys) -> None:
    make(jobs, "notes", a__txt="")
    code, out, _err = run(capsys, "adopt", "notes", "sweep", "--dry-run")
    assert code == 0
    assert "skip   notes  not a run: no metadata.json and no known layout" in out.splitlines()
    assert run(capsys, "adopt", "notes")[0] == 1


def test_run_is_named_as_in_other_subcommands(
    jobs: Path, capsys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("sweep/well", "well"):
        assert run(capsys, "adopt", name, "--dry-run")[1].splitlines()[1] == "1 run to adopt"


def test_nothing_is_left_to_adopt(runs_dir: Path, capsys) -> None:
    write_run(runs_dir, "ours")
    assert run(capsys, "adopt", str(runs_dir)) == (0, "nothing to adopt\n", "")


def test_doctor_proposes_to_adopt(jobs: Path, capsys) -> None:
    out = run(capsys, "doctor")[1]
    assert ".: 3 runs of other programs have no metadata.json: `runtui adopt` writes it\n" in out


@pytest.mark.parametrize(
    ("words", "expected"), [("adopt --layout sig", "signac"), ("adopt --dry", "--dry-run"), ("ado", "adopt")]
)
def test_words_are_completed(words: str, expected: str, capsys) -> None:
    _code, out, _err = run(capsys, "completion", "fish", "runtui", *words.split(" "))
    assert expected in out
