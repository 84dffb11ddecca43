"""A run's handle: its files, logs and outputs, all inside its directory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui import OutsideRunError, Run, RunNotFoundError
from runtui.store.errors import MetadataError
from runtui.store.record import RecordState
from tests.run_dirs import write_log, write_raw, write_run
from tests.store.children import output_as_nobody


@pytest.fixture
def run(runs_dir: Path) -> Run:
    return Run(write_run(runs_dir, "run 7", status="running"))


def test_run_handle_exposes_id_directory_status_and_metadata(run: Run, runs_dir: Path) -> None:
    assert run.run_id == "run 7"
    assert run.run_dir == runs_dir / "run 7"
    assert run.status == "running"
    assert run.metadata["hostname"] == "node17"
    assert run.record.status == "running"
    assert repr(run) == f"Run({str(run.run_dir)!r})"


def test_run_handle_reads_the_current_state(run: Run, runs_dir: Path) -> None:
    write_run(runs_dir, "run 7", status="failed")
    assert (run.status, run.record.status, run.metadata["status"]) == ("failed", "failed", "failed")


def test_run_handle_requires_a_directory(runs_dir: Path) -> None:
    (runs_dir / "file").touch()
    for name in ("gone", "file", "a\0b"):
        with pytest.raises(RunNotFoundError, match="there is no run"):
            Run(runs_dir / name)


def test_run_with_broken_metadata_still_has_a_handle(runs_dir: Path) -> None:
    run = Run(write_raw(runs_dir, "bad", b"[]"))
    assert run.status == ""
    assert run.record.state is RecordState.BROKEN
    with pytest.raises(MetadataError, match="holds a list"):
        _ = run.metadata


def test_file_exists_checks_only_inside_the_run(run: Run) -> None:
    (run.run_dir / "results" / "x.csv").touch()
    assert run.file_exists("results/x.csv")
    assert run.file_exists("results", "x.csv")
    assert run.file_exists("logs")
    assert not run.file_exists("results", "y.csv")
    assert not run.file_exists("n" * 300)
    for parts in (("..",), ("/etc/passwd",), ("results", "../../x"), ("\ud800",)):
        with pytest.raises(OutsideRunError):
            run.file_exists(*parts)
    (run.run_dir / "results" / "out").symlink_to("/etc")
    with pytest.raises(OutsideRunError):
        run.file_exists("results", "out", "passwd")


def test_read_log_defaults_to_the_newest_log(run: Run) -> None:
    for age, name in enumerate(["b.log", "a.log", "c.log"]):
        path = write_log(run.run_dir, name, name)
        os.utime(path, (1000 - age, 1000 - age))
    (run.run_dir / "logs" / "folder").mkdir()
    (run.run_dir / "logs" / "link.log").symlink_to("a.log")
    assert run.list_logs() == ["b.log", "a.log", "c.log"]
    assert run.read_log() == "b.log"
    assert run.read_log("c.log") == "c.log"


def test_a_run_without_a_log_says_so(run: Run) -> None:
    assert run.list_logs() == []
    with pytest.raises(FileNotFoundError, match="run 7 has no log"):
        run.read_log()
    with pytest.raises(FileNotFoundError):
        run.read_log("gone.log")
    (run.run_dir / "logs").rmdir()
    assert run.list_logs() == []


def test_a_run_of_which_no_log_can_be_read_says_why(run: Run) -> None:
    os.mkfifo(run.run_dir / "logs" / "out.log")
    with pytest.raises(FileNotFoundError, match=r"has no log; logs/out\.log is a FIFO, so it is not read"):
        run.read_log()


def test_a_log_on_another_disk_is_read_through_its_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "scratch.out").write_text("far away")
    (run.run_dir / "logs" / "run.log").symlink_to(tmp_path / "scratch.out")
    assert run.list_logs() == ["run.log"]
    assert run.read_log() == run.read_log("run.log") == "far away"


def test_logs_in_subfolders_are_listed_and_read(run: Run) -> None:
    (run.run_dir / "logs" / "1" / "rank.0").mkdir(parents=True)
    (run.run_dir / "logs" / "1" / "rank.0" / "stderr").write_text("ended")
    assert run.list_logs() == ["1/rank.0/stderr"]
    assert run.read_log() == "ended"


@pytest.mark.parametrize(
    ("folder", "calls"), [("logs", ["list_logs", "read_log"]), ("results", ["list_outputs"])]
)
def test_files_that_may_not_be_read_are_no_missing_ones(
    public_dir: Path, folder: str, calls: list[str]
) -> None:
    (write_run(public_dir, "a") / folder).chmod(0o700)
    code = """
        import sys
        from runtui import Run
        for call in sys.argv[2:]:
            try:
                print(getattr(Run(sys.argv[1]), call)())
            except OSError as error:
                print(type(error).__name__)
    """
    assert output_as_nobody(code, public_dir / "a", *calls).split() == ["PermissionError"] * len(calls)


@pytest.mark.parametrize(("folder", "call"), [("logs", "list_logs"), ("results", "list_outputs")])
@pytest.mark.parametrize("mode", [0o700, 0o744], ids=["not listed", "not entered"])
def test_of_folders_below_that_may_not_be_read_there_is_a_warning(
    public_dir: Path, folder: str, call: str, mode: int
) -> None:
    files = write_run(public_dir, "a") / folder
    for name in ("open", "closed"):
        (files / name).mkdir()
        (files / name / "x").write_text("x")
    (files / "closed").chmod(mode)
    code = """
        import logging, sys
        from runtui import Run
        logging.basicConfig(stream=sys.stdout, format="%(name)s %(levelname)s %(message)s")
        print(getattr(Run(sys.argv[1]), sys.argv[2])())
    """
    warning, listed = output_as_nobody(code, public_dir / "a", call).splitlines()
    assert listed == "['open/x']"
    assert warning.startswith("runtui WARNING ")
    assert f"{folder}/closed" in warning
    assert "Permission denied" in warning


@pytest.mark.parametrize(("folder", "call"), [("logs", "list_logs"), ("results", "list_outputs")])
def test_a_folder_that_is_something_else_is_not_called_empty(run: Run, folder: str, call: str) -> None:
    path = run.run_dir / folder
    path.rmdir()
    path.symlink_to("removed")
    with pytest.raises(FileNotFoundError):
        getattr(run, call)()
    path.unlink()
    path.write_text("a file")
    with pytest.raises(NotADirectoryError):
        getattr(run, call)()


def test_a_log_outside_the_run_is_refused(run: Run) -> None:
    (run.run_dir / "logs" / "folder").symlink_to("/etc")
    for name in ("../../other/logs/x", "/etc/passwd", "folder", "../metadata.json"):
        with pytest.raises(OutsideRunError):
            run.read_log(name)


@pytest.mark.parametrize(
    ("text", "count", "end"),
    [
        ("a\nb\nc\n", None, "a\nb\nc\n"),
        ("a\nb\nc\n", 2, "b\nc\n"),
        ("a\nb\nc", 2, "b\nc"),
        ("a\nb\nc", 1, "c"),
        ("a\nb\nc\n", 0, ""),
        ("a\nb\nc\n", -1, ""),
        ("a\nb\nc\n", 3, "a\nb\nc\n"),
        ("a\nb\nc\n", 99, "a\nb\nc\n"),
        ("a\nb\nc", 99, "a\nb\nc"),
        ("", 5, ""),
        ("\n", 1, "\n"),
        ("\n\n\n", 2, "\n\n"),
        ("no newline", 1, "no newline"),
        ("a\r\nb\r\n", 1, "b\r\n"),
        ("start\n 10%\r 20%\r 99%\rdone\n", 1, " 10%\r 20%\r 99%\rdone\n"),
        ("start\n 10%\r 20%\r", 1, " 10%\r 20%\r"),
    ],
)
def test_read_log_returns_the_whole_log_or_its_last_lines(
    run: Run, text: str, count: int | None, end: str
) -> None:
    (run.run_dir / "logs" / "simulation.log").write_bytes(text.encode())
    assert run.read_log(last_lines=count) == end


def test_last_lines_far_longer_than_a_block_are_read_whole(run: Run) -> None:
    lines = [f"{number} " + "x" * 100_000 + "\n" for number in range(5)]
    write_log(run.run_dir, "".join(lines))
    assert run.read_log(last_lines=2) == "".join(lines[-2:])
    assert run.read_log(last_lines=5) == "".join(lines)


@given(st.lists(st.sampled_from(["", "a", "bb", "\r"]), max_size=20), st.booleans(), st.integers(0, 25))
def test_last_lines_match_the_end_of_the_text(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], ends: bool, count: int
) -> None:
    run = Run(write_run(tmp_path_factory.getbasetemp() / "last_lines", "run"))
    text = "\n".join(lines) + "\n" * ends
    (run.run_dir / "logs" / "simulation.log").write_bytes(text.encode())
    expected = text.split("\n")
    if not expected[-1]:
        expected.pop()
    wanted = expected[len(expected) - min(count, len(expected)) :]
    assert run.read_log(last_lines=count) == "".join(f"{line}\n" for line in wanted).removesuffix(
        "" if text.endswith("\n") else "\n"
    )


def test_a_log_that_is_not_utf8_is_read_with_replacements(run: Run) -> None:
    (run.run_dir / "logs" / "simulation.log").write_bytes(b"caf\xe9\n\xff")
    assert run.read_log() == "caf\ufffd\n\ufffd"


def test_outputs_are_listed_as_sorted_paths_without_links(run: Run) -> None:
    results = run.run_dir / "results"
    (results / "deep" / "er").mkdir(parents=True)
    for name in ("b.csv", "a.csv", "deep/er/x y.json"):
        (results / name).touch()
    (results / "link").symlink_to("a.csv")
    (results / "out").symlink_to("/etc")
    os.mkfifo(results / "pipe")
    assert run.list_outputs() == ["a.csv", "b.csv", "deep/er/x y.json"]


def test_a_run_without_results_has_no_outputs(run: Run) -> None:
    (run.run_dir / "results").rmdir()
    assert run.list_outputs() == []


def test_outputs_are_written_and_read_as_text_and_bytes(run: Run) -> None:
    with run.open_output("deep/er/energy.csv", "w") as file:
        file.write("β\n")
    with run.open_output("deep/er/energy.csv") as file:
        assert file.read() == "β\n"
    with run.open_output("deep/er/energy.csv", "ab") as file:
        file.write(b"\x00")
    with run.open_output(Path("deep") / "er" / "energy.csv", "rb") as file:
        assert file.read() == "β\n\x00".encode()


def test_reading_a_missing_output_creates_nothing(run: Run) -> None:
    with pytest.raises(FileNotFoundError):
        run.open_output("deep/gone.csv")
    assert os.listdir(run.run_dir / "results") == []


@pytest.mark.parametrize("name", ["../metadata.json", "/etc/passwd", "out/x", "victim"])
@pytest.mark.parametrize("mode", ["r", "w", "a", "x"])
def test_output_outside_the_results_is_refused(run: Run, tmp_path: Path, name: str, mode: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("safe")
    (run.run_dir / "results" / "out").symlink_to(tmp_path)
    (run.run_dir / "results" / "victim").symlink_to(victim)
    with pytest.raises(OutsideRunError):
        run.open_output(name, mode)
    assert victim.read_text() == "safe"
    assert not (tmp_path / "x").exists()
