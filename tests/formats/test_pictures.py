from __future__ import annotations

import io
import os
import struct
import zlib
from pathlib import Path

import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.formats.pictures import LARGEST_FILE, PictureError, claimed_size, load_picture


def png(width: int, height: int, data: bytes = b"") -> bytes:
    """Return a PNG that claims a size, whatever its data is."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = data or zlib.compress(b"\0" * (height * (1 + 3 * width)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def saved(kind: str, mode: str = "RGB", size: tuple[int, int] = (60, 40), **options: object) -> bytes:
    file = io.BytesIO()
    PIL.Image.new(mode, size, 1).save(file, kind, **options)
    return file.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "x.png"


@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P", "1", "I;16"])
def test_png_of_any_mode_is_decoded(path: Path, mode: str) -> None:
    path.write_bytes(saved("PNG", mode))
    picture = load_picture(str(path), 30, 30)
    assert (picture.width, picture.height) == (60, 40)
    assert picture.image.size == (30, 20)
    assert picture.image.mode in ("RGB", "RGBA")


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 100, "subsampling": 0}])
def test_jpeg_is_decoded(path: Path, options: dict[str, object]) -> None:
    data = saved("JPEG", **options)
    assert claimed_size(data) == ("JPEG", 60, 40)
    path.write_bytes(data)
    assert load_picture(str(path), 600, 600).image.size == (60, 40)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (png(100_000, 100_000, b"x"), "100000 x 100000 dots, too many"),
        (png(0, 5), "no dots"),
        (png(50, 50, b"no deflate"), "damaged"),
        (png(60, 40)[:60], "damaged"),
        (b"\x89PNG\r\n\x1a\n", "cut off"),
        (b"\xff\xd8\xff", "its size cannot be found"),
        (b"GIF89a" + bytes(100), "neither PNG nor JPEG"),
        (b"", "it is empty"),
    ],
)
def test_invalid_or_oversized_picture_is_refused(path: Path, data: bytes, said: str) -> None:
    path.write_bytes(data)
    with pytest.raises(PictureError, match=said):
        load_picture(str(path), 100, 100)


def test_too_large_special_or_missing_picture_file_is_refused(path: Path) -> None:
    path.write_bytes(png(5, 5))
    os.truncate(path, LARGEST_FILE + 1)
    with pytest.raises(PictureError, match="more than 64 MiB"):
        load_picture(str(path), 100, 100)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(PictureError, match="not a regular file"):
        load_picture(str(path), 100, 100)
    path.unlink()
    with pytest.raises(PictureError):
        load_picture(str(path), 100, 100)


@given(st.binary(max_size=300), st.sampled_from([b"", b"\xff\xd8\xff", png(4, 4), saved("JPEG")]))
def test_any_bytes_are_a_picture_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, begin: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.png"
    for content in (begin + data, begin[: len(begin) // 2] + data, data + begin):
        path.write_bytes(content)
        try:
            found = load_picture(str(path), 10, 10)
        except PictureError as error:
            said = str(error)
            assert said.isprintable()
        else:
            assert found.image.width <= 10
