from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from runtui.cli import main
from tests.layouts.test_slurm import make
from tests.run_dirs import write_run


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three runs that ended an hour ago and one that runs."""
    for name in ("aa", "ab", "b"):
        run = write_run(runs_dir, name, tags=["old"], created="2026-11-21T01:00:00Z")
        os.utime(run / "metadata.json", (time.time() - 3600,) * 2)
    write_run(runs_dir, "live", status="running", created="2026-11-21T02:00:00Z")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def listed(capsys, name: str) -> dict:
    return json.loads(run(capsys, "ls", "--json", f"id:{name}")[1])[0]


def test_tag_adds_and_removes_on_several_runs_at_once(runs: Path, capsys) -> None:
    code, out, err = run(capsys, "tag", "aa", "b", "+new", "-old", "+prod")
    assert (code, err) == (0, "")
    assert out == "aa: tags +new +prod -old\nb: tags +new +prod -old\n"
    for name in ("aa", "b"):
        assert json.loads((runs / name / "metadata.json").read_text())["tags"] == ["new", "prod"]
    assert listed(capsys, "ab")["tags"] == ["old"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["aa", "--", "-old", "+-C"], "aa: tags +-C -old\n"),
        (["--", "aa", "-old", "+new"], "aa: tags +new -old\n"),
        (["--", "-x", "+a", "-old"], "-x: tags +a -old\n"),
        (["--json", "--", "-x", "-old"], '"-x"'),
        (["aa", "b", "--", "+--json", "+-h"], "aa: tags +--json +-h\nb: tags +--json +-h\n"),
        (["aa", "--old2", "--", "+x"], "aa: tags +x\n"),
    ],
)
def test_tag_accepts_no_options_after_two_dashes(runs: Path, capsys, words: list[str], said: str) -> None:
    write_run(runs, "-x", tags=["old"], created="2026-11-21T01:00:00Z")
    os.utime(runs / "-x" / "metadata.json", (time.time() - 3600,) * 2)
    code, out, err = run(capsys, "tag", *words)
    assert (code, err) == (0, "")
    assert said in out


def test_tag_that_looks_like_an_option_is_removed_after_two_dashes(runs: Path, capsys) -> None:
    write_run(runs, "c", tags=["h", "-json", "C"], created="2026-11-21T01:00:00Z")
    assert run(capsys, "tag", "c", "--", "-h", "--json", "-C")[0] == 0
    assert listed(capsys, "c")["tags"] == []


def test_tag_after_two_dashes_needs_a_run(runs: Path, capsys) -> None:
    assert run(capsys, "tag", "--", "-y", "+a") == (
        1,
        "",
        "runtui: no run id begins with '-y': list the runs with `runtui ls`\n",
    )
    assert run(capsys, "tag", "--")[0] == 2


def test_tag_on_a_live_run_is_shown_by_ls_and_show(runs: Path, capsys) -> None:
    before = (runs / "live" / "metadata.json").read_bytes()
    code, out, _err = run(capsys, "tag", "live", "+new")
    assert code == 0
    assert "not yet in metadata.json: the run is running" in out
    assert (runs / "live" / "metadata.json").read_bytes() == before
    assert listed(capsys, "live")["tags"] == ["new"]
    assert "● running↑" in run(capsys, "ls", "tag:new")[1]
    assert "tags     new" in run(capsys, "show", "live")[1]


def test_mark_sets_status_and_reason_and_undo_reverts_it(runs: Path, capsys) -> None:
    before = (runs / "aa" / "metadata.json").read_bytes()
    code, out, _err = run(capsys, "mark", "aa", "failed", "--reason", "wrong field")
    assert (code, out) == (0, 'aa: status "completed" → "failed", reason (nothing) → "wrong field"\n')
    assert listed(capsys, "aa")["status"] == "failed"
    os.utime(runs / "aa" / "metadata.json", (time.time() - 3600,) * 2)
    code, out, _err = run(capsys, "undo", "aa")
    assert (code, out) == (0, 'aa: reason "wrong field" → (nothing), status "failed" → "completed"\n')
    assert (runs / "aa" / "metadata.json").read_bytes() == before
    history = json.loads(run(capsys, "show", "aa", "--json")[1])["history"]
    assert [(edit["action"], edit["reason"], edit["in_metadata"]) for edit in history] == [
        ("mark", "wrong field", True),
        ("undo", None, True),
    ]
    shown = run(capsys, "show", "aa")[1]
    assert "history" in shown
    assert "wrong field" in shown


def test_undo_reverts_a_whole_bulk_edit_and_then_has_nothing_left(runs: Path, capsys) -> None:
    run(capsys, "tag", "aa", "ab", "+new")
    code, out, _err = run(capsys, "undo", "ab")
    assert code == 0
    assert [line.split(" (")[0] for line in out.splitlines()] == ["aa: tags -new", "ab: tags -new"]
    code, out, err = run(capsys, "undo", "aa")
    assert (code, out, err) == (1, "", "runtui: aa: has no edit to undo\n")


def test_undo_of_several_runs_reverts_a_common_edit_once(runs: Path, capsys) -> None:
    run(capsys, "tag", "aa", "+first")
    run(capsys, "tag", "aa", "ab", "+second")
    code, out, _err = run(capsys, "undo", "aa", "ab")
    assert (code, [line.split(" (")[0] for line in out.splitlines()]) == (
        0,
        ["aa: tags -second", "ab: tags -second"],
    )
    code, out, err = run(capsys, "undo", "ab", "aa")
    assert code == 1
    assert (out.split(" (")[0], err) == ("aa: tags -first", "runtui: ab: has no edit to undo\n")


def test_unchanged_run_is_reported_and_is_not_a_failure(runs: Path, capsys) -> None:
    assert run(capsys, "tag", "aa", "+old") == (0, "aa: unchanged\n", "")
    assert run(capsys, "mark", "aa", "completed") == (0, "aa: unchanged\n", "")
    assert not (runs / "aa" / ".runtui").exists()


def test_tagging_reports_uneditable_runs_and_edits_the_others(runs: Path, capsys) -> None:
    (runs / "ab" / "metadata.json").write_text("[]")
    (runs / "link").symlink_to(write_run(runs.parent, "elsewhere"))
    code, out, err = run(capsys, "tag", "aa", "ab", "link", "b", "+new")
    assert code == 1
    assert out == "aa: tags +new\nb: tags +new\n"
    assert err.splitlines() == [
        "runtui: ab: metadata.json holds a list, not an object",
        "runtui: link: it is a symbolic link: edit it in the directory it lies in",
    ]
    assert not (runs.parent / "elsewhere" / ".runtui").exists()


def test_edit_outcomes_are_available_as_json(runs: Path, capsys) -> None:
    (runs / "ab" / "metadata.json").write_text("[]")
    code, out, err = run(capsys, "tag", "aa", "ab", "+new", "--json")
    assert (code, err) == (1, "runtui: ab: metadata.json holds a list, not an object\n")
    assert json.loads(out) == [
        {"run_id": "aa", "path": str(runs / "aa"), "done": True, "text": "tags +new"},
        {
            "run_id": "ab",
            "path": str(runs / "ab"),
            "done": False,
            "text": "metadata.json holds a list, not an object",
        },
    ]
    (marked,) = json.loads(run(capsys, "mark", "b", "failed", "--json")[1])
    assert marked == {
        "run_id": "b",
        "path": str(runs / "b"),
        "done": True,
        "text": 'status "completed" → "failed"',
    }
    (undone,) = json.loads(run(capsys, "undo", "aa", "--json")[1])
    assert (undone["run_id"], undone["done"]) == ("aa", True)


def test_show_json_has_edits_with_old_and_new_values_and_the_metadata(runs: Path, capsys) -> None:
    run(capsys, "tag", "live", "+old", "+new")
    run(capsys, "mark", "live", "failed")
    shown = json.loads(run(capsys, "show", "live", "--json")[1])
    assert (shown["metadata"]["tags"], shown["metadata"]["status"]) == (["old", "new"], "failed")
    assert [change for edit in shown["history"] for change in edit["changes"]] == [
        {"text": "tags +old +new", "key": "tags", "added": ["old", "new"], "removed": []},
        {"text": 'status "running" → "failed"', "key": "status", "old": "running", "new": "failed"},
    ]
    assert all(edit["at"] and edit["user"] and edit["host"] for edit in shown["history"])


@pytest.mark.parametrize("command", ["tag", "mark", "undo", "resume"])
def test_help_option_prints_help(runs: Path, capsys, command: str) -> None:
    code, out, err = run(capsys, command, "--help")
    assert (code, err) == (0, "")
    assert out.startswith(f"usage: runtui {command} ")
    assert "--json" in out


def test_runs_directory_can_be_given_with_tags_that_look_like_options(
    runs: Path, capsys, monkeypatch
) -> None:
    monkeypatch.delenv("RUNTUI_RUNS_DIR")
    for arguments in (
        ["-C", str(runs), "tag", "aa", "-old"],
        ["tag", "-C", str(runs), "ab", "-old"],
        ["tag", "b", "-old", "-C", str(runs)],
    ):
        assert run(capsys, *arguments)[0] == 0
    for name in ("aa", "ab", "b"):
        assert json.loads((runs / name / "metadata.json").read_text())["tags"] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["tag"],
        ["tag", "aa"],
        ["tag", "+new"],
        ["tag", "aa", "+"],
        ["mark", "aa"],
        ["mark", "aa", "finished"],
        ["undo"],
    ],
)
def test_usage_error_is_one_line_and_exit_code_2(runs: Path, capsys, arguments: list[str]) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_ambiguous_prefix_lists_matches_and_changes_nothing(runs: Path, capsys) -> None:
    code, out, err = run(capsys, "tag", "a", "b", "+new")
    assert (code, out) == (1, "")
    assert err == "runtui: 'a' matches 2 runs, add more characters: aa, ab\n"
    assert listed(capsys, "b")["tags"] == ["old"]


def test_resuming_a_run_of_a_pipeline_says_how(runs: Path, capsys) -> None:
    write_run(runs, "pipe", status="failed", steps=[{"name": "a", "state": "failed"}])
    for options in ((), ("--launch",)):
        code, out, err = run(capsys, "resume", "pipe", *options)
        assert (code, out) == (1, "")
        assert err.strip() == (
            "runtui: pipe is a run of a pipeline: resume it with `runtui exec --resume pipe`"
        )


def test_a_run_of_another_program_is_resumed_into_a_child_that_names_it(runs_dir: Path, capsys) -> None:
    job = runs_dir / "j1"
    job.mkdir(parents=True)
    for name in ("signac_statepoint.json", "md.1.restart", "restart.sh"):
        (job / name).write_text("{}")
    before = {path.name: path.read_bytes() for path in job.iterdir()}
    assert (
        run(capsys, "ls", "-C", str(runs_dir), "has:checkpoint", "--columns", "id,checkpoints")[1]
        == "j1  1\n"
    )
    code, out, _err = run(capsys, "resume", "-C", str(runs_dir), "j1")
    assert code == 0
    child = out.split()[1].rstrip(",")
    metadata = json.loads((runs_dir / child / "metadata.json").read_text())
    assert metadata["parent_run_id"] == "j1"
    assert metadata["resume_checkpoint"] == {"name": "md.1.restart", "path": str(job / "md.1.restart")}
    assert {path.name: path.read_bytes() for path in job.iterdir()} == before


def test_a_run_of_another_program_without_checkpoints_is_not_resumed(runs_dir: Path, capsys) -> None:
    (runs_dir / "j1").mkdir(parents=True)
    (runs_dir / "j1" / "signac_statepoint.json").write_text("{}")
    code, out, err = run(capsys, "resume", "-C", str(runs_dir), "j1")
    assert (code, out) == (1, "")
    assert "j1 has no checkpoints to resume from" in err
    assert os.listdir(runs_dir) == ["j1"]


def test_outcomes_name_runs_in_folders_by_their_paths(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("a", "b"):
        make(runs_dir, f"{folder}/1", SLURM_990001__out="ERROR: no input\n")
    assert main(["-C", str(runs_dir), "tag", "a/1", "b/1", "+x"]) == 0
    kept = "(kept in its .runtui/: the run has no metadata.json)"
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["a/1", "b/1"]
    assert all(line.endswith(kept) for line in lines)
    assert main(["-C", str(runs_dir), "undo", "b/1", "--json"]) == 0
    (outcome,) = json.loads(capsys.readouterr().out)
    assert (outcome["run_id"], outcome["path"]) == ("1", str(runs_dir / "b" / "1"))
