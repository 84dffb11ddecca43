from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_log, write_run

NOW = datetime.now(UTC)


@pytest.fixture
def runs(runs_dir: Path) -> Path:
    """A runs directory with a gas that failed last, a fluid, and an epidemic that is the gas's parent."""
    write_run(
        runs_dir, "aa-epidemic", description="an epidemic", tags=["prod"], created=NOW - timedelta(hours=3)
    )
    write_run(
        runs_dir, "ab-fluid", status="checkpointed", description="a fluid", created=NOW - timedelta(hours=2)
    )
    gas = write_run(
        runs_dir,
        "gas",
        status="failed",
        description="a gas",
        created=NOW - timedelta(hours=1),
        parent_run_id="aa-epidemic",
        beta=float("nan"),
    )
    (gas / "run_params.json").write_text('{"model": {"beta": 0.3}}')
    write_log(gas, "boom\n")
    os.symlink("ab-fluid", runs_dir / "current")
    return runs_dir


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    output = capsys.readouterr()
    return code, output.out, output.err


def test_ls_lists_the_newest_first(runs: Path, capsys) -> None:
    code, out, err = run(capsys, "-C", str(runs), "ls")
    assert (code, err) == (0, "")
    assert [line.split()[2] for line in out.splitlines()] == ["gas", "ab-fluid", "aa-epidemic"]


def test_ls_sorts_by_several_keys(swept: Path, capsys) -> None:
    def order(sort: str) -> list[str]:
        out = run(capsys, "ls", "-C", str(swept), "--columns", "status,model.beta", f"--sort={sort}")[1]
        return out.splitlines()

    for number in range(3):
        write_run(swept, f"more-{number}", status="failed", **{"model.beta": 10 + number})
    assert [row.split()[-1] for row in order("status,model.beta")[1:4]] == ["10", "11", "12"]
    assert [row.split()[-1] for row in order("status,-model.beta")[:3]] == ["12", "11", "10"]
    code, _out, err = run(capsys, "ls", "-C", str(swept), "--sort=status,nothere")
    assert code == 2
    assert "cannot sort by nothere, no run has it" in err


def test_ls_accepts_a_query_sort_limit_and_columns(runs: Path, capsys) -> None:
    assert run(capsys, "ls", "-C", str(runs), "status:failed", "gas", "--columns", "id,description")[
        1
    ].split() == [
        "gas",
        "a",
        "gas",
    ]
    _code, out, _err = run(
        capsys, "ls", "-C", str(runs), "--sort=-created", "--limit", "1", "--columns", "id"
    )
    assert out == "aa-epidemic\n"


def test_ls_json_is_machine_readable(runs: Path, capsys) -> None:
    _code, out, _err = run(capsys, "ls", "-C", str(runs), "--json", "gas")
    (gas,) = json.loads(out)
    assert gas["run_id"] == "gas"
    assert gas["status"] == "failed"
    assert gas["parent_run_id"] == "aa-epidemic"
    assert datetime.fromisoformat(gas["created_at"]) == NOW - timedelta(hours=1)
    assert gas["path"] == str(runs / "gas")


@pytest.fixture
def swept(runs: Path) -> Path:
    """The runs, with parameters of which some are missing, not numbers, or in another file."""
    (runs / "aa-epidemic" / "run_params.json").write_text('{"model": {"beta": 0.25, "kind": "sir"}}')
    write_run(runs, "last", created=NOW - timedelta(hours=4), **{"model.beta": "many"})
    return runs


def test_ls_filters_by_any_key_of_the_runs(swept: Path, capsys) -> None:
    def ids(*words: str) -> list[str]:
        code, out, err = run(capsys, "ls", "-C", str(swept), "--columns", "id", *words)
        assert (code, err) == (0, "")
        return out.split()

    assert ids("model.beta>=0.25") == ["gas", "aa-epidemic"]
    assert ids("model.beta=0.30", "status:failed") == ["gas"]
    assert ids("model.kind:si") == ["aa-epidemic"]
    assert ids("beta=nan") == ["gas"]
    assert ids("-model.beta<1") == ids("--", "-model.beta<1") == ["ab-fluid", "last"]
    assert ids("status:*", '-"model.beta"<1', "-host:node1") == ["ab-fluid", "last"]
    assert ids("model.beta=none") == ["ab-fluid"]
    assert ids("hostname:node17", "has:parent") == ["gas"]


