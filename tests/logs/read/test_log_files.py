import gzip
import json
import os
import socket
from pathlib import Path

import pytest

from runtui.logs.read.log_files import (
    find_logs,
    find_texts,
    is_error_log,
    is_log_name,
    looks_like_text,
)
from tests.run_dirs import write_run
from tests.store.children import output_as_nobody


def test_logs_are_listed_newest_first(tmp_path) -> None:
    (tmp_path / "logs").mkdir()
    for age, name in enumerate(["logs/new.log", "slurm-12.out", "logs/old.txt"]):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "logs" / "empty.log").write_text("")
    (tmp_path / "metadata.json").write_text("{}")
    found = [log.name for log in find_logs(str(tmp_path)).logs]
    assert found == ["logs/new.log", "slurm-12.out", "logs/old.txt", "logs/empty.log"]


def test_symlinked_logs_are_listed_once_with_their_targets(tmp_path: Path) -> None:
    run, scratch = tmp_path / "run", tmp_path / "scratch"
    (run / "logs").mkdir(parents=True)
    (scratch / "ranks").mkdir(parents=True)
    (scratch / "out.txt").write_text("x")
    (scratch / "ranks" / "0").write_text("y")
    (run / "slurm-7.out").write_text("z")
    (run / "logs" / "run.log").symlink_to("../../scratch/out.txt")
    (run / "logs" / "job.log").symlink_to("../slurm-7.out")
    (run / "logs" / "ranks").symlink_to(scratch / "ranks")
    (run / "logs" / "circle").symlink_to(".")
    os.mkfifo(run / "logs" / "pipe")
    logs, problems, hidden = find_logs(str(run))
    assert {log.name: log.target for log in logs} == {
        "logs/run.log": "../../scratch/out.txt",
        "logs/ranks/0": str(scratch / "ranks" / "0"),
        "slurm-7.out": "",
    }
    assert (problems, hidden) == (("logs/pipe is a FIFO, so it is not read",), ())
    assert [log.name for log in find_texts(str(run)).logs] == [log.name for log in logs]


def test_symlinked_logs_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "scratch" / "a.log").write_text("x")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "logs").symlink_to(tmp_path / "scratch")
    [log] = find_logs(str(tmp_path / "run")).logs
    assert (log.name, log.target) == ("logs/a.log", str(tmp_path / "scratch" / "a.log"))


def test_dangling_log_links_are_reported(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "run.log").symlink_to("/scratch/gone.out")
    assert find_logs(str(tmp_path)) == (
        [],
        ("logs/run.log is a link to /scratch/gone.out, which does not exist",),
        (),
    )
    (tmp_path / "logs" / "run.log").unlink()
    (tmp_path / "logs").rmdir()
    (tmp_path / "logs").symlink_to("/scratch/gone")
    assert find_logs(str(tmp_path)).problems == ("logs/ is a link to /scratch/gone, which does not exist",)


def test_logs_in_rank_folders_are_found(tmp_path: Path) -> None:
    for rank in range(2):
        folder = tmp_path / "logs" / "1" / f"rank.{rank}"
        folder.mkdir(parents=True)
        (folder / "stdout").write_text("x")
        (folder / "stderr").write_text("x")
    assert {log.name for log in find_logs(str(tmp_path)).logs} == {
        f"logs/1/rank.{rank}/{name}" for rank in range(2) for name in ("stdout", "stderr")
    }


def test_folders_that_lie_too_deep_are_said(tmp_path: Path) -> None:
    deep = tmp_path / "logs" / "1" / "2" / "3" / "4"
    (deep / "5" / "6").mkdir(parents=True)
    (deep / "5" / "6" / "run.log").write_text("x")
    assert find_logs(str(tmp_path)) == ([], ("logs/1/2/3/4/5/ was not looked at: deeper than 4 folders",), ())
    (deep / "run.log").write_text("x")
    (deep / "again").mkdir()
    logs, [problem], _hidden = find_logs(str(tmp_path))
    assert [log.name for log in logs] == ["logs/1/2/3/4/run.log"]
    assert problem.endswith("/ and 1 more were not looked at: deeper than 4 folders")


