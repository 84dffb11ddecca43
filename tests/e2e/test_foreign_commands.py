"""A colleague who may write in a runs directory cannot have anything run as somebody else."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.two_users import ANN, BEN, Place, shared_place
from tests.store.children import PATIENCE
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")

SIMULATION = """
import os, sys, time
from runtui import RunManager
manager = RunManager(sys.argv[1])
manager.create_run(run_id="r")
manager.update_status("running")
open(sys.argv[2] + "/begun", "w").close()
while not os.path.exists(sys.argv[2] + "/go"):
    time.sleep(0.02)
manager.update_status("failed")
"""

SWAP = """
import json, os, shutil, sys
run, way, what = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
path = os.path.join(run, "metadata.json")
metadata = json.load(open(path)) | what
metadata["checkpoints"] = [{"name": "c", "created_at": metadata["created_at"], "path": "checkpoints/c"}]
os.umask(0o022)
if way == "in place":
    json.dump(metadata, open(path, "w"))
elif way == "file":
    json.dump(metadata, open(path + ".new", "w"))
    os.rename(path + ".new", path)
else:
    os.rename(run, run + ".moved")
    os.makedirs(run + "/checkpoints")
    os.chmod(run, 0o777)
    json.dump(metadata, open(path, "w"))
    if way == "directory with our .runtui":
        os.rename(run + ".moved/.runtui", run + "/.runtui")
checkpoint = os.path.join(run, "checkpoints", "c")
if not os.path.exists(checkpoint):
    open(checkpoint, "w").write("state")
"""


@pytest.fixture
def shared() -> Iterator[Place]:
    """A runs directory without the sticky bit: everybody may move everybody's runs."""
    with shared_place() as place:
        place.runs.chmod(0o2777)
        place.folder.chmod(0o777)
        yield place


def put_in_place(place: Place, run: Path, way: str, what: dict[str, object]) -> None:
    place.runs_code(BEN, SWAP, os.fspath(run), way, json.dumps(what))


def told_to_touch(path: Path) -> dict[str, object]:
    words: Sequence[str] = ["sh", "-c", f"id -u > {path}"]
    resources = {"options": f"--wrap='id -u > {path}'"}
    return {
        "command": words,
        "working_directory": "/",
        "job": {"system": "slurm", "id": "1", "resources": resources},
    }


@contextmanager
def at_work(place: Place, *words: str) -> Iterator[None]:
    """Have a program of Ann's at work within a ``with`` block, which it may end after."""
    process = subprocess.Popen(place.as_user(ANN, *words), env=os.environ | place.environment, umask=0o002)
    try:
        wait_until((place.folder / "begun").exists, "it has begun")
        yield
    finally:
        (place.folder / "go").touch()
        process.wait(timeout=PATIENCE)


def new_run(place: Place) -> Path:
    """Return the run that is not there from the beginning."""
    (run,) = (path for path in place.runs.glob("[!.]*") if len(path.name) > 20 and not path.is_symlink())
    return run


@pytest.mark.parametrize("way", ["file", "in place", "directory", "directory with our .runtui"])
def test_resume_refuses_a_command_planted_by_another_user(shared: Place, way: str) -> None:
    pwned = shared.folder / "pwned"
    with at_work(shared, "-c", SIMULATION, os.fspath(shared.runs), os.fspath(shared.folder)):
        put_in_place(shared, shared.runs / "r", way, told_to_touch(pwned))
    code, _out, said = shared.says(ANN, "resume", "r", "--launch")
    assert (code, "command" in said) == (1, True)
    assert not pwned.exists()


@pytest.mark.parametrize("way", ["file", "in place", "directory", "directory with our .runtui"])
def test_relaunch_never_runs_a_command_planted_by_another_user(shared: Place, way: str) -> None:
    pwned, ours = shared.folder / "pwned", shared.folder / "ours"
    wait = f"touch {shared.folder}/begun; until [ -e {shared.folder}/go ]; do sleep 0.02; done"
    words = ["sh", "-c", f"id -u >> {ours}; {wait}; exit 1"]
    with at_work(shared, "-m", "runtui", "-C", os.fspath(shared.runs), "launch", "--", *words):
        run = new_run(shared)
        put_in_place(shared, run, way, told_to_touch(pwned))
    code, _out, said = shared.says(ANN, "resume", run.name, "--launch")
    assert "Traceback" not in said
    if code == 0:
        wait_until(lambda: len(ours.read_text().split()) == 2, "it ran again")
    assert not pwned.exists()
    assert set(ours.read_text().split()) == {str(ANN)}


PIPELINE = "[[steps]]\nname = 'a'\ncommand = 'false'\n"


@pytest.mark.parametrize("way", ["file", "in place", "directory", "directory with our .runtui"])
def test_resume_refuses_a_pipeline_planted_by_another_user(shared: Place, way: str) -> None:
    pwned = shared.folder / "pwned"
    (shared.folder / "ours.toml").write_text(PIPELINE)
    theirs = shared.folder / "theirs.toml"
    theirs.write_text(f"[[steps]]\nname = 'a'\ncommand = 'touch {pwned}'\n")
    assert shared.says(ANN, "exec", f"{shared.folder}/ours.toml", umask=0o002)[0] == 1
    run = new_run(shared)
    put_in_place(shared, run, way, {"pipeline": os.fspath(theirs), "executed": {"mode": "sync"}})
    assert shared.says(ANN, "exec", "--resume", run.name)[0] == 1
    assert not pwned.exists()
