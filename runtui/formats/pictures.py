"""Pictures that a simulation saved: checked by their first bytes before anything of them is decoded.

A few bytes can claim to be a picture of gigabytes. So a file's size and what it claims are looked at first,
and only PNG and JPEG are ever decoded. That needs an optional library, imported where it is done.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from runtui.logs.read.source import open_log, read_at
from runtui.store.errors import explain

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes of a file that is decoded."""

MOST_DOTS = 40_000_000
"""Dots of a picture that is decoded; in memory each takes up to four bytes."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_HEAD = 256 * 1024  # bytes
_STANDALONE = {0x01, *range(0xD0, 0xD9)}
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}


class PictureError(Exception):
    """A picture that is not shown; its text says why, in one line."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture: its dots, no more of them than can be shown, and its size as it was saved."""

    image: Image
    width: int
    height: int


def claimed_size(head: bytes) -> tuple[str, int, int]:
    """Return the kind of picture, its width and its height in dots, as the first bytes of a file claim.

    Raises:
        PictureError: It is neither PNG nor JPEG, or its size is not among these bytes.
    """
    if head.startswith(_PNG):
        if len(head) < 24 or head[12:16] != b"IHDR":
            raise PictureError("it is cut off, or still being written")
        width, height = struct.unpack(">II", head[16:24])
        return "PNG", width, height
    if head.startswith(_JPEG):
        return ("JPEG", *_jpeg_size(head))
    raise PictureError("it is empty" if not head else "it is neither PNG nor JPEG, whatever its name says")


def _jpeg_size(head: bytes) -> tuple[int, int]:
    place = 2
    while place + 4 <= len(head):
        if head[place] != 0xFF:
            break
        marker = head[place + 1]
        if marker == 0xFF:  # any number of these may fill up
            place += 1
            continue
        if marker in _STANDALONE:
            place += 2
            continue
        (length,) = struct.unpack(">H", head[place + 2 : place + 4])
        if marker in _FRAMES and place + 9 <= len(head):
            height, width = struct.unpack(">HH", head[place + 5 : place + 9])
            return width, height
        place += 2 + max(2, length)
    raise PictureError("its size cannot be found: it is cut off, or no picture")


def load_picture(path: str, most_width: int, most_height: int) -> Picture:
    """Decode a picture, no larger than it can be shown.

    Args:
        path: The file.
        most_width: Dots that can be shown beside each other.
        most_height: Dots that can be shown below each other.

    Raises:
        PictureError: It is too large, no picture, or damaged.
        ImportError: The library that decodes pictures is not installed.
    """
    try:
        handle = open_log(path)
        data = read_at(handle, 0, LARGEST_FILE + 1)
    except OSError as error:
        raise PictureError(explain(error, with_path=False)) from None
    if len(data) > LARGEST_FILE:
        raise PictureError(f"it has more than {LARGEST_FILE // (1024 * 1024)} MiB and is not decoded")
    kind, width, height = claimed_size(data[:_HEAD])
    if not width or not height:
        raise PictureError("it has no dots")
    if width * height > MOST_DOTS:
        raise PictureError(f"it has {width} x {height} dots, too many to be decoded")
    return Picture(_decoded(data, kind, (width, height), (most_width, most_height)), width, height)


def _decoded(data: bytes, kind: str, size: tuple[int, int], most: tuple[int, int]) -> Image:
    import PIL.Image

    try:
        with PIL.Image.open(io.BytesIO(data), formats=(kind,)) as image:
            if image.width * image.height > MOST_DOTS:
                raise PictureError("it claims to be smaller than it is")
            # A JPEG can be decoded at a fraction of its size.
            image.draft("RGB", most)
            image.thumbnail(most)
            return image.convert("RGBA" if "transparency" in image.info or "A" in image.getbands() else "RGB")
    except PictureError:
        raise
    # What a damaged file makes a decoder raise is not documented; an error of our own would be told, too.
    except Exception as error:
        raise PictureError(f"it is damaged, or still being written ({type(error).__name__})") from None
