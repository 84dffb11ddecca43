"""The cache file: what it gives back, and that nothing it holds or lacks can do harm."""

from __future__ import annotations

import json
import math
import os
import stat
import zlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.catalog.catalog import Catalog
from runtui.catalog.sync.cache import RunsCache, default_folder
from runtui.cli.serializers import run_as_json
from runtui.logs.diagnose.own_rules import own_rule
from runtui.render.run_details import fact_lines, state_lines
from runtui.store.failure import NO_WARNING, FailureKind, FailureSummary, LogWarning, ReadShare
from runtui.store.record import STAMP_SIZE, JobInfo, JobOrigin, RecordState, RunRecord
from runtui.text.sanitize import safe_text

texts = st.text(max_size=30).map(safe_text)
moments = st.none() | st.floats(0, 4e9)
stamps = st.binary(min_size=STAMP_SIZE, max_size=STAMP_SIZE)
records = st.builds(
    RunRecord,
    name=st.text(min_size=1, max_size=20).filter(lambda name: "/" not in name and "\0" not in name),
    run_id=st.just(""),
    status=texts,
    description=texts,
    tags=st.lists(texts.filter(bool), max_size=3).map(tuple),
    created=moments,
    created_is_guess=st.booleans(),
    started=moments,
    completed=moments,
    host=texts,
    user=texts,
    parent=st.none() | st.text(max_size=20),
    checkpoints=st.integers(0, 2**40),
    problem=texts,
    stale_reason=texts,
    state=st.sampled_from(RecordState),
    stamp=st.none() | stamps,
    edits=st.integers(0, 100),
    conflict=texts,
    reason=texts,
    digest=st.none()
    | st.builds(
        FailureSummary,
        st.sampled_from(FailureKind),
        texts,
        st.sampled_from(["", "logs/a b.log"]),
        st.integers(0, 2**62),
        texts,
    ),
    values=st.dictionaries(
        st.text(max_size=5), st.integers() | st.text(max_size=9) | st.booleans(), max_size=2
    ),
    is_lost=st.booleans(),
    job=st.none() | st.builds(JobInfo, texts, texts, texts, texts, texts, st.sampled_from(JobOrigin)),
    folder=st.just(""),
    recorded_id=st.text(max_size=20),
    unread=st.just({}) | st.dictionaries(st.text(max_size=5), texts, max_size=1),
    layout=st.sampled_from(["", "hydra"]),
    adopted_layout=st.sampled_from(["", "slurm"]),
    note=texts,
    is_derived=st.booleans(),
    values_stamp=texts,
    may_hold_runs=st.booleans(),
    warning=st.sampled_from([None, NO_WARNING, LogWarning("loss: nan", "logs/a b.log", 3)]),
).map(lambda run: run._replace(run_id=safe_text(run.name)))


def loaded(cache: RunsCache) -> list[RunRecord] | None:
    found = cache.load()
    return None if found is None else [run for block in found.blocks() for run in block]


@pytest.fixture
def cache(runs_dir: Path, tmp_path: Path) -> RunsCache:
    return RunsCache(str(runs_dir), str(tmp_path / "cache"))


def made(number: int) -> RunRecord:
    return RunRecord(
        f"run-{number}",
        f"run-{number}",
        status="completed",
        created=float(number),
        stamp=number.to_bytes(STAMP_SIZE),
    )


def is_a_part(found: list[RunRecord] | None, runs: list[RunRecord]) -> bool:
    return found is None or (len(found) < len(runs) and all(run in runs for run in found))


def _is_kept(run: RunRecord) -> bool:
    if run.state is not RecordState.READ or run.stamp is None or run.unread:
        return False
    text = run.name + run.recorded_id + (run.parent or "")
    return "\n" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