def test_ls_shows_and_sorts_by_any_key_with_missing_values_last(swept: Path, capsys) -> None:
    for sort, expected in (
        ("model.beta", ["aa-epidemic  0.25", "gas           0.3", "last         many", "ab-fluid"]),
        ("-model.beta", ["gas           0.3", "aa-epidemic  0.25", "last         many", "ab-fluid"]),
    ):
        code, out, err = run(
            capsys, "ls", "-C", str(swept), "--columns", "id,model.beta", f"--sort={sort}", "status:*"
        )
        assert (code, err) == (0, "")
        rows = [" ".join(line.split()) for line in out.splitlines()]
        assert rows == [" ".join(line.split()) for line in expected]


def test_ls_json_has_the_requested_values(swept: Path, capsys) -> None:
    _code, out, _err = run(
        capsys, "ls", "-C", str(swept), "--json", "beta!=3", "--columns", "model.beta", "--sort", "model.kind"
    )
    found = {shown["run_id"]: shown["values"] for shown in json.loads(out, parse_constant=pytest.fail)}
    assert found["gas"] == {"beta": "NaN", "model.beta": 0.3, "model.kind": None}
    assert found["aa-epidemic"] == {"beta": None, "model.beta": 0.25, "model.kind": "sir"}
    _code, out, _err = run(capsys, "ls", "-C", str(swept), "--json")
    assert "values" not in json.loads(out)[0]


def test_ls_reports_a_key_that_no_run_has(runs: Path, capsys) -> None:
    code, out, err = run(capsys, "ls", "-C", str(runs), "--columns", "id,nosuch", "--limit", "1")
    assert (code, out) == (0, "gas\n")
    assert err == "runtui: no run has a value for nosuch\n"


def test_ls_suggests_a_query_if_nothing_matches(runs: Path, capsys) -> None:
    code, out, err = run(capsys, "ls", "-C", str(runs), "status:faild")
    assert (code, out) == (0, "")
    assert err == "runtui: no run has the status faild: did you mean failed?\n"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (["age:2d"], "invalid query at 'age:' (character 1): age needs < or >"),
        (["gas", "age<soon"], "invalid query at 'soon' (character 9): age needs a time such as 2d or 1h30m"),
        (["gas", "status:"], "invalid query after 'gas status:': a value is missing after status:"),
    ],
)
def test_query_error_is_one_line_with_position_and_reason(
    runs: Path, capsys, query: list[str], words: str
) -> None:
    for command in ("ls", "clean"):
        code, out, err = run(capsys, command, "-C", str(runs), *query)
        assert (code, out) == (2, "")
        assert err.startswith(f"runtui: {words}")
        assert err.count("\n") == 1


def test_ls_of_an_empty_directory_is_empty(runs_dir: Path, capsys) -> None:
    assert run(capsys, "ls", "-C", str(runs_dir)) == (0, "", "")
    assert json.loads(run(capsys, "ls", "--json", "-C", str(runs_dir))[1]) == []


def test_show_prints_all_details(runs: Path, capsys) -> None:
    code, out, _err = run(capsys, "show", "-C", str(runs), "gas")
    assert code == 0
    for text in ("✗ failed  a gas", "beta  NaN", "model.beta  0.3", "aa-epidemic", "logs/simulation.log"):
        assert text in out


def test_show_json_contains_the_metadata_and_is_valid(runs: Path, capsys) -> None:
    _code, out, _err = run(capsys, "show", "--json", "-C", str(runs), "gas")
    shown = json.loads(out, parse_constant=pytest.fail)
    on_disk = json.loads((runs / "gas" / "metadata.json").read_text())
    assert shown["metadata"] == on_disk | {"beta": "NaN"}
    assert shown["ancestors"] == ["aa-epidemic"]
    assert [log["path"] for log in shown["logs"]] == ["logs/simulation.log"]
    _code, out, _err = run(capsys, "show", "--json", "-C", str(runs), "aa-epidemic")
    assert json.loads(out)["children"] == ["gas"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("gas", "gas"), ("g", "gas"), ("ab", "ab-fluid"), ("latest", "gas"), ("current", "ab-fluid")],
)
def test_run_can_be_given_as_id_prefix_latest_or_current(runs: Path, capsys, wanted: str, found: str) -> None:
    assert run(capsys, "path", "-C", str(runs), wanted) == (0, f"{runs / found}\n", "")


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("zz", "no run id begins with 'zz'"),
        ("a", "matches 2 runs, add more characters: aa-epidemic, ab-fluid"),
        ("", "no run"),
    ],
)
def test_missing_or_ambiguous_run_is_a_one_line_error(runs: Path, capsys, wanted: str, words: str) -> None:
    code, out, err = run(capsys, "path", "-C", str(runs), wanted)
    assert (code, out) == (1, "")
    assert words in err
    assert err.count("\n") == 1