def test_what_is_no_regular_file_is_named_and_not_opened(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    os.mkfifo(folder / "fifo.log")
    os.mkfifo(tmp_path / "slurm-1.out")
    (folder / "zero.log").symlink_to("/dev/zero")
    (folder / "to-fifo.log").symlink_to("fifo.log")
    with socket.socket(socket.AF_UNIX) as endpoint:
        endpoint.bind(str(folder / "socket.log"))
    found = find_logs(str(tmp_path))
    assert found.logs == []
    assert sorted(found.problems) == [
        "logs/fifo.log is a FIFO, so it is not read",
        "logs/socket.log is a socket, so it is not read",
        "logs/to-fifo.log is a link to fifo.log, a FIFO, so it is not read",
        "logs/zero.log is a link to /dev/zero, a device, so it is not read",
        "slurm-1.out is a FIFO, so it is not read",
    ]


def test_hidden_files_are_named_unless_they_are_empty(tmp_path: Path) -> None:
    (tmp_path / "logs" / "rank").mkdir(parents=True)
    (tmp_path / "logs" / ".gitkeep").write_text("")
    assert find_logs(str(tmp_path)) == ([], (), ())
    (tmp_path / "logs" / ".out.log").write_text("x")
    found = find_logs(str(tmp_path))
    assert found == ([], (), ("logs/.out.log is hidden, so it is not read",))
    assert find_texts(str(tmp_path)).problems == found.unread == found.hidden
    (tmp_path / "logs" / "rank" / ".1").write_text("x")
    assert find_logs(str(tmp_path)).hidden == ("logs/.out.log and 1 more are hidden, so they are not read",)


def test_unreadable_folder_is_reported(public_dir: Path) -> None:
    run = write_run(public_dir, "a1")
    (run / "logs" / "run.log").write_text("x")
    (run / "results" / "deep").mkdir()
    (run / "results" / "deep").chmod(0)
    (run / "logs").chmod(0o700)
    code = """
        import json, sys
        from runtui.logs.read.log_files import find_texts
        logs, others, problems = find_texts(sys.argv[1])
        print(json.dumps([len(logs), problems]))
    """
    why = "cannot be read: Permission denied (ask its owner for access)"
    assert json.loads(output_as_nobody(code, run)) == [0, [f"logs/ {why}", f"results/deep/ {why}"]]


def test_logs_of_other_programs_are_found_in_their_places(tmp_path: Path) -> None:
    for name in (".guild/output", "files/output.log", ".guild/attrs/run_params", "files/config.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    assert {log.name for log in find_logs(str(tmp_path)).logs} == {".guild/output", "files/output.log"}
    (tmp_path / "files" / "output.log").unlink()
    (tmp_path / "files" / "output.log").symlink_to("/dev/zero")
    assert [log.name for log in find_logs(str(tmp_path)).logs] == [".guild/output"]


@pytest.mark.parametrize(
    ("name", "is_log"),
    [
        ("run.log", True),
        ("run.log.1", True),
        ("run.log2.gz", True),
        ("slurm-12.out", True),
        ("slurm-12.txt", True),
        ("slurm-12_3.txt", True),
        ("slurm-job.sh", False),
        ("job.o12345", True),
        ("job.pe12345", True),
        ("stderr", True),
        ("stdout.txt", True),
        ("rank3.stderr", True),
        ("log.lammps", True),
        ("nohup.out", True),
        ("notes.txt", False),
        ("metadata.json", False),
        ("model.o", False),
        ("catalog", False),
        ("log.simpleFoam", True),
        ("cout.txt", True),
        ("train_log.txt", True),
        ("training_log_2023_8_31_09_18_31.txt", True),
        ("log_train.txt", True),
        ("loss_log.txt", True),
        ("train_loglik.txt", False),
        ("train.txt", False),
        ("rsl.error.0000", True),
        ("OUTCAR", True),
        ("OUTCAR.gz", True),
        ("OUTCAR.relax1", True),
        ("OUTCAR_2", True),
        ("2.log.lammps", True),
        ("cooling_log.LAMMPS", True),
        ("bands.out", True),
        ("dos.out", True),
        ("Band.out", True),
        ("DOS_PDOS_SCF.out", False),
        ("namelist.output", False),
        ("log.csv", False),
        ("scf.abo", True),
        ("scf.abo0004", True),
        ("espresso.pwo", True),
        ("output.txt", True),
        ("log", True),
        ("err", True),
        ("logo.png", False),
        ("outputs", False),
        ("errata.txt", False),
        ("rsl.namelist", False),
        ("DOS_k1.out", False),
        ("a.out", False),
    ],
)
def test_log_files_are_recognised_by_name(name: str, is_log: bool) -> None:
    assert is_log_name(name) is is_log


@pytest.mark.parametrize(
    ("name", "is_for_errors"),
    [
        ("a.err", True),
        ("logs/1/rank.0/stderr", True),
        ("errors.log", True),
        ("job.e12", True),
        ("terrain.log", False),
        ("logs/stderr/out", False),
    ],
)
def test_error_logs_are_recognised_by_name(name: str, is_for_errors: bool) -> None:
    assert is_error_log(name) is is_for_errors


def test_text_files_are_listed_logs_first_without_following_links(tmp_path) -> None:
    for folder in ("logs/ranks", "results/a/b/c", "checkpoints", ".runtui"):
        (tmp_path / folder).mkdir(parents=True)
    names = [
        "logs/main.log",
        "logs/ranks/rank-0.log",
        "run.log.1",
        "log.simpleFoam",
        "config.yaml",
        "results/a/t.csv",
    ]
    for age, name in enumerate(names):
        (tmp_path / name).write_text("text\n")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "old.log.gz").write_bytes(gzip.compress(b"old\n"))
    os.utime(tmp_path / "old.log.gz", (1, 1))
    (tmp_path / "results" / "field.npy").write_bytes(b"\x93NUMPY\x01\0" + bytes(1000))
    (tmp_path / "results" / "a" / "b" / "c" / "deep.txt").write_text("too deep")
    (tmp_path / "results" / "link.txt").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to("/etc")
    (tmp_path / ".runtui" / "edit.json").write_text("{}")
    logs, texts, _problems = find_texts(str(tmp_path))
    assert [log.name for log in logs] == [*names[:4], "old.log.gz"]
    assert [text.name for text in texts] == names[4:]
    assert (logs[0].size, logs[0].modified) == (5, 1000)


def test_missing_run_has_no_files(tmp_path) -> None:
    assert find_texts(str(tmp_path / "none")) == ([], [], ())


def test_logs_are_found_among_thousands_of_results(tmp_path) -> None:
    (tmp_path / "a_results").mkdir()
    (tmp_path / "logs").mkdir()
    for number in range(3000):
        (tmp_path / "a_results" / f"{number}.txt").touch()
    (tmp_path / "logs" / "main.log").write_text("x")
    logs, texts, _problems = find_texts(str(tmp_path))
    assert [log.name for log in logs] == ["logs/main.log"]
    assert len(texts) == 200


def test_text_file_is_recognised_by_its_beginning(tmp_path) -> None:
    cases = {
        "ascii": (b"plain\ttext\r\n\x1b[31mred", True),
        "utf-8": ("süß 漢字\n".encode(), True),
        "latin": ("nearly all of this is plain, one is not: é".encode("latin-1"), True),
        "cut": (("x" * 1023 + "é").encode(), True),
        "empty": (b"", True),
        "nul": (b"text\0text", False),
        "binary": (bytes(range(128, 256)), False),
        "gzip": (gzip.compress(b"x"), False),
    }

    for name, (data, is_text) in cases.items():
        (tmp_path / name).write_bytes(data)
        assert looks_like_text(str(tmp_path / name)) is is_text, name
    os.mkfifo(tmp_path / "fifo")
    assert not looks_like_text(str(tmp_path / "fifo"))
    assert not looks_like_text(str(tmp_path / "none"))


def test_logs_of_ranks_are_found_where_open_mpi_was_told(tmp_path: Path) -> None:
    for path in (
        "out/1/rank.0/stdout",
        "out/1/rank.1/stderr",
        "worker-3/run.log",
        "rank0/data.csv",
        "out/a/b/stdout",
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("x\n")
    found = {log.name for log in find_logs(str(tmp_path)).logs}
    assert found == {"out/1/rank.0/stdout", "out/1/rank.1/stderr", "worker-3/run.log"}
