"""Full disks, used up quotas, read-only mounts, no rights, stale handles, and runs that vanish in between.

Whatever fails, and wherever: the old state is intact, one line says what to do, and the exit code is 1. What
was done all the same is said to be done. And when the fault has passed, the same command works.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runtui import RunManager
from runtui.store.cleanup.trash import list_trash, move_to_trash, places_in_trash
from runtui.store.edits.fold import read_overlaid
from runtui.store.edits.run_edits import edit_tags
from runtui.store.index import stale_entries
from tests.run_dirs import write_run
from tests.store.children import NOBODY
from tests.store.commands import (
    CALLS,
    STRIKES_AT,
    Answer,
    Command,
    calls_made,
    require_strace,
    run_command,
    run_commands,
)

PAYLOAD = bytes(range(256)) * 8
LONG_AGO = 1_700_000_000


def make(base: Path) -> Path:
    """Make a runs directory: the run ``old`` was given a tag, ``other`` is current, ``gone`` in the trash."""
    first = base.parent / ".first"
    if not first.exists():
        write_all(first)
    return shutil.copytree(first, base, symlinks=True)


def write_all(base: Path) -> None:
    """Write what `make` copies, which is faster."""
    base.mkdir()
    for name in ("gone", "old", "other"):
        run = write_run(
            base,
            name,
            tags=["first"],
            checkpoints=[{"name": "c", "path": "checkpoints/c"}],
            created="2026-11-01",
        )
        (run / "results" / "data.bin").write_bytes(PAYLOAD)
        (run / "checkpoints" / "c").write_bytes(PAYLOAD)
        (run / "run_params.json").write_text('{"beta": 0.3}')
        quieten(base, name)
    move_to_trash(str(base), "gone", "for the test", {"run_id": "gone"})
    assert edit_tags(str(base), ["old"], ["reviewed"], [])[0].text == "tags +reviewed"
    quieten(base, "old")
    (base / "current").symlink_to("other")
    RunManager(base).rebuild_index()


def quieten(base: Path, name: str) -> None:
    """Let a run's metadata have been written long ago."""
    os.utime(base / name / "metadata.json", (LONG_AGO, LONG_AGO))


def leave_an_edit(base: Path) -> None:
    """Let the run ``old`` have an edit that is not folded in."""
    os.utime(base / "old" / "metadata.json")
    assert "not yet in metadata.json" in edit_tags(str(base), ["old"], ["pending"], [])[0].text


def spoil(base: Path) -> None:
    """Give the doctor something to mend."""
    (base / ".run_index.json").write_text('{"runs": [], "latest": "nosuch"}')
    for place in (base / ".a.runtui-tmp", base / "old" / ".b.runtui-tmp"):
        place.write_text("left over")
        os.utime(place, (LONG_AGO, LONG_AGO))


def shown(base: Path, key: str) -> object:
    return read_overlaid(str(base), "old").metadata[key]


def runs(base: Path) -> set[str]:
    return {
        path.name
        for path in base.iterdir()
        if path.is_dir() and path.name[0] != "." and not path.is_symlink()
    }


@dataclass(frozen=True)
class Case:
    """A command with what it needs, and whether it is done."""

    words: str
    is_done: Callable[[Path], bool]
    prepare: Callable[[Path], None] = lambda base: None


CASES = {
    "tag": Case("tag old +new", lambda base: "new" in str(shown(base, "tags"))),
    "mark": Case("mark old failed", lambda base: shown(base, "status") == "failed"),
    "undo": Case("undo old", lambda base: shown(base, "tags") == ["first"]),
    "resume": Case("resume old", lambda base: len(runs(base)) == 3),
    "clean": Case(
        "clean id:old --yes", lambda base: runs(base) == {"other"} and trashed(base) == {"gone", "old"}
    ),
    "restore": Case(
        "trash restore gone", lambda base: runs(base) == {"gone", "old", "other"} and not trashed(base)
    ),
    "empty": Case("trash empty --yes", lambda base: not list((base / ".trash").iterdir())),
    "doctor": Case(
        "doctor --fix",
        lambda base: not stale_entries(str(base)) and not list(base.glob("**/*.runtui-tmp")),
        spoil,
    ),
    "save": Case("save", lambda base: shown(base, "status") == "failed", leave_an_edit),
}


def trashed(base: Path) -> set[str]:
    return {run.name for run in list_trash(str(base))}