@settings(max_examples=60)
@given(st.lists(records, max_size=30, unique_by=lambda run: run.name), st.integers(1, 4))
def test_cached_runs_are_loaded_unchanged_or_not_at_all(
    tmp_path_factory, runs: list[RunRecord], alike: int
) -> None:
    cache = RunsCache("/somewhere/runs", str(tmp_path_factory.mktemp("cache")))
    runs = [
        run._replace(name=name, run_id=safe_text(name))
        for run in runs
        for name in [run.name, *(f"{run.name}/{number}" for number in range(1, alike))]
    ]
    cache.save(runs, frozenset())
    kept = [run for run in runs if _is_kept(run)]
    found = loaded(cache)
    assert found is not None
    assert sorted(found, key=lambda run: run.name) == sorted(kept, key=lambda run: run.name)


def test_run_of_several_directories_is_cached_under_its_own_name(cache: RunsCache) -> None:
    runs = [made(1), made(2)._replace(parent="run-1")]
    cache.save([run.below("b/runs/") for run in runs], frozenset())
    assert loaded(cache) == runs[::-1]


def test_reasons_are_forgotten_when_the_rules_have_changed(cache: RunsCache, runs_dir: Path) -> None:
    run = made(1)._replace(status="failed", digest=FailureSummary(FailureKind.OOM, "no memory"))
    cache.save([run], frozenset())
    assert loaded(cache) == [run]
    folder = os.path.dirname(cache.path)
    rules = (own_rule("numerics", "tangled"),)
    assert loaded(RunsCache(str(runs_dir), folder, rules)) == [run._replace(digest=None)]
    RunsCache(str(runs_dir), folder, rules).save([run], frozenset())
    assert loaded(RunsCache(str(runs_dir), folder, rules)) == [run]
    assert loaded(cache) == [run._replace(digest=None)]


def test_cached_runs_are_loaded_newest_first_in_blocks(cache: RunsCache) -> None:
    cache.save([made(number) for number in range(30_000)], frozenset({"beta"}))
    found = cache.load()
    assert found is not None
    assert found.total == 30_000
    assert found.keys == {"beta"}
    blocks = list(found.blocks())
    assert len(blocks[0]) < 1000
    assert len(blocks) > 2
    assert [run.name for block in blocks for run in block] == [f"run-{n}" for n in reversed(range(30_000))]


@pytest.mark.parametrize("kinds", [1, 2, 256, 257, 1000])
def test_columns_with_few_or_many_distinct_values_are_cached(cache: RunsCache, kinds: int) -> None:
    runs = [
        made(number)._replace(
            host=f"node{number % kinds}", tags=(f"t{number % kinds}",), is_lost=number % 5000 == 7
        )
        for number in range(10_000)
    ]
    cache.save(runs, frozenset())
    assert loaded(cache) == runs[::-1]


def test_nan_and_infinite_values_are_cached(cache: RunsCache) -> None:
    cache.save([made(1)._replace(values={"loss": math.nan, "best": math.inf})], frozenset({"loss", "best"}))
    found = loaded(cache)
    assert found is not None
    assert math.isnan(float(found[0].values["loss"]))
    assert found[0].values["best"] == math.inf


def test_missing_cache_loads_nothing(cache: RunsCache) -> None:
    assert cache.load() is None


@pytest.mark.parametrize("place", [0, 5, 40, 200, 2000, -300, -1])
def test_damaged_cache_yields_only_intact_blocks(cache: RunsCache, place: int) -> None:
    runs = [made(number) for number in range(600)]
    cache.save(runs, frozenset())
    data = bytearray(Path(cache.path).read_bytes())
    data[place] ^= 0x41
    Path(cache.path).write_bytes(data)
    found = loaded(cache)
    assert is_a_part(found, runs)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.9999])
