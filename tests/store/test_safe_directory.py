"""Writing below a directory follows no link, changes nothing elsewhere, and waits for nothing."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import pytest

import runtui
from runtui.store.errors import IrregularFileError, ReplacedDirectoryError
from runtui.store.safe_directory import SafeDirectory, split_at

APPENDING = os.O_WRONLY | os.O_CREAT | os.O_APPEND


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    found = tmp_path / "elsewhere"
    (found / "logs").mkdir(parents=True)
    (found / "victim").write_text("precious")
    return found


@pytest.fixture
def run(tmp_path: Path) -> Path:
    found = tmp_path / "run"
    (found / "logs").mkdir(parents=True)
    return found


def contents(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def test_files_are_created_appended_replaced_and_removed(run: Path) -> None:
    directory = SafeDirectory(run)
    for text in (b"one\n", b"two\n"):
        with open(directory.open("logs/a.log", APPENDING), "wb") as file:
            file.write(text)
    assert (run / "logs" / "a.log").read_bytes() == b"one\ntwo\n"
    with open(directory.open("logs/a.log", os.O_WRONLY | os.O_TRUNC), "wb") as file:
        file.write(b"three\n")
    assert (run / "logs" / "a.log").read_bytes() == b"three\n"
    directory.replace("logs/a.log", b"four\n")
    assert contents(run) == {"logs": "", "logs/a.log": "four\n"}
    directory.discard("logs/a.log")
    assert contents(run) == {"logs": ""}


@pytest.mark.parametrize("flags", [APPENDING, os.O_WRONLY | os.O_TRUNC, os.O_RDWR])
def test_links_hard_links_and_pipes_are_not_opened(run: Path, elsewhere: Path, flags: int) -> None:
    (run / "logs" / "link").symlink_to(elsewhere / "victim")
    (run / "logs" / "dangling").symlink_to(elsewhere / "new")
    os.link(elsewhere / "victim", run / "logs" / "hard")
    os.mkfifo(run / "logs" / "fifo")
    for name in ("link", "dangling", "hard", "fifo"):
        with pytest.raises(IrregularFileError, match="move it away"):
            SafeDirectory(run).open(f"logs/{name}", flags)
    reader = os.open(run / "logs" / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(IrregularFileError, match="not a regular file"):
        SafeDirectory(run).open("logs/fifo", flags)
    os.close(reader)
    assert contents(elsewhere) == {"logs": "", "victim": "precious"}


@pytest.mark.parametrize("place", ["", "logs", "logs/deep"])
def test_link_in_place_of_a_folder_is_not_followed(
    run: Path, elsewhere: Path, tmp_path: Path, place: str
) -> None:
    (run / "logs" / "deep").mkdir()
    (elsewhere / "logs" / "deep").mkdir()
    (elsewhere / "deep").mkdir()
    folder = run / place
    folder.rename(tmp_path / "moved")
    folder.symlink_to(elsewhere / place)
    before = contents(elsewhere)
    directory = SafeDirectory(run)
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        directory.open("logs/deep/new", APPENDING)
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        directory.replace("logs/deep/new", b"")
    with pytest.raises(NotADirectoryError, match="symbolic link"):
        directory.make_shared_folder("logs/deep/new")
    directory.discard("logs/deep/victim")
    directory.remove_tree("logs/deep")
    assert contents(elsewhere) == before


def test_removing_a_link_keeps_its_target(run: Path, elsewhere: Path) -> None:
    (run / "data").symlink_to(elsewhere)
    SafeDirectory(run).remove_tree("data")
    assert not (run / "data").is_symlink()
    assert contents(elsewhere) == {"logs": "", "victim": "precious"}


def test_safe_directory_follows_a_link_on_request(run: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(run)
    SafeDirectory(tmp_path / "link", follow=True).replace("a", b"1")
    assert (run / "a").read_bytes() == b"1"


@pytest.mark.parametrize("path", ["../a", "logs/../../a", "./a", "logs//b/a"])
def test_path_that_escapes_the_directory_is_refused(run: Path, path: str) -> None:
    with pytest.raises(OSError, match="no path inside"):
        SafeDirectory(run).open(path, APPENDING)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_without_read_permission_can_be_written_to(run: Path) -> None:
    (run / "logs").chmod(0o300)
    SafeDirectory(run).replace("logs/a", b"1")
    assert (run / "logs" / "a").read_bytes() == b"1"


def test_split_at_finds_the_run_and_the_relative_path() -> None:
    directory, relative = split_at("/runs/r/logs/sub/a.log", "logs")
    assert (directory.path, relative) == ("/runs/r", "logs/sub/a.log")
    directory, relative = split_at("/tmp/a.log", "logs")
    assert (directory.path, relative) == ("/tmp", "a.log")


WRITING_CALLS = frozenset(
    {"link", "makedirs", "mkdir", "mkfifo", "remove", "removedirs", "rename", "renames"}
    | {"replace", "rmdir", "symlink", "truncate", "unlink", "utime"}
)
PATH_CALLS = frozenset({"write_text", "write_bytes", "symlink_to", "hardlink_to"})
ELSEWHERE = {
    "store/atomic.py": "below SafeDirectory, and for the user's own files",
    "store/safe_directory.py": "the one place",
    "store/lock.py": "by the descriptor of a safe directory",
    "store/edits/edit_files.py": "by the descriptors of safe directories",
    "store/user_dirs.py": "the user's own folders",
    "store/git.py": "a temporary folder of its own",
    "catalog/sync/cache.py": "the user's own cache",
    "store/seal.py": "the user's own key",
    "tui/crash.py": "the user's own reports",
    "logs/read/saving.py": "a file that the user names",
    "cli/demo.py": "a directory that the user names",
    "demo": "simulations, which write as simulations do",
}


def writes(tree: ast.AST) -> list[int]:
    """Return the lines of what opens for writing, makes, moves or removes by a path alone."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        by_descriptor = {keyword.arg for keyword in node.keywords} & {"dir_fd", "src_dir_fd", "opener"}
        function = node.func
        if isinstance(function, ast.Name) and function.id == "open":
            mode = next((word.value for word in node.keywords if word.arg == "mode"), None)
            mode = node.args[1] if len(node.args) > 1 else mode
            text = mode.value if isinstance(mode, ast.Constant) else "r" if mode is None else "w"
            is_path = "devnull" not in ast.unparse(node) and not (
                isinstance(node.args[0], ast.Call) or by_descriptor
            )
            if is_path and set(str(text)) & set("wax+") and not ast.unparse(node.args[0]).isidentifier():
                found.append(node.lineno)
        elif isinstance(function, ast.Attribute):
            owner = ast.unparse(function.value)
            if owner in ("os", "shutil") and not by_descriptor:
                flags = ast.unparse(node.args[1]) if function.attr == "open" and len(node.args) > 1 else ""
                is_writing = any(word in flags for word in ("O_WRONLY", "O_CREAT"))
                if function.attr in WRITING_CALLS or (is_writing and "devnull" not in ast.unparse(node)):
                    found.append(node.lineno)
            elif function.attr in PATH_CALLS:
                found.append(node.lineno)
    return found


