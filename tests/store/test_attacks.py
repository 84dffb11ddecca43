"""Hostile names, links, FIFOs and forged files: refused with a reason, and nothing outside is ever touched.

Every acting command meets every trap. Beside the runs directory lies a tree of canaries that must be the same
afterwards in names, bytes, modes, owners and times.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runtui import InvalidRunIdError, OutsideRunError, RunManager, StoreError
from runtui.cli import main
from runtui.store.child_run import resume
from runtui.store.cleanup.emptying import empty_trash
from runtui.store.cleanup.plan import CleanupPlan, Decision, carry_out
from runtui.store.cleanup.restoring import restore
from runtui.store.cleanup.trash import list_trash, move_to_trash
from runtui.store.cleanup.trash_folder import TrashedRun
from runtui.store.edits.edit_files import read_edits, write_edit
from runtui.store.edits.edit_index import mark_edited
from runtui.store.edits.fold import fold, read_overlaid
from runtui.store.edits.model import TagsChange, new_edit
from runtui.store.edits.run_edits import edit_tags, set_status, undo
from runtui.store.status import RunStatus
from tests.run_dirs import write_run
from tests.trees import everything_below

LONGEST = 25
"""Seconds for one command; a lock that is none would be waited for longer than that."""

LONG_AGO = (time.time() - 7200,) * 2


@pytest.fixture(autouse=True)
def _no_hanging() -> Iterator[None]:
    def fail(*_: object) -> None:
        raise AssertionError(f"it hangs, or took longer than {LONGEST} s")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(LONGEST)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


class Place:
    """A runs directory with an edited, a trashed and an ordinary run, and canaries beside it."""

    def __init__(self, root: Path) -> None:
        self.runs, self.outside = root / "runs", root / "outside"

    @property
    def victim(self) -> Path:
        return self.runs / "victim"

    @property
    def trashed(self) -> Path:
        return next((self.runs / ".trash").glob("*/gone")).parent

    @property
    def edit(self) -> Path:
        return next((self.victim / ".runtui" / "history").iterdir())

    def age(self, name: str) -> None:
        os.utime(self.runs / name / "metadata.json", LONG_AGO)

    def replace(self, path: Path, make: Callable[[Path], Any]) -> None:
        """Put something hostile in the place of what is at `path`."""
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        path.parent.mkdir(parents=True, exist_ok=True)
        make(path)

    def forge(self, name: str = "9" * 20 + "-abc", **changes: Any) -> Path:
        """Put a forged edit into the victim's edits and return its path."""
        folder = self.victim / ".runtui" / "edits"
        folder.mkdir(parents=True, exist_ok=True)
        forged = {
            "id": name,
            "at": "2026-01-01T00:00:00Z",
            "user": "eve",
            "host": "evil",
            "action": "tag",
            "changes": [{"key": "tags", "added": ["forged"], "removed": [], "before": ["old"], "order": []}],
            "reason": "",
            "runs": ["victim"],
            "undoes": "",
        }
        path = folder / f"{name}.json"
        path.write_text(json.dumps(forged | changes))
        return path


