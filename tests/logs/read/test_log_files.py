import gzip
import os

from runtui.logs.read.log_files import find_logs, find_texts, looks_like_text


def test_logs_are_found_the_one_written_last_first(tmp_path) -> None:
    (tmp_path / "logs").mkdir()
    for age, name in enumerate(["logs/new.log", "slurm-12.out", "logs/old.txt"]):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 - age, 1000 - age))
    (tmp_path / "logs" / "empty.log").write_text("")
    (tmp_path / "metadata.json").write_text("{}")
    (tmp_path / "logs" / "link.log").symlink_to("/etc/passwd")
    found = [log.name for log in find_logs(str(tmp_path))]
    assert found == ["logs/new.log", "slurm-12.out", "logs/old.txt", "logs/empty.log"]


def test_all_text_of_a_run_is_found_logs_first_and_links_not_followed(tmp_path) -> None:
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
    logs, texts = find_texts(str(tmp_path))
    assert [log.name for log in logs] == [*names[:4], "old.log.gz"]
    assert [text.name for text in texts] == names[4:]
    assert (logs[0].size, logs[0].modified) == (5, 1000)


def test_a_run_that_is_not_there_has_no_files(tmp_path) -> None:
    assert find_texts(str(tmp_path / "none")) == ([], [])


def test_a_run_with_very_many_results_still_shows_its_logs(tmp_path) -> None:
    (tmp_path / "a_results").mkdir()
    (tmp_path / "logs").mkdir()
    for number in range(3000):
        (tmp_path / "a_results" / f"{number}.txt").touch()
    (tmp_path / "logs" / "main.log").write_text("x")
    logs, texts = find_texts(str(tmp_path))
    assert [log.name for log in logs] == ["logs/main.log"]
    assert len(texts) == 200


def test_a_file_is_text_when_it_begins_so(tmp_path) -> None:
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
