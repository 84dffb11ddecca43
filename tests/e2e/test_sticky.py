"""A runs directory in which nobody can replace the files of others: each can work there all the same."""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from typing import Any

import pytest

from runtui.store.index import rebuild_index
from tests.e2e.two_users import ANN, BEN, Place, give_to, shared_place
from tests.run_dirs import write_run
from tests.store.children import NOBODY
from tests.trees import everything_below

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

DEAD = {"host": os.uname().nodename, "pid": 4_000_000, "boot": "gone", "start": 1, "token": "0" * 16}


@pytest.fixture
def place() -> Iterator[Place]:
    with shared_place() as place:
        os.chown(place.runs, ANN, NOBODY)
        for run in list(place.runs.iterdir()):
            shutil.rmtree(run)
        yield place


def index(place: Place) -> dict[str, Any]:
    found = json.loads((place.runs / ".run_index.json").read_text())
    assert isinstance(found, dict)
    return found


def present(place: Place) -> set[str]:
    return {path.name for path in place.runs.iterdir() if path.is_dir() and path.name[0] != "."} - {"current"}


def indexed(place: Place) -> set[str]:
    return {entry["run_id"] for entry in index(place)["runs"]}


def says(place: Place, user: int, *words: str, umask: int = 0o022) -> str:
    code, out, err = place.says(user, *words, umask=umask)
    assert code == 0, err
    assert err == ""
    return out


def create(place: Place, user: int, umask: int = 0o022) -> str:
    """Create a run that ended as a user, by the library."""
    code = (
        "import os, sys; os.umask(int(sys.argv[2])); from runtui import RunManager;"
        "manager = RunManager(sys.argv[1]); print(manager.create_run(tags=['old']));"
        "manager.update_status('completed')"
    )
    return place.runs_code(user, code, str(place.runs), str(umask))


@pytest.mark.parametrize("umask", [0o022, 0o077])
@pytest.mark.parametrize("first", [ANN, BEN])
def test_two_users_can_tag_trash_and_restore_in_a_sticky_directory(
    place: Place, first: int, umask: int
) -> None:
    second = BEN if first == ANN else ANN
    runs = {user: [create(place, user, umask), create(place, user, umask)] for user in (first, second)}
    create(place, first, umask)
    assert indexed(place) == present(place)
    assert len(present(place)) == 5
    mode = (place.runs / ".run_index.json").stat().st_mode
    assert not mode & stat.S_IWOTH
    for user in (second, first):
        one, other = runs[user]
        says(place, user, "tag", other, "+mine", umask=umask)
        says(place, user, "clean", "--run", one, "--yes", umask=umask)
        assert indexed(place) == present(place)
        says(place, user, "trash", "restore", one, umask=umask)
        assert indexed(place) == present(place)


def test_index_overwritten_in_place_keeps_no_removed_runs(place: Place) -> None:
    first = [create(place, ANN) for _ in range(4)]
    create(place, BEN)
    long = (place.runs / ".run_index.json").stat().st_size
    for name in first:
        shutil.rmtree(place.runs / name)
    last = create(place, BEN)
    assert (place.runs / ".run_index.json").stat().st_size >= long
    assert indexed(place) == present(place)
    assert index(place)["latest"] == last


@pytest.mark.parametrize("path", [".runtui/index.lock", ".runtui/locks/index.lock"])
def test_stale_lock_of_another_user_is_ignored(place: Place, path: str) -> None:
    create(place, ANN)
    lock = place.runs / path
    lock.parent.mkdir(parents=True, exist_ok=True)
    lock.write_text(json.dumps(DEAD))
    os.chown(lock, ANN, NOBODY)
    name = create(place, BEN)
    assert indexed(place) == present(place)
    says(place, BEN, "clean", "--run", name, "--yes")


