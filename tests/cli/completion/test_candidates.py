from __future__ import annotations

from pathlib import Path

import pytest

from runtui.catalog.sync.cache import RunsCache
from runtui.catalog.sync.scan import scan_runs
from runtui.cli import main
from tests.layouts.test_slurm import make
from tests.run_dirs import write_run


@pytest.fixture
def runs(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs of a night and one of a day, the directory that the environment names."""
    write_run(runs_dir, "night-1", created="2026-11-21T01:00:00Z", status="failed", tags=["prod"], beta=0.3)
    write_run(runs_dir, "night-2", created="2026-11-21T02:00:00Z", tags=["prod", "big box"])
    run = write_run(
        runs_dir,
        "day",
        created="2026-11-21T03:00:00Z",
        checkpoints=[
            {"name": f"step-{step}", "created_at": None, "path": f"checkpoints/{step}"} for step in (1, 2)
        ],
    )
    (run / "checkpoints" / "2").write_text("state")
    (run / "run_params.json").write_text('{"model": {"gamma": 1}}')
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def offered(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    """Return what is offered for the last word, or what the shell is told to offer itself."""
    assert main(["completion", "fish", "runtui", *words]) == 0
    kind, *lines = capsys.readouterr().out.splitlines()
    return [line.partition("\t")[0] for line in lines] if kind == "words" else [kind]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("l", ["ls", "logs", "launch"]),
        ("tra", ["trash"]),
        ("trash r", ["restore"]),
        ("show ni", ["night-2", "night-1"]),
        ("show l", ["latest"]),
        ("compare night-1 ni", ["night-2"]),
        ("ls --js", ["--json"]),
        ("ls status:fai", ["status:failed"]),
        ("ls -status:fai", ["-status:failed"]),
        ("ls bet", ["beta"]),
        ("ls tag:b", ['tag:"big box"']),
        ("ls --sort=-be", ["--sort=-beta"]),
        ("ls --sort desc", ["description"]),
        ("ls --columns id,crea", ["id,created"]),
        ("ls --view sta", ["stale"]),
        ("ls --sort=status,-be", ["--sort=status,-beta"]),
        ("tag night-2 +pr", ["+prod"]),
        ("tag night-1 -", ["-C", "--runs-dir", "--json", "-prod"]),
        ("mark night-1 fa", ["failed"]),
        ("mark fa", []),
        ("resume day --checkpoint ", ["step-2"]),
        ("resume day --set mod", ["model.gamma="]),
        ("launch --resource part", ["partition="]),
        ("launch --on sl", ["slurm"]),
        ("launch -- ./sim", ["files"]),
        ("exec ", ["files"]),
        ("-C ", ["directories"]),
        ("ls -C ", ["directories"]),
        ("ls -C /nowhere sho", []),
        ("show -C /nowhere ni", []),
        ("nonsense/di", ["directories"]),
        ("completion fi", ["fish"]),
        ("clean --run night-1 ni", ["night-2"]),
        ("clean --run night-1 --ye", ["--yes"]),
    ],
)
def test_possible_continuations_are_offered(runs: Path, capsys, line: str, expected: list[str]) -> None:
    words = line.split(" ")
    assert offered(capsys, *words) == expected


PIPELINE = "".join(f"[[steps]]\nname = '{name}'\ncommand = 'true'\n" for name in ("fetch", "plot", "print"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("exec --resume day --again ", ["fetch", "plot"]),
        ("exec --resume day --again=pl", ["--again=plot"]),
        ("exec --resume day --again fetch --again ", ["plot"]),
        ("exec --resume latest --again f", ["fetch"]),
        ("exec p.toml --resume day --again p", ["plot", "print"]),
        ("exec --again ", []),
        ("exec --resume nosuch --again ", []),
        ("exec nosuch.toml --resume day --again ", []),
    ],
)
def test_steps_of_the_resumed_run_are_offered(
    runs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys, line: str, expected: list[str]
) -> None:
    steps = [{"name": "fetch", "state": "done"}, {"name": "plot", "state": "failed"}]
    write_run(runs, "day", created="2026-11-21T03:00:00Z", steps=steps)
    (tmp_path / "p.toml").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    assert offered(capsys, *line.split(" ")) == expected


def test_completion_uses_the_directory_of_the_command_line(
    runs: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    other = tmp_path / "other"
    write_run(other, "elsewhere", tags=["far"])
    monkeypatch.setenv("PLACE", str(tmp_path))
    for option in (["-C", str(other)], [f"--runs-dir={other}"], [f"-C{other}"], ["-C", "$PLACE/other"]):
        assert offered(capsys, *option, "show", "e") == ["elsewhere"]
        assert offered(capsys, "show", *option, "e") == ["elsewhere"]


def test_ids_are_offered_in_their_shortest_unique_form(runs_dir: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    ends = "-0000-4000-8000-00000000000"
    for name in (f"aaaaaaaa{ends}1", f"aaaaaaaa{ends}2", f"aabbbbbb{ends}3"):
        write_run(runs_dir, name)
    assert sorted(offered(capsys, "show", "aa")) == [f"aaaaaaaa{ends}1", f"aaaaaaaa{ends}2", "aabbbbbb"]
    assert offered(capsys, "show", "aabbbbbb-") == [f"aabbbbbb{ends}3"]


def test_newest_of_many_runs_are_offered(runs: Path, capsys) -> None:
    RunsCache(str(runs)).save(scan_runs(str(runs)), frozenset({"seed"}))
    for number in range(150):
        (runs / f"later-{number}").mkdir()
    assert offered(capsys, "show", "night-") == ["night-2", "night-1"]
    assert len(offered(capsys, "show", "")) == 100


def test_names_with_control_characters_are_not_offered(runs_dir: Path, monkeypatch, capsys) -> None:
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    for name in ("n\x1b]0;x\x07", "n\u202ex", "n\udcff", "-n", "n\nn"):
        write_run(runs_dir, name, tags=["t\x1b[31m"], description="\x1b[2J")
    write_run(runs_dir, "n1", tags=["t1"], description="\x1b[2J")
    assert offered(capsys, "show", "n") == ["n1"]
    assert main(["completion", "zsh", "runtui", "tag", "n1", "+"]) == 0
    assert main(["completion", "zsh", "runtui", "show", "n"]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.fixture
def folders(runs_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Runs in folders, of ours and of other programs, some with the same name; the working directory."""
    run = write_run(
        runs_dir / "sweep",
        "cold",
        created="2026-11-21T01:00:00Z",
        checkpoints=[{"name": "step-1", "created_at": None, "path": "checkpoints/1"}],
    )
    (run / "checkpoints" / "1").write_text("state")
    write_run(runs_dir / "sweep", "hot", created="2026-11-21T02:00:00Z")
    write_run(runs_dir / "other", "hot", created="2026-11-21T03:00:00Z")
    make(runs_dir, "big cases/größe 1", SLURM_990001__out="Normal termination\n")
    monkeypatch.delenv("RUNTUI_RUNS_DIR", raising=False)
    monkeypatch.chdir(runs_dir)
    return runs_dir


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("sw", ["sweep/hot", "sweep/cold"]),
        ("sweep/c", ["sweep/cold"]),
        ("co", ["cold"]),
        ("big", ["big cases/größe 1"]),
        ("gr", ["größe 1"]),
        ("other/", ["other/hot"]),
    ],
)
def test_runs_in_folders_are_offered_by_their_paths_or_unique_names(
    folders: Path, capsys, typed: str, expected: list[str]
) -> None:
    assert offered(capsys, "show", typed) == expected
    assert offered(capsys, "clean", "--run", typed) == expected


def test_path_of_a_run_in_a_folder_is_quoted_for_the_shell(folders: Path, capsys) -> None:
    assert main(["completion", "bash", "runtui show big", "big"]) == 0
    assert capsys.readouterr().out.splitlines() == ["space", "big\\ cases/größe\\ 1"]


@pytest.mark.parametrize("run", ["sweep/cold", "cold"])
def test_checkpoints_of_a_run_in_a_folder_are_offered(folders: Path, capsys, run: str) -> None:
    assert offered(capsys, "resume", run, "--checkpoint", "") == ["step-1"]


def test_run_in_a_folder_has_its_status_as_a_note(folders: Path, capsys) -> None:
    assert main(["completion", "fish", "runtui", "show", "gr"]) == 0
    assert "größe 1\tcompleted" in capsys.readouterr().out