def make_place(root: Path) -> None:
    place = Place(root)
    runs, outside = place.runs, place.outside
    runs.mkdir(parents=True)
    for name in ("folder", "private/edits", "private/edited", "private/history", "private/doctor"):
        (outside / name).mkdir(parents=True)
    (outside / "canary").write_text("canary")
    (outside / "folder" / "precious").write_text("precious")
    (outside / "secret").write_text("SECRET")
    for name in ("lock.dead", "index.lock", "lock", "edits/x.json", ".y.runtui-tmp", "edits/.y.runtui-tmp"):
        (outside / "private" / name).write_text("{}")
        os.utime(outside / "private" / name, (1, 1))
    write_run(outside, "run", description="elsewhere")
    created = "2026-01-01T00:00:00Z"
    listed = [{"name": "c", "path": "checkpoints/c", "created_at": created}]
    for name in ("gone", "victim", "other"):
        run = write_run(runs, name, tags=["old"], created=created, checkpoints=listed)
        (run / "checkpoints" / "c").write_text("state")
        (run / "run_params.json").write_text("{}")
        (run / "config.yaml").write_text("a: 1\n")
        place.age(name)
    RunManager(runs).rebuild_index()
    edit_tags(str(runs), ["victim"], ["edited"], [])
    place.age("victim")
    move_to_trash(str(runs), "gone", "for the test", {"run_id": "gone"})


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each place is a copy of: to make one anew takes much longer."""
    root = tmp_path_factory.mktemp("pattern") / "place"
    make_place(root)
    return root


@pytest.fixture
def place_at(pattern: Path) -> Callable[[Path], Place]:
    """Makes a place in a directory that is not there yet."""

    def make(root: Path) -> Place:
        shutil.copytree(pattern, root, symlinks=True)
        return Place(root)

    return make


@pytest.fixture
def place(tmp_path: Path, place_at: Callable[[Path], Place]) -> Place:
    return place_at(tmp_path / "place")


COMMANDS = [
    "tag victim +new -old",
    "mark victim failed --reason x",
    "undo victim",
    "resume victim",
    "resume victim --checkpoint c --mark-parent",
    "clean id:victim,other --yes",
    "clean --keep 0 --yes",
    "trash restore gone",
    "trash empty --yes",
    "doctor --fix",
]


def link_to(name: str) -> Callable[[Place, Path], None]:
    return lambda place, path: place.replace(path, lambda at: at.symlink_to(place.outside / name))


def fifo(place: Place, path: Path) -> None:
    place.replace(path, os.mkfifo)


def folder(place: Place, path: Path) -> None:
    place.replace(path, Path.mkdir)


def second_name_of(name: str) -> Callable[[Place, Path], None]:
    return lambda place, path: place.replace(path, lambda at: os.link(place.outside / name, at))


def device(place: Place, path: Path) -> None:
    try:
        place.replace(path, lambda at: os.mknod(at, 0o666 | stat.S_IFCHR, os.makedev(1, 5)))
    except PermissionError:
        pytest.skip("only root can make a device")


def huge(place: Place, path: Path) -> None:
    place.replace(path, Path.touch)
    os.truncate(path, 5_000_000_000)


def hostile_trash(place: Place, entry: Any, inside: str = "gone") -> None:
    record = {
        "trashed_at": "2026-01-01T00:00:00Z",
        "user": "eve",
        "reason": "x",
        "entry": entry,
        "was_latest": True,
    }
    (place.trashed / "trashed.json").write_text(json.dumps(record))


def deep(levels: int) -> Any:
    value: Any = "x"
    for _ in range(levels):
        value = [value]
    return value


def with_checkpoint(place: Place, path: str) -> None:
    metadata = json.loads((place.victim / "metadata.json").read_bytes())
    metadata["checkpoints"] = [{"name": "c", "path": path, "created_at": "2026-01-01T00:00:00Z"}]
    (place.runs / "victim" / "checkpoints" / "c").unlink()  # which would be resumed from, listed or not
    metadata["parent_run_id"] = "../../outside/run"
    (place.victim / "metadata.json").write_text(json.dumps(metadata, indent=2))
    place.age("victim")


Trap = Callable[[Place], Any]
EDIT = "9" * 20 + "-abc.json"


def at(*parts: str, what: Callable[[Place, Path], None]) -> Trap:
    return lambda place: what(place, place.runs.joinpath(*parts))


TRAPS: dict[str, Trap] = {
    "run: link": at("victim", what=link_to("run")),
    "metadata: link": at("victim", "metadata.json", what=link_to("run/metadata.json")),
    "metadata: link to a device": at(
        "victim",
        "metadata.json",
        what=lambda place, path: place.replace(path, lambda at: at.symlink_to("/dev/zero")),
    ),
    "metadata: FIFO": at("victim", "metadata.json", what=fifo),
    "metadata: device": at("victim", "metadata.json", what=device),
    "metadata: hard link": at("victim", "metadata.json", what=second_name_of("run/metadata.json")),
    "metadata: huge": at("victim", "metadata.json", what=huge),
    "trash: link": at(".trash", what=link_to("folder")),
    "trash: FIFO": at(".trash", what=fifo),
    "trash: linked folder": lambda place: (place.runs / ".trash" / "aa").symlink_to(place.outside / "folder"),
    "trash: linked doomed folder": lambda place: (place.runs / ".trash" / "aa.emptying").symlink_to(
        place.outside / "folder"
    ),
    "trash: linked run": lambda place: place.replace(
        place.trashed / "gone", lambda path: path.symlink_to(place.outside / "folder")
    ),
    "trash: links inside": lambda place: (
        (place.trashed / "gone" / "results" / "folder").symlink_to(place.outside / "folder"),
        (place.trashed / "gone" / "results" / "file").symlink_to(place.outside / "canary"),
        os.link(place.outside / "canary", place.trashed / "gone" / "results" / "second name"),
        os.mkfifo(place.trashed / "gone" / "results" / "fifo"),
    ),
    "trash: linked record": lambda place: link_to("secret")(place, place.trashed / "trashed.json"),
    "trash: FIFO for a record": lambda place: fifo(place, place.trashed / "trashed.json"),
    "trash: record of ../x": lambda place: hostile_trash(
        place, {"run_id": "../outside/x", "description": "x"}
    ),
    "trash: record of an absolute path": lambda place: hostile_trash(
        place, {"run_id": str(place.outside / "x")}
    ),
    "trash: record of another run": lambda place: hostile_trash(
        place, {"run_id": "other", "status": "forged"}
    ),
    "trash: record of a list": lambda place: hostile_trash(place, ["x"]),
    "private: link": at(".runtui", what=link_to("private")),
    "private: FIFO": at(".runtui", what=fifo),
    "edited: link": at(".runtui", "edited", what=link_to("private/edited")),
    "edited mark: link": at(".runtui", "edited", "victim", what=link_to("canary")),
    "edited mark: dangling link": at(".runtui", "edited", "victim", what=link_to("new")),
    "edited mark: FIFO": at(".runtui", "edited", "victim", what=fifo),
    "edited mark: folder": at(".runtui", "edited", "victim", what=folder),
    "edited mark: hard link": at(".runtui", "edited", "victim", what=second_name_of("canary")),
    "records: link": at(".runtui", "doctor", what=link_to("private/doctor")),
    "index lock: link": at(".runtui", "index.lock", what=link_to("canary")),
    "index lock: dangling link": at(".runtui", "index.lock", what=link_to("new")),
    "index lock: FIFO": at(".runtui", "index.lock", what=fifo),
    "index lock: folder": at(".runtui", "index.lock", what=folder),
    "run's private: link": at("victim", ".runtui", what=link_to("private")),
    "run's private: FIFO": at("victim", ".runtui", what=fifo),
    "edits: link": at("victim", ".runtui", "edits", what=link_to("private/edits")),
    "history: link": at("victim", ".runtui", "history", what=link_to("private/history")),
    "lock: link": at("victim", ".runtui", "lock", what=link_to("canary")),
    "lock: FIFO": at("victim", ".runtui", "lock", what=fifo),
    "lock: folder": at("victim", ".runtui", "lock", what=folder),
    "writer: FIFO": at("victim", ".runtui", "writer.json", what=fifo),
    "edit: link": at("victim", ".runtui", "edits", EDIT, what=link_to("private/edits/x.json")),
    "edit: FIFO": at("victim", ".runtui", "edits", EDIT, what=fifo),
    "edit: folder": at("victim", ".runtui", "edits", EDIT, what=folder),
    "edit: huge": at("victim", ".runtui", "edits", EDIT, what=huge),
    "edit: garbage": lambda place: place.forge().write_bytes(b"\xff\x00{["),
    "edit: deep": lambda place: place.forge(
        changes=[{"key": "status", "old": "completed", "new": deep(300)}]
    ),
    "edit: id that leads out": lambda place: place.forge(id="../../../../outside/private/edits/x"),
    "edit: absolute id": lambda place: place.forge(id=str(place.outside / "private" / "edits" / "x")),
    "edit: for another run": lambda place: place.forge(runs=["other"]),
    "edit: for runs elsewhere": lambda place: place.forge(
        runs=["victim", "../outside/run", str(place.outside / "run"), "", ".", "a\0b", "n" * 300]
    ),
    "edit: strange changes": lambda place: place.forge(
        changes=[{"key": "", "new": float("nan")}, {"key": "run_id", "old": "victim", "new": "../x"}]
    ),
    "index: link": at(".run_index.json", what=link_to("canary")),
    "index: FIFO": at(".run_index.json", what=fifo),
    "index: folder": at(".run_index.json", what=folder),
    "index: of elsewhere": lambda place: (place.runs / ".run_index.json").write_text(
        json.dumps({"runs": [{"run_id": "../outside/run"}, {"run_id": "/etc"}], "latest": "../outside/run"})
    ),
    "current: elsewhere": at("current", what=link_to("run")),
    "current: folder": at("current", what=folder),
    "current: FIFO": at("current", what=fifo),
    "checkpoint: /etc/passwd": lambda place: with_checkpoint(place, "/etc/passwd"),
    "checkpoint: ../../outside": lambda place: with_checkpoint(place, "../../outside/secret"),
    "params: link": at("victim", "run_params.json", what=link_to("secret")),
    "params: FIFO": at("victim", "run_params.json", what=fifo),
    "config: link": at("victim", "config.yaml", what=link_to("secret")),
    "config: FIFO": at("victim", "config.yaml", what=fifo),
    "temporary: link": lambda place: (
        (place.victim / ".x.runtui-tmp").symlink_to(place.outside / "canary"),
        os.utime(place.victim / ".x.runtui-tmp", (1, 1), follow_symlinks=False),
    ),
}

REFUSED: dict[tuple[str, str], str] = {
    ("run: link", "tag"): "it is a symbolic link: edit it in the directory it lies in",
    ("run: link", "mark"): "it is a symbolic link",
    ("metadata: FIFO", "tag"): "metadata.json is not a regular file",
    ("metadata: device", "mark"): "metadata.json is not a regular file",
    ("metadata: link to a device", "tag"): "metadata.json is not a regular file",
    ("metadata: FIFO", "resume"): "metadata.json is not a regular file",
    ("metadata: huge", "tag"): "more than is read",
    ("trash: link", "clean"): "it is a symbolic link, move it away",
    ("trash: link", "trash restore"): "it is a symbolic link, move it away",
    ("trash: link", "trash empty"): "it is a symbolic link, move it away",
    ("trash: FIFO", "clean"): "it is not a directory, move it away",
    ("trash: FIFO", "trash empty"): "it is not a directory, move it away",
    ("private: link", "tag"): "it is a symbolic link, move it away",
    ("private: link", "clean"): "it is a symbolic link, move it away",
    ("private: link", "trash restore"): "it is a symbolic link, move it away",
    ("edited: link", "tag"): "it is a symbolic link, move it away",
    ("run's private: link", "tag"): "it is a symbolic link, move it away",
    ("run's private: FIFO", "mark"): "it is not a directory, move it away",
    ("edits: link", "tag"): "it is a symbolic link, move it away",
    ("index lock: link", "clean"): "is where a lock belongs but is not a lock file: remove it",
    ("index lock: FIFO", "trash restore"): "is where a lock belongs but is not a lock file: remove it",
    ("index lock: folder", "clean"): "is where a lock belongs but is not a lock file: remove it",
    ("checkpoint: ../../outside", "resume"): "victim cannot be resumed",
    ("params: link", "resume"): "run_params.json was not copied: run_params.json is a symbolic link",
    ("params: FIFO", "resume"): "run_params.json was not copied: run_params.json is not a regular file",
    ("config: link", "resume"): "config.yaml was not copied: config.yaml is a symbolic link",
    ("edit: for runs elsewhere", "undo"): "is not a run id",
}


@pytest.mark.parametrize("trap", TRAPS)
def test_no_command_is_fooled_by_a_hostile_file(
    tmp_path: Path, place_at: Callable[[Path], Place], capsys: pytest.CaptureFixture[str], trap: str
) -> None:
    seen = set()
    for number, command in enumerate(COMMANDS):
        place = place_at(tmp_path / str(number))
        TRAPS[trap](place)
        before = everything_below(place.outside)
        beside = set(os.listdir(place.runs.parent))
        capsys.readouterr()
        code = main(["-C", str(place.runs), *command.split()])
        said = capsys.readouterr().err
        where = f"{trap}, {command}: {code} {said}"
        assert code in (0, 1), where
        # Each of several runs may be refused with a line of its own.
        assert all(line.startswith("runtui: ") for line in said.splitlines()), where
        if code and not command.startswith("doctor"):
            assert said, where
        assert everything_below(place.outside) == before, where
        assert set(os.listdir(place.runs.parent)) == beside, where
        for secret in place.runs.rglob("run_params.json"), place.runs.rglob("config.yaml"):
            assert not any(
                not path.is_symlink() and path.is_file() and "SECRET" in path.read_text() for path in secret
            )
        for name in (" ".join(command.split()[:2]), command.split()[0]):
            if (trap, name) in REFUSED:
                assert (code, said.count("\n")) == (1, max(1, said.count("\n"))), where
                assert REFUSED[trap, name] in said, where
                seen.add((trap, name))
    assert seen == {key for key in REFUSED if key[0] == trap}


@pytest.mark.parametrize("trap", TRAPS)
def test_no_manager_call_is_fooled_by_a_hostile_file(place: Place, trap: str) -> None:
    TRAPS[trap](place)
    before = everything_below(place.outside)
    manager = RunManager(place.runs)
    refused = 0
    for act in (
        lambda: manager.load_run("victim") and manager.update_status("running", step=1),
        lambda: manager.run_id and manager.add_checkpoint("d", "checkpoints/d"),
        lambda: manager.run_id and manager.save_config({"a": 1}),
        lambda: manager.run_id and manager.save_run_params({"a": 1}),
        lambda: manager.get_run("victim").open_output("new.csv", "w").close(),
        lambda: manager.create_child_run("victim", run_id="child"),
        lambda: manager.create_run(run_id="fresh"),
        lambda: manager.update_status("completed"),
        lambda: manager.list_runs(),
        lambda: manager.cleanup_old_runs(keep_count=0),
        lambda: manager.rebuild_index(),
        lambda: [restore(str(place.runs), run) for run in list_trash(str(place.runs))],
        lambda: empty_trash(str(place.runs)),
    ):
        try:
            act()
        except (StoreError, OSError):
            refused += 1
    assert refused < 6
    assert (place.runs / "fresh" / "metadata.json").is_file() or list((place.runs / ".trash").glob("*/fresh"))
    assert everything_below(place.outside) == before


HOSTILE_IDS = [
    "../outside/run",
    "/etc",
    "",
    ".",
    "..",
    "n" * 300,
    "a\0b",
    ".trash",
    ".runtui",
    "a/b",
    "current",
]


@pytest.mark.parametrize("name", HOSTILE_IDS, ids=repr)
def test_a_hostile_run_id_is_refused_by_the_whole_library(place: Place, name: str) -> None:
    base = str(place.runs)
    before = everything_below(place.runs.parent)
    manager = RunManager(base)
    edit = new_edit("tag", [TagsChange(("new",), ())])
    acts: list[Callable[[], object]] = [
        lambda: manager.create_run(run_id=name),
        lambda: manager.create_child_run(name),
        lambda: manager.create_child_run("victim", run_id=name),
        lambda: manager.make_run_dir(name),
        lambda: manager.get_run(name),
        lambda: resume(base, name),
        lambda: undo(base, name),
        lambda: move_to_trash(base, name, "x", {}),
        lambda: restore(base, TrashedRun(name, str(place.trashed), name, "", None, "", "")),
        lambda: write_edit(base, name, edit),
        lambda: mark_edited(base, name),
    ]
    for act in acts:
        with pytest.raises(InvalidRunIdError) as caught:
            act()
        assert str(caught.value).isprintable()
    assert manager.load_run(name) is False
    for outcomes in (edit_tags(base, [name], ["x"], []), set_status(base, [name], RunStatus.FAILED)):
        assert [outcome.done for outcome in outcomes] == [False]
        assert outcomes[0].text.isprintable()
    assert fold(base, name).folded == ()
    assert fold(base, name).reason
    result = carry_out(base, CleanupPlan((Decision(name, "x"),), ()))
    assert (result.moved, [decision.reason for decision in result.stayed]) == ((), ["there is no such run"])
    after = everything_below(place.runs.parent)
    # The lock came and went.
    del before[f"{base}/.runtui"], after[f"{base}/.runtui"]
    assert after == before


@pytest.mark.parametrize("name", HOSTILE_IDS, ids=repr)
@pytest.mark.parametrize(
    "command",
    ["tag {} +x", "mark {} failed", "undo {}", "resume {}", "trash restore {}"],
    ids=lambda text: text[:7],
)
def test_a_hostile_run_id_is_refused_by_every_command(
    place: Place, capsys: pytest.CaptureFixture[str], command: str, name: str
) -> None:
    before = everything_below(place.runs.parent)
    capsys.readouterr()
    words = [name if word == "{}" else word for word in command.split()]
    code = main(["-C", str(place.runs), *words])
    captured = capsys.readouterr()
    assert (code, captured.out, captured.err.count("\n")) == (2 if code == 2 else 1, "", 1)
    assert captured.err.startswith("runtui: ")
    assert everything_below(place.runs.parent) == before


@pytest.mark.parametrize("outside", ["outside", "outside/folder", "runs", "runs/.trash/../../outside"])
def test_restore_refuses_a_folder_outside_the_trash(place: Place, outside: str) -> None:
    before = everything_below(place.runs.parent)
    with pytest.raises(OutsideRunError, match="no folder of this trash"):
        restore(str(place.runs), TrashedRun("run", str(place.runs.parent / outside), "run", "", None, "", ""))
    assert everything_below(place.runs.parent) == before


def test_a_runs_directory_with_a_nul_in_its_name_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", "a\0b", "doctor", "--fix"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    "kind", [os.mkfifo, lambda path: path.symlink_to("/dev/zero")], ids=["FIFO", "device"]
)
def test_run_handle_refuses_fifos_and_devices(place: Place, kind: Callable[[Path], None]) -> None:
    run = RunManager(place.runs).get_run("victim")
    kind(place.victim / "results" / "x")
    kind(place.victim / "logs" / "x")
    assert run.list_logs() == []
    assert run.list_outputs() == []
    for mode in ("r", "w", "a", "r+", "rb"):
        with pytest.raises(StoreError):
            run.open_output("x", mode)
    with pytest.raises(StoreError):
        run.read_log("x")


def test_undo_in_a_copied_run_does_not_change_the_original(place: Place) -> None:
    shutil.copytree(place.victim, place.runs / "copy")
    (outcome,) = undo(str(place.runs), "copy")
    assert (outcome.name, outcome.done) == ("copy", True)
    assert read_overlaid(str(place.runs), "copy").metadata["tags"] == ["old"]
    assert read_overlaid(str(place.runs), "victim").metadata["tags"] == ["old", "edited"]


def test_edit_whose_id_differs_from_its_file_name_is_ignored(place: Place) -> None:
    place.forge(id="another")
    assert [edit.user == "eve" for edit in read_edits(str(place.victim))] == [False]
