"""Compressed logs read like any other."""

from __future__ import annotations

import bz2
import gzip
import importlib
import lzma
import random
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from runtui.logs.read import compressed
from runtui.logs.read.compressed import CompressedSource, open_source
from runtui.logs.read.lines import lines_after, lines_before
from runtui.logs.read.source import FileSource, LogChange, Snapshot, Source

generator = random.Random(5)
TEXT = b"".join(b"line %d %d\n" % (number, generator.randrange(10**12)) for number in range(50_000))


def find_library(name: str) -> ModuleType | None:
    """Return a module, or None where it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def read_whole(source: Source) -> tuple[bytes, list[Snapshot]]:
    looks = [source.look()]
    while looks[-1].progress < 1:
        looks.append(source.look())
    return source.read(0, source.size + 10), looks


ZSTD = next(filter(None, map(find_library, ("compression.zstd", "backports.zstd"))))
COMPRESS = {
    ".gz": gzip.compress,
    ".xz": lzma.compress,
    ".bz2": partial(bz2.compress, compresslevel=1),
    ".zst": ZSTD.compress,
}


@pytest.mark.parametrize(("ending", "compress"), COMPRESS.items())
def test_compressed_log_is_decompressed_in_steps(tmp_path, monkeypatch, ending, compress) -> None:
    monkeypatch.setattr(compressed, "_STRETCH", 100_000)
    monkeypatch.setattr(compressed, "_INPUT", 1000)
    path = tmp_path / f"a.log{ending}"
    path.write_bytes(compress(TEXT))
    source = open_source(str(path))
    data, looks = read_whole(source)
    assert data == TEXT
    assert len(looks) > 5
    assert [look.progress for look in looks] == sorted(look.progress for look in looks)
    assert {look.change for look in looks[1:]} <= {LogChange.GREW, LogChange.NOTHING}
    assert {look.notice for look in looks} == {""}
    assert source.generation == looks[0].generation
    assert lines_before(source, source.size, 2)[-1].raw.startswith(b"line 49999")
    assert source.look().change is LogChange.NOTHING


def test_multi_member_archives_of_real_programs_are_read(tmp_path) -> None:
    parts = [TEXT[:1000], b"", TEXT[1000:500_000], TEXT[500_000:]]
    for program, ending in (("gzip", ".gz"), ("xz", ".xz"), ("bzip2", ".bz2"), ("zstd", ".zst")):
        if shutil.which(program) is None:
            continue
        path = tmp_path / f"a.log{ending}"
        with path.open("wb") as file:
            for part in parts:
                file.write(
                    subprocess.run([program, "-c"], input=part, stdout=subprocess.PIPE, check=True).stdout
                )
        assert read_whole(open_source(str(path)))[0] == TEXT


def test_padding_after_the_last_member_is_ignored(tmp_path) -> None:
    (tmp_path / "a.gz").write_bytes(gzip.compress(b"text\n") + bytes(512))
    data, looks = read_whole(open_source(str(tmp_path / "a.gz")))
    assert (data, looks[-1].notice) == (b"text\n", "")


@pytest.mark.parametrize(("ending", "compress"), COMPRESS.items())
def test_truncated_archive_shows_its_readable_part_with_a_notice(tmp_path, ending, compress) -> None:
    whole = compress(TEXT)
    path = tmp_path / f"a{ending}"
    path.write_bytes(whole[: len(whole) // 2])
    source = open_source(str(path))
    data, looks = read_whole(source)
    assert TEXT.startswith(data)
    assert len(data) > len(TEXT) // 8  # some give whole blocks only
    assert "ends in the middle" in looks[-1].notice
    assert source.look().notice == ""
    # It was still being written.
    with path.open("ab") as file:
        file.write(whole[len(whole) // 2 :])
    assert read_whole(source)[0] == TEXT


@pytest.mark.parametrize(("ending", "compress"), COMPRESS.items())
def test_damaged_archive_shows_its_readable_part_with_a_notice(
    tmp_path, monkeypatch, ending, compress
) -> None:
    monkeypatch.setattr(compressed, "_INPUT", 1000)
    whole = bytearray(compress(TEXT))
    whole[len(whole) // 2 : len(whole) // 2 + 50] = bytes(50)
    (tmp_path / f"a{ending}").write_bytes(whole)
    data, looks = read_whole(open_source(str(tmp_path / f"a{ending}")))
    assert data[:1000] == TEXT[: len(data[:1000])]
    assert "cannot be decompressed further" in looks[-1].notice
    (tmp_path / f"b{ending}").write_bytes(b"not compressed at all\n")
    assert "cannot be decompressed" in read_whole(open_source(str(tmp_path / f"b{ending}")))[1][-1].notice


def test_decompression_stops_at_its_size_limit(tmp_path) -> None:
    (tmp_path / "a.xz").write_bytes(lzma.compress(bytes(50_000_000)))
    source = CompressedSource(str(tmp_path / "a.xz"), lzma.LZMADecompressor, limit=10_000_000)
    data, looks = read_whole(source)
    assert len(data) == 10_000_000
    assert "only the first 10000000 bytes" in looks[-1].notice
    assert looks[-1].progress == 1


def test_implausibly_large_archive_is_read_partially(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(compressed, "_ALWAYS", 1_000_000)
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(bytes(40_000_000)))
    data, looks = read_whole(open_source(str(path)))
    assert 1_000_000 <= len(data) < 20_000_000
    assert "too large to decompress" in looks[-1].notice


def test_replaced_archive_is_read_again(tmp_path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"old\n"))
    source = open_source(str(path))
    read_whole(source)
    generation = source.generation
    (tmp_path / "new").write_bytes(gzip.compress(b"new log\n"))
    (tmp_path / "new").rename(path)
    look = source.look()
    assert look.change is LogChange.REPLACED
    assert source.generation == generation + 1
    assert [line.raw for line in lines_after(source, 0, 9)] == [b"new log"]


def test_missing_zstd_library_gives_install_advice(tmp_path, monkeypatch) -> None:
    for name in ("compression.zstd", "backports.zstd", "pyzstd"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(OSError, match=r"need a library: .*install 'runtui-hpc\[zstd\]'"):
        open_source(str(tmp_path / "a.zst"))


def test_uncompressed_logs_are_plain_files(tmp_path: Path) -> None:
    assert isinstance(open_source(str(tmp_path / "a.log")), FileSource)


def test_empty_streams_are_read_over_several_looks(tmp_path: Path) -> None:
    (tmp_path / "a.log.gz").write_bytes(gzip.compress(b"") * 700 + gzip.compress(b"the end\n"))
    text, looks = read_whole(open_source(str(tmp_path / "a.log.gz")))
    assert text == b"the end\n"
    assert len(looks) > 2