def contents(base: Path) -> dict[str, tuple[int, bytes]]:
    """All that lies in a runs directory: modes, the bytes of files, the targets of links.

    Not who writes a run, nor the marks of which runs have edits, nor empty folders of ours: what they say by
    themselves is true in both states.
    """
    found: dict[str, tuple[int, bytes]] = {}
    for folder, folders, files in os.walk(base):
        for name in (*folders, *files):
            path = Path(folder, name)
            mode = path.lstat().st_mode
            relative = str(path.relative_to(base))
            if stat.S_ISLNK(mode):
                found[relative] = (mode, os.fsencode(os.readlink(path)))
            elif stat.S_ISREG(mode):
                if not relative.startswith(".runtui/edited/") and name != "writer.json":
                    found[relative] = (mode, path.read_bytes())
            elif ".runtui" not in relative and relative != ".trash":
                found[relative] = (mode, b"")
    return found


def left_over(base: Path) -> list[str]:
    """The temporary files and locks that lie about."""
    names = [*base.glob("**/*.runtui-tmp"), *base.glob("**/lock*"), *base.glob("**/index.lock*")]
    return [
        str(path.relative_to(base)) for path in names if "left over" not in path.read_text(errors="replace")
    ]


def check(base: Path, case: Case, before: dict[str, tuple[int, bytes]], answer: Answer) -> None:
    """Assert that what is said is true, and that there is nothing in between the old state and the new."""
    note = f"{base.name}: {answer}"
    assert answer.code in (0, 1), note
    assert "Traceback" not in answer.err, note
    done = case.is_done(base)
    after = contents(base)
    if answer.code == 0:
        assert done, note
        assert not answer.err or case.words == "save", note
    elif case.words.startswith("doctor"):
        assert not answer.err or answer.err.count("\n") == 1, note
        assert "not repaired: " in answer.out or answer.err, note
    else:
        assert (answer.err.count("\n"), answer.err[:8]) == (1, "runtui: "), note
        assert answer.err.endswith(")\n"), note  # in brackets stands what to do
        assert str(base) in answer.err or "old" in answer.err, note
        if done:
            assert (
                "the index was not brought up to date" in answer.err
                or "link to the newest" in answer.err
                or "resumes at was not noted" in answer.err
            ), note
        elif not case.words.startswith("trash empty"):
            assert {path: what for path, what in after.items() if not left(path)} == before, note
    for name, payload in (("old", "results/data.bin"), ("other", "checkpoints/c")):
        homes = [base / name, *places_in_trash(str(base)).get(name, [])]
        places = [Path(home, payload) for home in homes]
        assert [place.read_bytes() for place in places if place.exists()] == [PAYLOAD], note
    for path, (mode, data) in after.items():
        if path.endswith(("metadata.json", "_index.json", "trashed.json", "writer.json")):
            assert isinstance(json.loads(data), dict), note
        if path in before and path in after:
            assert mode == before[path][0], note


def left(path: str) -> bool:
    name = os.path.basename(path)
    return name.endswith(".runtui-tmp") or name.startswith(("lock", "index.lock"))


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, int]]:
    """How many system calls of each kind each command makes that change something."""
    require_strace()
    folder = tmp_path_factory.mktemp("places")
    commands = []
    for name, case in CASES.items():
        base = make(folder / name)
        case.prepare(base)
        commands.append(Command(base, case.words))
    log = folder / "log"
    trace = ["-o", str(log), "-e", "trace=" + ",".join(f"?{call}" for call in CALLS)]
    answers, pids = run_commands(folder / "work", commands, trace)
    assert [answer.code for answer in answers] == [0] * len(CASES), answers
    return dict(zip(CASES, calls_made(log, pids), strict=True))


SOME = ("tag", "resume", "restore", "save")


@pytest.mark.parametrize(
    ("error", "lasts", "names"),
    [
        ("EDQUOT", True, tuple(name for name in CASES if name != "mark")),  # which is as tag
        ("ESTALE", False, SOME),
        ("EINTR", False, SOME),
        ("EIO", True, ()),
        ("EIO", False, ()),
        ("ENOSPC", False, ()),
        ("EROFS", True, ()),
    ],
)
def test_system_call_failure_at_any_point_keeps_the_data_consistent(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    places: dict[str, dict[str, int]],
    error: str,
    lasts: bool,
    names: tuple[str, ...],
) -> None:
    if request.config.getoption("--long"):
        names = tuple(CASES)
    elif not names:
        pytest.skip("only with --long")
    commands = []
    for name in names:
        for call, count in places[name].items():
            for place in range(1, count + 1):
                base = make(tmp_path / f"{name}-{call}-{place}")
                CASES[name].prepare(base)
                commands.append(Command(base, CASES[name].words, call, place))
    before = [contents(command.base) for command in commands]
    trace = f"trace={','.join(f'?{call}' for call in CALLS)}"
    when = f"{STRIKES_AT}{'+' if lasts else ''}"
    faults = [word for call in CALLS for word in ("-e", f"inject=?{call}:error={error}:when={when}")]
    strace = ["-o", os.devnull, "--seccomp-bpf", "-e", trace, *faults]
    answers, _pids = run_commands(tmp_path / "work", commands, strace)
    assert sum(answer.code for answer in answers) > 0
    for command, old, answer in zip(commands, before, answers, strict=True):
        check(command.base, case_of(command), old, answer)
        if not command.call.startswith(("unlink", "rmdir")):
            assert left_over(command.base) == [], (command, answer)
    check_that_they_work_now(tmp_path / "work", commands, answers)