def test_truncated_cache_yields_only_complete_blocks(cache: RunsCache, share: float) -> None:
    runs = [made(number) for number in range(600)]
    cache.save(runs, frozenset())
    data = Path(cache.path).read_bytes()
    Path(cache.path).write_bytes(data[: int(len(data) * share)])
    found = loaded(cache)
    assert is_a_part(found, runs)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"{}\n",
        b"[" * 100_000,
        b'{"format": "of another version", "base": "", "keys": [], "blocks": []}\n',
        b'{"format": null, "base": [], "keys": 3, "blocks": {}}\n',
        b"\xff\xfe\x00" * 1000,
    ],
)
def test_file_that_is_not_a_cache_loads_nothing(cache: RunsCache, data: bytes) -> None:
    cache.save([], frozenset())
    Path(cache.path).write_bytes(data)
    assert cache.load() is None


def test_cache_of_another_directory_is_not_used(cache: RunsCache, tmp_path: Path) -> None:
    other = RunsCache("/another/place", str(tmp_path / "cache"))
    other.save([made(1)], frozenset())
    os.rename(other.path, cache.path)
    assert cache.load() is None


def test_cache_folder_is_private_and_old_caches_are_removed(tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    for number in range(45):
        one = RunsCache(f"/runs/{number}", str(folder))
        one.save([made(number)], frozenset())
        os.utime(one.path, (number, number))
    RunsCache("/runs/last", str(folder)).save([made(1)], frozenset())
    assert len(list(folder.iterdir())) == 40
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert loaded(RunsCache("/runs/0", str(folder))) is None
    assert loaded(RunsCache("/runs/last", str(folder))) == [made(1)]


def test_leftovers_of_a_crash_are_removed(cache: RunsCache) -> None:
    cache.save([made(1)], frozenset())
    folder = Path(cache.path).parent
    old, fresh = folder / ".x.runtui-tmp", folder / ".y.runtui-tmp"
    old.touch()
    fresh.touch()
    os.utime(old, (1, 1))
    cache.save([made(2)], frozenset())
    assert not old.exists()
    assert fresh.exists()


def test_cache_is_in_the_users_cache_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/scratch/caches")
    assert default_folder() == "/scratch/caches/runtui"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/ann")
    assert default_folder() == "/home/ann/.cache/runtui"


# Files made to do harm: their check sums are right


def parts_of(data: bytes) -> tuple[dict, list[list[bytes]]]:
    """Return the header of a cache file and the columns of its blocks."""
    line, _newline, rest = data.partition(b"\n")
    header = json.loads(line)
    blocks = []
    for _count, size, _check in header["blocks"]:
        block, rest = rest[:size], rest[size:]
        columns = []
        while block:
            end = 8 + int.from_bytes(block[:8])
            columns.append(block[8:end])
            block = block[end:]
        blocks.append(columns)
    return header, blocks


def sealed(header: dict, blocks: list[bytes], counts: list[object]) -> bytes:
    listed = [(count, len(block), zlib.crc32(block)) for count, block in zip(counts, blocks, strict=True)]
    return json.dumps(header | {"blocks": listed}).encode() + b"\n" + b"".join(blocks)


def block_of(columns: list[bytes]) -> bytes:
    return b"".join(len(column).to_bytes(8) + column for column in columns)


def check_use(cache: RunsCache) -> None:
    """Read a cache file as the browser does, and show what it gives."""
    found = cache.load()
    if found is None:
        return
    assert found.total >= 0
    found.stamps()
    for block in found.blocks():
        for run in block:
            line = run_as_json("/runs", run, 1e9)
            json.dumps(line)
            state_lines(run)
            fact_lines(run, Catalog("/runs"), 1e9)
            assert run.name is not None
            assert isinstance(run.values, Mapping)


_A_RUN = made(7)._replace(
    description="an example",
    tags=("a", "b"),
    parent="run-1",
    checkpoints=3,
    edits=1,
    is_lost=True,
    started=5.0,
    digest=FailureSummary(FailureKind.OOM, "killed", "logs/a.log", 40, read=ReadShare(64, 9000, 6, 64)),
    values={"beta": 0.5},
    job=JobInfo("slurm", "1", "RUNNING", "2 h left"),
    recorded_id="run-0",
)
_COLUMNS = 29
_NUMBERS = st.sampled_from(
    [0, -1, 1, 2, 3, 1 << 31, 1 << 63, 1 << 64, 1 << 80, 1.5, math.inf, None, "2", [], {}, True]
)
_PIECES = st.sampled_from(
    [
        *(
            b"L",
            b"C",
            b"\0",
            b"\xff",
            b"\n",
            b"\t",
            b"a",
            b"-1",
            b"[" * 5000,
            b'{"a": [1]}',
            b"null",
            b"1" * 5000,
        ),
        *(
            b"\x7f\xf0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\xf0\x7f",
            b"oom\t1\t../../x\tline",
            b"slurm\t1",
            b"=",
            b"running",
        ),
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_malicious_cache_raises_nothing(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    cache = RunsCache("/runs", str(tmp_path_factory.mktemp("cache")))
    cache.save([_A_RUN, made(8), made(9)], frozenset({"beta"}))
    header, (columns,) = parts_of(Path(cache.path).read_bytes())
    assert len(columns) == _COLUMNS
    count: object = 3
    kind = data.draw(st.sampled_from(["column", "columns", "count", "block", "header", "bits"]))
    block = block_of(columns)
    if kind == "column":
        place = data.draw(st.integers(0, _COLUMNS - 1))
        column = columns[place]
        cut = data.draw(st.integers(0, len(column)))
        columns[place] = data.draw(
            st.lists(_PIECES, max_size=4).map(lambda pieces: column[:cut] + b"".join(pieces))
            | st.binary(max_size=40)
            | st.just(column[:cut])
            | st.lists(_PIECES, min_size=3, max_size=3).map(lambda pieces: b"L" + b"\n".join(pieces))
            | st.binary(min_size=24, max_size=24)
        )
        block = block_of(columns)
    elif kind == "columns":
        block = block_of(data.draw(st.permutations(columns))[: data.draw(st.integers(0, _COLUMNS))])
    elif kind == "count":
        count = data.draw(_NUMBERS)
    elif kind == "block":
        size = data.draw(st.sampled_from([0, 1, 7, 8, 1 << 40, (1 << 64) - 1]))
        block = size.to_bytes(8) + data.draw(st.binary(max_size=30))
    elif kind == "header":
        name = data.draw(st.sampled_from(["format", "base", "keys", "blocks"]))
        value = data.draw(
            _NUMBERS | st.lists(_NUMBERS | st.lists(_NUMBERS, min_size=3, max_size=3), max_size=3)
        )
        Path(cache.path).write_bytes(json.dumps(header | {name: value}).encode() + b"\n" + block)
        check_use(cache)
        return
    whole = bytearray(sealed(header, [block], [count]))
    if kind == "bits":
        for _ in range(data.draw(st.integers(1, 3))):
            whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    Path(cache.path).write_bytes(whole)
    check_use(cache)


def test_cache_header_cannot_claim_more_than_the_file_holds(cache: RunsCache) -> None:
    cache.save([made(1), made(2)], frozenset())
    header, (columns,) = parts_of(Path(cache.path).read_bytes())
    Path(cache.path).write_bytes(sealed(header, [block_of(columns)], [1 << 50]))
    found = cache.load()
    assert found is not None
    assert found.total == 0
    assert list(found.blocks()) == []


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_cache_writable_by_others_is_not_read(cache: RunsCache, mode: int) -> None:
    cache.save([made(1)], frozenset())
    os.chmod(cache.path, mode)
    assert cache.load() is None


@pytest.mark.skipif(os.geteuid() != 0, reason="needs two users")
def test_cache_of_another_user_is_not_read(cache: RunsCache) -> None:
    cache.save([made(1)], frozenset())
    os.chown(cache.path, 65534, 65534)
    assert cache.load() is None


def test_named_pipe_instead_of_a_cache_does_not_block(cache: RunsCache) -> None:
    cache.save([], frozenset())
    os.unlink(cache.path)
    os.mkfifo(cache.path)
    assert cache.load() is None
