from __future__ import annotations

from runtui.render.checkpoint_facts import checkpoint_facts
from runtui.store.checkpoints import Checkpoint

NOW = 1_000_000.0
OWN = Checkpoint("step-1", NOW - 60, "/runs/a/checkpoints/1", "a", 2048)


def test_the_size_the_place_and_the_age_are_said() -> None:
    assert checkpoint_facts(OWN, "a", NOW) == "2.0 KiB, 1m00s old"
    assert checkpoint_facts(OWN, "kid", NOW) == "2.0 KiB, in a, 1m00s old"
    assert checkpoint_facts(OWN._replace(owner=None), "a", NOW).startswith(
        "2.0 KiB, outside the runs directory"
    )


def test_a_link_to_another_disk_is_said() -> None:
    linked = OWN._replace(owner=None, outside="/scratch/ck/1")
    assert checkpoint_facts(linked, "a", NOW) == "2.0 KiB, in /scratch/ck, through a link, 1m00s old"


def test_unlisted_checkpoint_is_reported() -> None:
    assert checkpoint_facts(OWN._replace(is_listed=False), "a", NOW).endswith(", not in metadata.json")


def test_nothing_is_said_of_a_file_that_is_nowhere() -> None:
    assert checkpoint_facts(Checkpoint("x", None, None, None, problem="file missing"), "a", NOW) == ""