def test_runs_are_written_only_through_safe_directories() -> None:
    package = Path(runtui.__file__).parent
    found = []
    for path in sorted(package.rglob("*.py")):
        name = str(path.relative_to(package))
        if not any(name == place or name.startswith(f"{place}/") for place in ELSEWHERE):
            found += [f"{name}:{line}" for line in writes(ast.parse(path.read_text()))]
    assert found == []


def test_pinned_directory_refuses_writes_after_a_replacement(tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    directory = SafeDirectory(run)
    directory.pin()
    directory.replace("a", b"1")
    run.rename(tmp_path / "moved")
    run.mkdir()
    assert not directory.is_in_place
    for write in (
        lambda: directory.replace("a", b"2"),
        lambda: directory.open("a", os.O_WRONLY | os.O_CREAT),
        lambda: directory.make_shared_folder(".runtui"),
    ):
        with pytest.raises(ReplacedDirectoryError, match="another directory was put in the place"):
            write()
    directory.discard("a")
    assert list(run.iterdir()) == []
    assert (tmp_path / "moved" / "a").read_bytes() == b"1"
    run.rmdir()
    (tmp_path / "moved").rename(run)
    assert directory.is_in_place
    directory.replace("a", b"3")
    assert (run / "a").read_bytes() == b"3"
