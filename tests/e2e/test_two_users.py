"""Two people, each with rights of their own, at the same runs at the same time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from runtui.catalog.doctor import examine
from runtui.catalog.findings import Level
from runtui.store.folding import read_overlaid
from runtui.store.trash import list_trash
from tests.run_dirs import write_run
from tests.store.children import NOBODY, ROOT
from tests.terminal import Terminal

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

ANN, BEN = NOBODY - 1, NOBODY - 2
PYTHON = os.path.realpath(sys._base_executable)

# What is tested may lie where only root can go: a user finds it where everybody can.
AS_USER = """
mount --bind "$1" "$2/packages" && mount --bind "$3" "$2/source" || exit 9
who=$4; home=$2/home-$4; shift 4
export HOME="$home" USER="user-$who" LOGNAME="user-$who"
exec setpriv --reuid "$who" --regid "$GROUP" --clear-groups "$@"
"""


@dataclass(frozen=True)
class Place:
    """A folder that everybody can go into, with a runs directory that two users share."""

    folder: Path

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    def as_user(self, user: int, *words: str) -> list[str]:
        """Return the command line that runs Python as a user."""
        packages = sysconfig.get_path("purelib")
        shell = ["sh", "-c", AS_USER, "sh", packages, os.fspath(self.folder), os.fspath(ROOT), str(user)]
        return ["unshare", "--mount", "--propagation", "private", *shell, PYTHON, *words]

    def browser(self, user: int) -> Terminal:
        """Open the browser as a user."""
        return Terminal(self.as_user(user, "-m", "runtui", os.fspath(self.runs)), 120, 40, self.environment)

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.folder}/source:{self.folder}/packages"
        return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "GROUP": str(NOBODY), "TERM": "screen"}


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as name:
        place = Place(Path(name))
        place.folder.chmod(0o755)
        for folder in ("packages", "source"):
            (place.folder / folder).mkdir()
        for user in (ANN, BEN):
            home = place.folder / f"home-{user}"
            home.mkdir(mode=0o700)
            os.chown(home, user, NOBODY)
        place.runs.mkdir()
        os.chown(place.runs, 0, NOBODY)
        place.runs.chmod(0o3775)  # everybody adds runs, nobody moves another's
        for user, owner in ((ANN, "ann"), (BEN, "ben")):
            for number in range(3):
                run = write_run(
                    place.runs, f"{owner}-{number}", status="failed", description=f"a run of {owner}"
                )
                give_to(run, user)
        try:
            done = subprocess.run(
                place.as_user(ANN, "-c", "import runtui.tui.app, os; print(os.geteuid())"),
                env=os.environ | place.environment,
                capture_output=True,
                encoding="utf-8",
                check=False,
            )
        except FileNotFoundError as error:
            pytest.skip(f"{error.filename} is not installed")
        if done.stdout != f"{ANN}\n":
            pytest.skip(f"one cannot be another user with a mount of one's own here: {done.stderr}")
        yield place


def give_to(folder: Path, user: int) -> None:
    """Make a folder and all in it a user's."""
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, user, NOBODY)


def tags(place: Place, names: Sequence[str]) -> list[list[str]]:
    return [read_overlaid(str(place.runs), name).metadata["tags"] for name in names]


def test_each_changes_only_what_is_ones_own_and_is_told_of_the_rest(place: Place) -> None:
    of_ann, of_ben = ([f"{owner}-{number}" for number in range(3)] for owner in ("ann", "ben"))
    files = {
        path: path.read_bytes()
        for name in of_ben
        for path in (place.runs / name).rglob("*")
        if path.is_file()
    }
    with place.browser(ANN) as ann, place.browser(BEN) as ben:
        for user in (ann, ben):
            user.wait_for("6 runs")
            user.wait_for("live:")
            user.press("*")
            user.wait_for("6 selected")
            user.press("t")
            user.wait_for("tags of 6 runs")
        ann.type("one")
        ben.type("two")
        ann.press("Enter")
        ben.press("Enter")
        for user, others in ((ann, of_ben), (ben, of_ann)):
            screen = user.wait_for("3 of 6 runs")
            assert all(name in screen for name in others), screen
            user.press("Escape")
            user.wait_for(lambda screen: "not everything" not in screen)
        assert tags(place, of_ann) == [["one"]] * 3
        assert tags(place, of_ben) == [["two"]] * 3

        # Nobody takes away another's run; one's own goes, and the other sees it go.
        ann.press("d")
        screen = ann.wait_for("3 runs to the trash")
        assert "belongs to another user" in screen
        ann.press("Enter")
        for user in (ann, ben):
            user.wait_for(lambda screen: "3 runs  " in screen and "ann-0" not in screen)
        assert sorted(run.name for run in list_trash(str(place.runs))) == of_ann
        ann.press("u")
        for user in (ann, ben):
            user.wait_for("6 runs")
        ben.press("u")
        ben.wait_for(lambda screen: "undone for 3 runs" in screen)
        assert tags(place, of_ben) == [[]] * 3
        assert tags(place, of_ann) == [["one"]] * 3
        for user in (ann, ben):
            user.press("q")
            user.wait_for("ended with 0")
    for path, before in files.items():
        if path.name == "metadata.json":
            now = json.loads(path.read_bytes())
            assert {key: value for key, value in now.items() if key != "tags"} == {
                key: value for key, value in json.loads(before).items() if key != "tags"
            }
        else:
            assert path.read_bytes() == before
    owners = {path.stat().st_uid for path in (place.runs / "ben-0").rglob("*")}
    assert owners == {BEN}
    assert [found for found in examine(str(place.runs)) if found.level is Level.PROBLEM] == []