def test_dangling_current_gives_an_error_with_advice(runs: Path, capsys) -> None:
    (runs / "current").unlink()
    (runs / "current").symlink_to("gone")
    code, _out, err = run(capsys, "path", "-C", str(runs), "current")
    assert code == 1
    assert "latest" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ls", "age:x"],
        ["ls", "--sort=-"],
        ["ls", "--columns", ","],
        ["ls", "--limit", "many"],
        ["ls", "--nosuch"],
        ["ls", "."],
        ["ls", "/tmp"],
        ["path"],
        ["--nosuch"],
        ["show", "a", "b"],
    ],
)
def test_usage_error_is_one_line_and_exit_code_2(
    runs: Path, capsys, monkeypatch, arguments: list[str]
) -> None:
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs))
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("runtui: ")
    assert err.count("\n") == 1


def test_the_runs_directory_comes_from_option_environment_or_the_default(
    runs: Path, tmp_path: Path, capsys, monkeypatch
) -> None:
    monkeypatch.chdir(runs.parent)
    assert run(capsys, "path", "gas")[1] == f"{runs / 'gas'}\n"
    monkeypatch.chdir("/")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs))
    assert run(capsys, "path", "gas")[1] == f"{runs / 'gas'}\n"
    monkeypatch.setenv("RUNTUI_RUNS_DIR", "/nowhere")
    assert run(capsys, "-C", str(runs), "path", "gas")[1] == f"{runs / 'gas'}\n"
    code, _out, err = run(capsys, "path", "gas")
    assert code == 1
    assert err == (
        "runtui: there is no directory /nowhere: name a runs directory, or make one to try with "
        "`runtui demo /nowhere`\n"
    )


