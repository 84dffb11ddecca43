"""Command lines run in processes of their own, each with one fault at a chosen moment.

An interpreter that has loaded everything forks for each command, so that a command costs milliseconds and
there can be one for every place at which a fault may strike.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from tests.store.children import PATIENCE, ROOT

STRIKES_AT = 100
"""Which of a process's calls of one kind strace lets fail: more than any command makes by itself."""

CALLS = (
    *("write", "fsync", "ftruncate", "rename", "link", "symlink", "mkdir", "rmdir", "unlink", "unlinkat"),
    *("chmod", "fchmod", "utimensat"),
)
"""The system calls that change something, by the names that Python uses on this kind of machine."""

_SERVER = """
import io, json, os, shutil, sys, tempfile, traceback
from runtui import RunManager, RunNotFoundError
from runtui.cli import main
from runtui.store.errors import explain
from tests.run_dirs import write_run

def many(call, count, nothing):
    for _ in range(count):
        try:
            NOTHING[call](nothing)
        except OSError:
            pass

NOTHING = {
    "write": lambda nothing: os.write(nothing, b""),
    "fsync": os.fsync,
    "rename": lambda nothing: os.rename("", ""),
    "link": lambda nothing: os.link("", ""),
    "symlink": lambda nothing: os.symlink("", ""),
    "mkdir": lambda nothing: os.mkdir(""),
    "rmdir": lambda nothing: os.rmdir(""),
    "unlink": lambda nothing: os.unlink(""),
    "unlinkat": lambda nothing: os.unlink("", dir_fd=nothing),
    "chmod": lambda nothing: os.chmod("", 0),
    "fchmod": lambda nothing: os.fchmod(nothing, 0o666),
    "utimensat": lambda nothing: os.utime(""),
    "ftruncate": lambda nothing: os.ftruncate(nothing, 0),
}

def save(base):
    manager = RunManager(base, auto_create=False)
    if not manager.load_run("old"):
        print("runtui: there is no run old (look again)", file=sys.stderr)
        return 1
    before = dict(manager.metadata)
    try:
        manager.update_status("failed", note="saved")
    except (OSError, RunNotFoundError) as error:
        assert manager.metadata == before
        print("runtui:", explain(error) if isinstance(error, OSError) else error, file=sys.stderr)
        return 1
    return 0

seen = 0

def remove_at(moment, doomed, watched):
    def look(event, values):
        global seen
        if seen < moment and any(isinstance(value, str) and value.startswith(watched) for value in values):
            seen += 1
            if seen == moment:
                shutil.rmtree(doomed, ignore_errors=True)
    sys.addaudithook(look)

# What is loaded late may lie where only root can read: let it be loaded now.
with tempfile.TemporaryDirectory() as base:
    sys.stdout = sys.stderr = io.StringIO()
    write_run(base, "warm", checkpoints=[{"name": "c", "path": "c"}])
    open(f"{base}/warm/c", "w").close()
    for words in (
        "tag warm +a", "undo warm", "mark warm failed", "resume warm", "clean warm --yes", "trash ls",
        "trash restore warm", "trash empty --yes", "doctor --fix", "ls", "tag nosuch +a",
    ):
        main(["-C", base, *words.split()])
    import orjson
    sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__

pids = []
nothing = os.open(os.devnull, os.O_WRONLY)
for number, order in enumerate(json.load(open(sys.argv[1]))):
    pid = os.fork()
    if pid == 0:
        code = 70
        answer_file = open(f"{sys.argv[2]}/{number}", "w")
        try:
            sys.stdout, sys.stderr = io.StringIO(), io.StringIO()
            if order["user"]:
                os.setgroups([]); os.setgid(order["user"]); os.setuid(order["user"])
            if order["moment"]:
                remove_at(order["moment"], order["removed"], order["base"])
            if order["call"]:
                many(order["call"], int(sys.argv[3]) - order["place"], nothing)
            code = save(order["base"]) if order["words"][2] == "save" else main(order["words"])
        except BaseException:
            traceback.print_exc()
        finally:
            # In one piece and past the calls that fail: what is tested is what is said, not the saying.
            answer = json.dumps([code, sys.stdout.getvalue(), sys.stderr.getvalue(), seen]).encode()
            os.pwritev(answer_file.fileno(), [answer], 0)
            os._exit(0)
    os.waitpid(pid, 0)
    pids.append(pid)
with open(f"{sys.argv[2]}/pids", "w") as file:
    os.pwritev(file.fileno(), [json.dumps(pids).encode()], 0)
"""


@dataclass(frozen=True)
class Command:
    """A command line and the fault it is to meet.

    Attributes:
        base: The runs directory.
        words: What follows it on the command line; ``save`` for a save by `RunManager` of the run ``old``.
        call, place: The system call that fails, and which one of them; by default none.
        removed, moment: The directory that is removed when the command is about to touch the runs directory
            for the so many-th time; by default none.
        user: The number of the user who says it; by default ours.
    """

    base: Path
    words: str
    call: str = ""
    place: int = 0
    removed: Path | None = None
    moment: int = 0
    user: int = 0


@dataclass(frozen=True)
class Answer:
    """What a command said, its exit code, and how often it touched what was to be removed in between."""

    code: int
    out: str
    err: str
    touches: int = 0


def run_commands(
    folder: Path, commands: Sequence[Command], strace: Sequence[str] = ()
) -> tuple[list[Answer], list[int]]:
    """Run commands one after the other and return their answers and the numbers of their processes.

    Args:
        folder: Where the answers may lie for a moment.
        commands: The commands.
        strace: Options of a strace to run them under.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    orders = [
        asdict(command) | {"words": ["-C", str(command.base), *command.words.split()]} for command in commands
    ]
    (folder / "orders").write_text(json.dumps(orders, default=str))
    (folder / "answers").mkdir()
    before = ["strace", "-f", "-qq", *strace] if strace else []
    server = [sys.executable, "-B", "-c", _SERVER]
    subprocess.run(
        [*before, *server, str(folder / "orders"), str(folder / "answers"), str(STRIKES_AT)],
        cwd=ROOT,
        check=True,
        timeout=PATIENCE,
    )
    answers = [Answer(*json.loads((folder / "answers" / str(k)).read_text())) for k in range(len(orders))]
    return answers, json.loads((folder / "answers" / "pids").read_text())


def run_command(base: Path, words: str) -> Answer:
    """Run one command as a user does, in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-B", "-m", "runtui", "-C", str(base), *words.split()],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


def require_strace() -> None:
    """Skip the calling test where system calls cannot be made to fail."""
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed")
    trial = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "inject=fsync:error=EIO", "true"]
    answer = subprocess.run(trial, capture_output=True, text=True, check=False)
    if answer.returncode:
        pytest.skip(f"strace may not be used here: {answer.stderr.strip()}")


def calls_made(log: Path, pids: Sequence[int]) -> list[Counter[str]]:
    """Return how many system calls of each kind each process made, by a log of strace."""
    made = {pid: Counter[str]() for pid in pids}
    for line in log.read_text(errors="replace").splitlines():
        pid, _, call = line.partition(" ")
        name = call.strip().partition("(")[0]
        if int(pid) in made and name in CALLS:
            made[int(pid)][name] += 1
    return [made[pid] for pid in pids]
