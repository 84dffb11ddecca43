"""All tags of a run count, however many there are."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.catalog.query.query import parse_query
from runtui.cli import main
from runtui.store.cleanup.plan import Decision, plan_on_disk
from runtui.store.metadata import LARGEST_METADATA
from runtui.store.rows import read_record
from runtui.store.tags import ManyTags, drawn_tags, packed_tags, shown_tags, unpacked_tags
from runtui.text.sanitize import safe_text
from tests.run_dirs import write_raw, write_run


@given(st.lists(st.text(), max_size=120))
def test_tags_keep_their_order_and_are_made_safe(tags: list[str]) -> None:
    shown = shown_tags(tags)
    assert list(shown) == [safe_text(tag, 200) for tag in tags]
    assert len(shown) == len(tags)
    for tag in ("keep", *tags[:3], "a\tb"):
        assert (tag in shown) == (tag in list(shown))
    if shown and list(shown) != [""]:
        assert unpacked_tags(packed_tags(shown)) == shown


@pytest.mark.parametrize("place", [0, 63, 64, 65, 999, 50_000])
def test_keep_tag_at_any_position_protects_the_run(runs_dir: Path, place: int) -> None:
    tags = [f"t{number}" for number in range(place)] + ["keep"] + ["last"] * (place % 3)
    write_run(runs_dir, "kept", tags=tags)
    write_run(
        runs_dir, "near", tags=[*tags[:place], "keep" + "x" * 300, "keeper", "Keep", "ke\u200bep", "kee"]
    )
    plan = plan_on_disk(str(runs_dir), lambda runs: [Decision(run.name, "old") for run in runs])
    assert [decision.name for decision in plan.taken] == ["near"]
    assert [decision.reason for decision in plan.kept_back] == ["it is tagged keep"]


def test_last_of_many_tags_can_be_listed_filtered_and_removed(
    runs_dir: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tags = [f"t{number}" for number in range(300)]
    write_run(runs_dir, "many", tags=tags)
    write_run(runs_dir, "few", tags=["t1"])
    main(["-C", str(runs_dir), "ls", "--json", "tag:t299"])
    [shown] = json.loads(capsys.readouterr().out)
    assert shown["tags"] == tags
    assert parse_query("t299").matches(read_record(str(runs_dir), "many"))
    assert parse_query("has:tags").matches(read_record(str(runs_dir), "many"))
    assert not parse_query("tag:none").matches(read_record(str(runs_dir), "many"))
    main(["-C", str(runs_dir), "tag", "many", "-t299"])
    capsys.readouterr()
    main(["-C", str(runs_dir), "ls", "tag:t299"])
    assert capsys.readouterr().out == ""


def test_only_the_first_of_many_tags_are_shown() -> None:
    assert drawn_tags(("a", "b")) == "a b"
    assert drawn_tags(tuple("abcde"), 3) == "a b c and 2 more"
    assert len(drawn_tags(shown_tags(["x"] * 1_000_000))) < 200


def test_one_million_tags_need_little_more_memory_than_their_text(runs_dir: Path) -> None:
    tags = ",".join(f'"{number:x}"' for number in range(1_000_000))
    data = f'{{"run_id": "full", "status": "completed", "tags": [{tags}]}}'.encode()
    assert len(data) < LARGEST_METADATA
    write_raw(runs_dir, "full", data)
    tracemalloc.start()
    try:
        record = read_record(str(runs_dir), "full")
        kept, _peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(record.tags, ManyTags)
    assert len(record.tags) == 1_000_000
    assert kept < 1.5 * len(data)
