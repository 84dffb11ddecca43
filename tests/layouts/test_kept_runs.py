"""What the plan of a cleanup says of runs of other programs."""

from __future__ import annotations

from pathlib import Path

from runtui.layouts.kept_runs import with_advice
from runtui.store.cleanup.plan import CleanupPlan, Decision
from tests.run_dirs import write_run


def test_runs_of_other_programs_are_to_be_adopted_first(runs_dir: Path) -> None:
    write_run(runs_dir, "ours")
    (runs_dir / "case").mkdir()
    (runs_dir / "case" / "config.yaml").write_text("a: 1\n")
    (runs_dir / "case" / "run.log").write_text("step 1\n")
    (runs_dir / "link").symlink_to("case")
    (runs_dir / "slurm-41.out").write_text("step 1\n")
    names = ("ours", "case", "link", "slurm-41.out", "missing")
    plan = CleanupPlan((), tuple(Decision(name, "kept") for name in names))
    assert [(one.name, one.reason) for one in with_advice(str(runs_dir), plan, "a").kept_back] == [
        ("ours", "kept"),
        ("case", "it is a run of another program: adopt it first (a)"),
        ("link", "kept"),
        ("slurm-41.out", "it is only a log, without a directory of its own: delete it yourself"),
        ("missing", "kept"),
    ]