def test_commands_recover_from_one_stale_file_handle(tmp_path: Path) -> None:
    require_strace()
    commands, paths = read_by_commands(tmp_path)
    strace = ["-e", "trace=openat", "-e", "inject=openat:error=ESTALE:when=1", *paths]
    answers, _pids = run_commands(tmp_path / "work", commands, ["-o", os.devnull, *strace])
    for command, answer in zip(commands, answers, strict=True):
        assert (answer.code, answer.err) == (0, ""), (command, answer)
        assert case_of(command).is_done(command.base), command


@pytest.mark.parametrize("when", ["1+", "2+"])
def test_permanently_unreadable_file_is_reported_and_unchanged(tmp_path: Path, when: str) -> None:
    require_strace()
    commands, paths = read_by_commands(tmp_path)
    before = [contents(command.base) for command in commands]
    strace = ["-e", "trace=openat", "-e", f"inject=openat:error=EIO:when={when}", *paths]
    answers, _pids = run_commands(tmp_path / "work", commands, ["-o", os.devnull, *strace])
    if when == "1+":
        assert [answer.code for answer in answers] == [1] * len(commands), answers
    for command, old, answer in zip(commands, before, answers, strict=True):
        check(command.base, case_of(command), old, answer)
        assert left_over(command.base) == []
    check_that_they_work_now(tmp_path / "work", commands, answers)


def read_by_commands(folder: Path) -> tuple[list[Command], list[str]]:
    """Return commands, and for strace the path of a file (or folder) that each of them reads."""
    commands = []
    paths = []
    for name, path in (
        ("tag", ""),
        ("tag", "old/metadata.json"),
        ("mark", "old/.runtui/edits"),
        ("undo", "old/.runtui/history"),
        ("undo", "old/.runtui/history/*.json"),
        ("resume", "old/metadata.json"),
        ("resume", "old/run_params.json"),
        ("restore", ".trash"),
        ("empty", ".trash"),
    ):
        base = make(folder / f"{name}-{len(commands)}")
        CASES[name].prepare(base)
        commands.append(Command(base, CASES[name].words))
        (read,) = base.glob(path) if path else [base]
        paths += ["-P", str(read)]
    return commands, paths


@pytest.mark.parametrize("options", ["size=2m", "size=4m,nr_inodes=500"])
def test_full_disk_is_reported_and_cleanup_still_works(
    tmp_path: Path, small_disk: Callable[[str], Path], options: str
) -> None:
    disk = small_disk(options)
    commands, before = one_of_each(disk)
    filling = disk / "filling"
    filling.mkdir()
    with pytest.raises(OSError, match="No space left"):
        fill(filling, size=0 if "inodes" in options else 4096)
    answers, _pids = run_commands(tmp_path / "work", commands)
    for command, old, answer in zip(commands, before, answers, strict=True):
        assert left_over(command.base) == []
        check(command.base, case_of(command), old, answer)
        # To clean up is what one does about a full disk.
        works = command.words.startswith(("clean", "trash", "doctor"))
        assert answer.code == (0 if works else 1), (command, answer)
        assert "No space left" in answer.err + answer.out or answer.code == 0
    shutil.rmtree(filling)
    check_that_they_work_now(tmp_path / "work", commands, answers)


def test_commands_on_a_read_only_disk_fail_and_change_nothing(
    tmp_path: Path, small_disk: Callable[[str], Path]
) -> None:
    disk = small_disk("size=2m")
    commands, before = one_of_each(disk)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    answers, _pids = run_commands(tmp_path / "work", commands)
    by_hand = run_command(commands[0].base, commands[0].words)
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert (by_hand.code, by_hand.err.count("\n")) == (1, 1)
    assert "Read-only file system (try it from where that can be written" in by_hand.err
    for command, old, answer in zip(commands, before, answers, strict=True):
        assert answer.code == 1, (command, answer)
        assert contents(command.base) == old, command
        check(command.base, case_of(command), old, answer)
        assert "Read-only file system" in answer.err + answer.out
    check_that_they_work_now(tmp_path / "work", commands, answers)