def test_file_instead_of_a_directory_is_a_one_line_error(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").write_text("")
    code, _out, err = run(capsys, "ls", "-C", str(tmp_path / "file"))
    assert code == 1
    assert err == f"runtui: {tmp_path / 'file'} is a file: name the directory that holds the runs\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_unreadable_directory_is_a_one_line_error(runs: Path) -> None:
    os.chmod(runs, 0o700)
    for folder in (runs, *runs.parents[:-2]):
        if folder != runs:
            os.chmod(folder, 0o755)
    # What is imported late must be there before the interpreter's own files become unreadable.
    script = (
        "import os, sys; from runtui.cli import main; main(['ls', '-C', '/proc/self/fdinfo']); "
        f"os.setuid(65534); sys.exit(main(['ls', '-C', {str(runs)!r}]))"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr == (
        f"runtui: {runs} may not be read: ask its owner for access, or name another directory\n"
    )


def test_closed_pipe_ends_the_listing_silently(runs: Path) -> None:
    for number in range(300):
        write_run(runs, f"run-{number}", description="x" * 400)
    ended = subprocess.run(
        f"{sys.executable} -m runtui -C {runs} ls | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.count("\n") == 1
    assert ended.stderr == ""


def test_ls_sanitises_unusual_names_and_path_prints_them_exactly(runs_dir: Path) -> None:
    name = "evil\x1b[31m\nname"
    write_run(runs_dir, name, description="\x1b]0;title\x07")
    listed = subprocess.run(
        [sys.executable, "-m", "runtui", "-C", str(runs_dir), "ls"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "evil␛[31m␊name" in listed.stdout
    assert "\x1b" not in listed.stdout
    path = subprocess.run(
        [sys.executable, "-m", "runtui", "-C", str(runs_dir), "path", "evil"], capture_output=True, check=True
    )
    assert path.stdout == os.fsencode(runs_dir / name) + b"\n"


HEAVY = {
    *("asyncio", "dataclasses", "getpass", "inspect", "logging", "orjson", "pathlib"),
    *("random", "rich", "socket", "subprocess", "tempfile", "textual", "threading", "tomllib"),
    *("urllib", "uuid", "watchfiles", "yaml", "runtui.catalog.query.parser", "runtui.catalog.view"),
    *(
        "runtui.logs.read.source",
        "runtui.runtime",
        "runtui.settings",
        "runtui.store.edits.edit_files",
        "runtui.store.edits.model",
        "runtui.tui",
    ),
}
"""Modules each of which takes as long to load as reading dozens of runs."""


@pytest.mark.parametrize("words", [["ls", "-C"], ["--help"]])
def test_listing_and_help_do_not_import_slow_modules(runs: Path, words: list[str]) -> None:
    if "-C" in words:
        words = [*words, str(runs)]
    script = (
        "import sys; before = set(sys.modules); from runtui.cli import main; code = main(sys.argv[1:]); "
        "print(*sorted(set(sys.modules) - before), file=sys.stderr); sys.exit(code)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script, *words], capture_output=True, text=True, check=True, timeout=60
    )
    assert "ls" in ended.stdout or "gas" in ended.stdout
    loaded = ended.stderr.split()
    assert "runtui.cli" in loaded
    assert not {name for name in loaded if name in HEAVY or name.partition(".")[0] in HEAVY}


def test_version_and_help(capsys) -> None:
    from runtui import __version__

    assert run(capsys, "--version") == (0, f"runtui {__version__}\n", "")
    code, out, _err = run(capsys, "--help")
    assert code == 0
    for command in ("demo", "ls", "show", "path"):
        assert command in out


def test_ls_shows_the_runs_of_a_saved_view(runs: Path, capsys, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "runtui").mkdir()
    (tmp_path / "runtui" / "settings.toml").write_text(
        '[[views]]\nname = "With a beta"\nquery = "model.beta>0"\ncolumns = ["id", "model.beta"]\n'
        '[[views]]\nname = "either"\nquery = "gas or fluid"\ncolumns = ["id"]\n'
        '[[views]]\nname = "by age"\nsort = "-created"\n'
        '[[views]]\nname = "grouped"\ncolumns = ["id"]\ngroup = "model.beta"\n'
    )
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert run(capsys, "-C", str(runs), "ls", "--view", "with-a-beta") == (0, "gas  0.3\n", "")
    assert run(capsys, "-C", str(runs), "ls", "--view", "with a beta", "fluid")[1] == ""
    assert run(capsys, "-C", str(runs), "ls", "--view", "either")[1].split() == ["gas", "ab-fluid"]
    assert run(capsys, "-C", str(runs), "ls", "--view", "either", "id:gas")[1].split() == ["gas"]
    code, out, _err = run(capsys, "-C", str(runs), "ls", "--view", "by age", "--columns", "id")
    assert (code, out.split()) == (0, ["aa-epidemic", "ab-fluid", "gas"])
    out = run(capsys, "-C", str(runs), "ls", "--view", "by age", "--columns", "id", "--sort", "id")[1]
    assert out.split() == ["aa-epidemic", "ab-fluid", "gas"]
    code, out, err = run(capsys, "-C", str(runs), "ls", "--view", "nix")
    assert (code, out) == (2, "")
    expected = (
        "runtui: no view 'nix': choose from all, live, failed today, mine, stale, triage, last 24h, "
        "last night, disk, disk by folder, disk by user, With a beta, either"
    )
    assert err == f"{expected}, by age, grouped\n"
    out = run(capsys, "-C", str(runs), "ls", "--view", "grouped", "--limit", "2", "--sort=-created")[1]
    assert out.split() == ["gas", "aa-epidemic"]


def test_broken_settings_print_one_line_and_the_listing(runs: Path, capsys, tmp_path, monkeypatch) -> None:
    (tmp_path / "runtui").mkdir()
    path = tmp_path / "runtui" / "settings.toml"
    path.write_text("theme = ")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    code, out, err = run(capsys, "-C", str(runs), "ls", "--view", "all", "--columns", "id")
    assert (code, out.split()) == (0, ["gas", "ab-fluid", "aa-epidemic"])
    assert err.startswith(f"runtui: {path}, line 1: Invalid value")
    assert err.count("\n") == 1
    assert run(capsys, "-C", str(runs), "ls")[2] == ""


def test_ls_finds_checkpoints_that_metadata_does_not_list(runs: Path, capsys) -> None:
    (runs / "ab-fluid" / "checkpoints" / "melt.100.restart").write_text("state")
    for query in ("has:checkpoint", "checkpoints>0"):
        code, out, err = run(capsys, "-C", str(runs), "ls", query, "--columns", "id,checkpoints")
        assert (code, out.split(), err) == (0, ["ab-fluid", "1"], "")
    code, out, _err = run(capsys, "-C", str(runs), "ls", "has:checkpoint", "--json")
    assert [item["run_id"] for item in json.loads(out)] == ["ab-fluid"]
    assert "checkpoints/" not in out
    _code, out, _err = run(capsys, "-C", str(runs), "ls", "--sort", "checkpoints", "--columns", "id")
    assert out.split()[0] == "ab-fluid"
    code, _out, err = run(capsys, "-C", str(runs), "clean", "-has:checkpoint", "--keep", "0", "--dry-run")
    assert (code, err) == (0, "")


def test_ls_lists_runs_in_folders_by_their_paths(runs: Path, capsys) -> None:
    write_run(runs / "sweep", "r", created=NOW)
    (runs / "sweep" / "r" / "run_params.json").write_text('{"beta": 9}')
    (runs / "source").mkdir()
    (runs / "source" / "main.c").touch()
    code, out, err = run(capsys, "-C", str(runs), "ls", "--columns", "id,folder,beta", "folder:sweep")
    assert (code, out.split(), err) == (0, ["sweep/r", "sweep", "9"], "")
    found = json.loads(run(capsys, "-C", str(runs), "ls", "--json")[1])
    assert (found[0]["run_id"], found[0]["folder"]) == ("r", "sweep")
    assert len(found) == 4


def test_ls_names_directories_that_are_no_runs_if_there_are_no_others(runs_dir: Path, capsys) -> None:
    (runs_dir / "source").mkdir()
    (runs_dir / "source" / "main.c").touch()
    code, out, err = run(capsys, "-C", str(runs_dir), "ls")
    assert (code, out) == (0, "")
    assert err == "runtui: one directory is no run (no metadata.json and no known layout): source\n"


def test_ls_of_a_run_lists_that_run_alone(runs: Path, capsys) -> None:
    assert run(capsys, "-C", str(runs / "gas"), "ls", "--columns", "id")[1].split() == ["gas"]


def test_ls_marks_completed_runs_with_a_warning_in_short_lists(runs_dir: Path, capsys) -> None:
    for name in ("ant", "bee"):
        write_log(write_run(runs_dir, name), "*ERROR in gen3delem\n" if name == "bee" else "done\n")
    listed = run(capsys, "-C", str(runs_dir), "ls", "--columns", "id,status,warning")[1].splitlines()
    assert sorted(" ".join(line.split()) for line in listed) == [
        "ant ✓ completed",
        "bee ✓ completed ! *ERROR in gen3delem",
    ]
    found = {
        entry["run_id"]: entry for entry in json.loads(run(capsys, "-C", str(runs_dir), "ls", "--json")[1])
    }
    assert found["bee"]["warning"] == {
        "line": "*ERROR in gen3delem",
        "log": "logs/simulation.log",
        "offset": 0,
    }
    assert (found["ant"]["warning"], found["bee"]["reason"]) == (None, None)


def test_ls_finds_warnings_in_long_lists_when_asked_for(runs_dir: Path, capsys) -> None:
    for number in range(60):
        write_log(write_run(runs_dir, f"r{number}"), "*ERROR in gen3delem\n" if number == 7 else "done\n")
    assert run(capsys, "-C", str(runs_dir), "ls", "has:warning", "--columns", "id")[1].split() == ["r7"]
    assert run(capsys, "-C", str(runs_dir), "ls", "warning:gen3", "--columns", "id")[1].split() == ["r7"]
    assert "!" not in run(capsys, "-C", str(runs_dir), "ls", "--columns", "status")[1]


def test_ls_filters_and_sorts_by_size(runs: Path, capsys) -> None:
    (runs / "gas" / "results").mkdir(exist_ok=True)
    (runs / "gas" / "results" / "big").write_bytes(b"x" * 3_000_000)
    (runs / "ab-fluid" / "small").write_bytes(b"x" * 200_000)
    rows = run(capsys, "-C", str(runs), "ls", "--columns", "id,size", "--sort", "size", "--limit", "2")[1]
    assert [row.split()[0] for row in rows.splitlines()] == ["gas", "ab-fluid"]
    assert run(capsys, "-C", str(runs), "ls", "--columns", "id", "size>1M")[1] == "gas\n"
    assert run(capsys, "-C", str(runs), "ls", "--columns", "id", "size>100K size<1M")[1] == "ab-fluid\n"
    assert run(capsys, "-C", str(runs), "ls", "--view", "disk")[1].splitlines()[0].split()[1] == "gas"


def test_pipe_gets_a_description_without_the_sign_of_a_note(runs: Path, capsys) -> None:
    assert main(["-C", str(runs), "note", "gas", "wrong mesh"]) == 0
    capsys.readouterr()
    assert main(["-C", str(runs), "ls", "note:mesh", "--columns", "description"]) == 0
    assert capsys.readouterr().out == "a gas\n"
