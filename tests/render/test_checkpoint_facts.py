from __future__ import annotations

from runtui.render.checkpoint_facts import checkpoint_facts
from runtui.store.checkpoints import Checkpoint

NOW = 1_000_000.0
OWN = Checkpoint("step-1", NOW - 60, "/runs/a/checkpoints/1", "a", 2048)


def test_facts_include_size_place_and_age() -> None:
    assert checkpoint_facts(OWN, "a", NOW) == "2.0 KiB, 1m00s old"
    assert checkpoint_facts(OWN, "kid", NOW) == "2.0 KiB, in a, 1m00s old"
    assert checkpoint_facts(OWN._replace(owner=None), "a", NOW).startswith(
        "2.0 KiB, outside the runs directory"
    )


def test_symlinked_checkpoint_shows_its_target_directory() -> None:
    linked = OWN._replace(owner=None, outside="/scratch/ck/1")
    assert checkpoint_facts(linked, "a", NOW) == "2.0 KiB, in /scratch/ck, through a link, 1m00s old"


def test_unlisted_checkpoint_is_reported() -> None:
    assert checkpoint_facts(OWN._replace(is_listed=False), "a", NOW).endswith(", not in metadata.json")


def test_missing_checkpoint_file_has_no_facts() -> None:
    assert checkpoint_facts(Checkpoint("x", None, None, None, problem="file missing"), "a", NOW) == ""