@pytest.fixture
def open_dir() -> Iterator[Path]:
    """A directory that other users can reach."""
    with tempfile.TemporaryDirectory(prefix="runtui-test-") as directory:
        os.chmod(directory, 0o755)
        yield Path(directory)


def test_commands_without_write_permission_fail_and_change_nothing(tmp_path: Path, open_dir: Path) -> None:
    commands, before = one_of_each(open_dir, user=NOBODY if os.geteuid() == 0 else 0)
    folders = [folder for folder, _folders, _files in os.walk(open_dir) if folder != str(open_dir)]
    if os.geteuid() == 0:
        for path in open_dir.rglob("*"):
            os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
    for folder in folders:
        os.chmod(folder, 0o555)
    before = [contents(command.base) for command in commands]
    answers, _pids = run_commands(tmp_path / "work", commands)
    for command, old, answer in zip(commands, before, answers, strict=True):
        assert answer.code == 1, (command, answer)
        assert contents(command.base) == old, command
        check(command.base, case_of(command), old, answer)
        assert "Permission denied (ask its owner for access)" in answer.err + answer.out
    for folder in folders:
        os.chmod(folder, 0o755)
    check_that_they_work_now(tmp_path / "work", commands, answers)


@pytest.mark.parametrize("what", ["run", "runs directory"])
@pytest.mark.parametrize("name", ["tag", "resume", "clean", "restore", "doctor", "save"])
def test_run_removed_during_a_command_is_not_recreated(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, what: str
) -> None:
    step = 1 if request.config.getoption("--long") else 3
    first = 1
    is_struck = True
    while is_struck:  # until the command has ended before the moment of the removal
        commands = []
        for moment in range(first, first + 24, step):
            base = make(tmp_path / f"{name}-{moment}")
            CASES[name].prepare(base)
            removed = base / "old" if what == "run" else base
            commands.append(Command(base, CASES[name].words, removed=removed, moment=moment))
        answers, _pids = run_commands(tmp_path / "work", commands)
        for command, answer in zip(commands, answers, strict=True):
            is_struck = answer.touches == command.moment
            check_removed(command, answer, is_struck)
        first += 24


def check_removed(command: Command, answer: Answer, is_struck: bool) -> None:
    """Assert that what was removed stays so, that nothing else suffered, and that it is told in a line."""
    assert answer.code in (0, 1), (command, answer)
    assert "Traceback" not in answer.err, (command, answer)
    if command.words == "save":
        assert answer.err or not answer.code, (command, answer)
    else:
        lines = answer.err.count("\n")
        assert lines == answer.code or (lines == 0 and "problem" in answer.out), (command, answer)
    assert command.removed is not None
    if is_struck:
        assert not os.path.lexists(command.removed), (command, answer)
    if command.removed != command.base:
        assert left_over(command.base) == [], (command, answer)
        assert (command.base / "other" / "results" / "data.bin").read_bytes() == PAYLOAD


def fill(folder: Path, size: int) -> None:
    """Write files until there is no place for more."""
    for number in range(10_000):
        (folder / str(number)).write_bytes(bytes(size))


def one_of_each(folder: Path, user: int = 0) -> tuple[list[Command], list[dict[str, tuple[int, bytes]]]]:
    """Make a runs directory for each command, and return the commands and what lies there before.

    The one that frees space is the last.
    """
    commands = []
    for name, case in sorted(CASES.items(), key=lambda item: item[0] == "empty"):
        base = make(folder / name)
        case.prepare(base)
        commands.append(Command(base, case.words, user=user))
    return commands, [contents(command.base) for command in commands]


def case_of(command: Command) -> Case:
    return CASES[command.base.name.partition("-")[0]]


def check_that_they_work_now(work: Path, commands: Sequence[Command], answers: Sequence[Answer]) -> None:
    """Assert that the commands that failed do what they are to do, now that the fault has passed."""
    failed = [
        replace(command, call="", place=0)
        for command, answer in zip(commands, answers, strict=True)
        if answer.code and not case_of(command).is_done(command.base)
    ]
    again, _pids = run_commands(work, failed)
    for command, answer in zip(failed, again, strict=True):
        assert answer.code == 0, (command, answer)
        assert case_of(command).is_done(command.base), command
