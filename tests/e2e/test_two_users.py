"""Two people, each with rights of their own, at the same runs at the same time."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence

import pytest

from runtui.doctor.checks import examine
from runtui.doctor.findings import Severity
from runtui.store.cleanup.trash import list_trash
from runtui.store.edits.fold import read_overlaid
from tests.e2e.two_users import ANN, BEN, Place, shared_place

WRITES = "echo 7 > $RUNTUI_CHECKPOINTS/s1.txt; echo ValueError: bad beta; exit 3"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act as other users")


@pytest.fixture
def place() -> Iterator[Place]:
    with shared_place() as place:
        yield place


def tags(place: Place, names: Sequence[str]) -> list[list[str]]:
    return [read_overlaid(str(place.runs), name).metadata["tags"] for name in names]


def test_bulk_actions_change_only_own_runs_and_list_the_others(place: Place) -> None:
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
            user.wait_for("● live")
            user.press("*")
            user.wait_for("6 selected")
            user.press("t")
            user.wait_for("Tags of 6 runs")
        ann.type("one")
        ben.type("two")
        ann.press("Enter")
        ben.press("Enter")
        for user, others in ((ann, of_ben), (ben, of_ann)):
            screen = user.wait_for("3 of 6 runs")
            assert all(name in screen for name in others), screen
            user.press("Escape")
            user.wait_for(lambda screen: "Some runs failed" not in screen)
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
        ben.wait_for(lambda screen: "undid on 3 runs" in screen)
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
    assert [found for found in examine(str(place.runs)) if found.level is Severity.PROBLEM] == []


@pytest.mark.parametrize("umask", [0o077, 0o027, 0o002])
def test_files_without_read_permission_are_reported(place: Place, umask: int) -> None:
    launch = ("-C", str(place.runs), "launch", "--description", "of ben", "--", "sh", "-c", WRITES)
    done = place.says(BEN, *launch, umask=umask)  # what follows goes to the shell
    assert done[0] == 3, done
    run = (place.runs / "current").resolve()
    name = run.name
    if umask != 0o077:  # both are in one group
        code, out, err = place.says(ANN, "logs", name)
        assert (code, out, err) == (0, "ValueError: bad beta\n", "")
        code, out, err = place.says(ANN, "resume", name)
        assert code == 0, err
        assert "which resumes from s1.txt of" in out
        return
    # With no rights on the run itself, nothing of it can be told.
    for words in (("logs", name), ("resume", name)):
        code, out, err = place.says(ANN, *words)
        assert code == 1
        assert "ermission denied" in err, (words, out, err)
        assert err.count("\n") == 1
        assert "no log" not in err
        assert "no checkpoint" not in err
    _code, out, _err = place.says(ANN, "show", name)
    assert "ermission denied" in out
    # Folders that were closed later, of a run that can be read.
    run.chmod(0o755)
    (run / "metadata.json").chmod(0o644)
    for part in ("logs", "results", "checkpoints"):
        (run / part).chmod(0o700)
    edits = f"runtui: the edits of run {name} cannot be read: Permission denied (ask its owner for access)\n"
    assert place.says(ANN, "resume", name)[::2] == (1, edits)
    (run / ".runtui").chmod(0o755)
    (run / ".runtui" / "edits").mkdir(exist_ok=True)
    why = "cannot be read: Permission denied (ask its owner for access)"
    assert place.says(ANN, "logs", name)[::2] == (1, f"runtui: logs/ {why}\n")
    refused = f"runtui: {name} cannot be resumed: checkpoints/ {why}\n"
    assert place.says(ANN, "resume", name)[::2] == (1, refused)
    _code, out, _err = place.says(ANN, "show", name)
    for part in ("checkpoints", "results", "logs"):
        assert f"{part}/ {why}" in out.splitlines()
    found = place.says(ANN, "ls", name, "--columns", "reason")[1]
    assert "logs/ cannot be read" in found or "exit code 3" in found
    with place.browser(ANN) as ann:
        ann.wait_for("of ben")
        ann.wait_for("logs/ cannot be read: Permission denied")
        ann.press("q")
