"""Two people with rights of their own, who share a runs directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.run_dirs import write_run
from tests.store.children import NOBODY, PATIENCE, ROOT
from tests.terminal import Terminal

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

    def says(self, user: int, *words: str, umask: int = 0o022) -> tuple[int, str, str]:
        """Run a command of runtui's as a user and return its exit code, output and errors."""
        command = self.as_user(user, "-m", "runtui", *words, "-C", os.fspath(self.runs))
        done = subprocess.run(
            command,
            env=os.environ | self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            umask=umask,
            timeout=PATIENCE,
        )
        return done.returncode, done.stdout, done.stderr

    def runs_code(self, user: int, code: str, *arguments: str) -> str:
        """Run Python code as a user and return what it prints."""
        done = subprocess.run(
            self.as_user(user, "-c", code, *arguments),
            env=os.environ | self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE,
        )
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        return done.stdout.strip()

    def browser(self, user: int) -> Terminal:
        """Open the browser as a user."""
        return Terminal(self.as_user(user, "-m", "runtui", os.fspath(self.runs)), 120, 40, self.environment)

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.folder}/source:{self.folder}/packages"
        return {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", "GROUP": str(NOBODY), "TERM": "screen"}


@contextmanager
def shared_place() -> Iterator[Place]:
    """Yield such a folder, in which each of two users has three runs; skip where that cannot be made."""
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