@pytest.mark.parametrize("kind", ["link", "dangling", "hard link", "pipe", "directory"])
def test_planted_index_link_is_not_followed(place: Place, kind: str) -> None:
    create(place, ANN)
    path = place.runs / ".run_index.json"
    path.unlink()
    victim = place.folder / "victim"
    victim.mkdir()
    (victim / "file").write_text("precious")
    for one in (victim, victim / "file"):
        os.chown(one, BEN, NOBODY)
        one.chmod(0o777)
    if kind == "link":
        path.symlink_to(victim / "file")
    elif kind == "dangling":
        path.symlink_to(victim / "new")
    elif kind == "hard link":
        os.link(victim / "file", path)
    elif kind == "pipe":
        os.mkfifo(path)
        path.chmod(0o666)
    else:
        path.mkdir()
    os.chown(path, ANN, NOBODY, follow_symlinks=False)
    before = everything_below(victim)
    create(place, BEN)
    assert everything_below(victim) == before


def test_unwritable_index_is_reported_by_doctor_and_blocks_nothing(place: Place) -> None:
    place.runs.chmod(0o1777)
    name = create(place, ANN)
    path = place.runs / ".run_index.json"
    path.chmod(0o644)
    before = path.read_bytes()
    mine = create(place, BEN)
    says(place, BEN, "tag", mine, "+mine")
    says(place, BEN, "clean", "--run", mine, "--yes")
    says(place, BEN, "trash", "restore", mine)
    code, out, _err = place.says(BEN, "doctor", "--fix")
    assert code == 0, out
    assert "only its owner, another user, can rebuild it here" in out
    assert path.read_bytes() == before
    assert indexed(place) == {name}
    # Its owner brings it up to date.
    create(place, ANN)
    assert indexed(place) == present(place)


def test_cleanup_works_without_access_to_the_runtui_folder(place: Place) -> None:
    write_run(place.runs, "ann")
    give_to(place.runs / "ann", ANN)
    write_run(place.runs, "ben", created="2026-01-01T00:00:00Z")
    give_to(place.runs / "ben", BEN)
    rebuild_index(str(place.runs))
    (place.runs / ".runtui").chmod(0o700)
    os.chown(place.runs / ".runtui", ANN, NOBODY)
    says(place, BEN, "clean", "--run", "ben", "--yes")
    assert present(place) == {"ann"}


def test_trash_works_despite_a_private_folder_of_another_user(place: Place) -> None:
    private, mine = create(place, ANN, 0o077), create(place, BEN)
    create(place, ANN)  # so that none of them is the current one
    says(place, ANN, "clean", "--run", private, "--yes", umask=0o077)
    says(place, BEN, "clean", "--run", mine, "--yes")
    said = "runtui: 1 folder of the trash cannot be read: ask the owner to list or restore what is there\n"
    code, out, err = place.says(BEN, "trash", "ls")
    assert (code, out[:36], err) == (0, mine, said)
    code, out, err = place.says(BEN, "trash", "restore", private)
    assert code == 1
    assert "1 folder of the trash cannot be read" in err
    assert says(place, BEN, "trash", "restore", mine) == f"restored {mine}\n"
    says(place, BEN, "clean", "--run", mine, "--yes")
    code, out, err = place.says(BEN, "trash", "empty", "--yes")
    assert (code, err) == (0, said)
    assert out.startswith("deleted 1 run, ")
    assert says(place, ANN, "trash", "restore", private) == f"restored {private}\n"


def test_browser_reports_unreadable_trash_folders(place: Place) -> None:
    private, mine = create(place, ANN, 0o077), create(place, BEN)
    create(place, ANN)
    says(place, ANN, "clean", "--run", private, "--yes", umask=0o077)
    says(place, BEN, "clean", "--run", mine, "--yes")
    with place.browser(BEN) as ben:
        ben.wait_for("1 run")
        ben.press("T")
        ben.wait_for("1 folder of the trash cannot be read")
        ben.press("Escape")
        ben.press("q")
