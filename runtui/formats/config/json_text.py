"""JSON, by its own rules; a list at the top has the key ``list``."""

from __future__ import annotations

from runtui.formats.config.base import Document
from runtui.store.errors import MetadataError
from runtui.store.json_object import parse_object

_NAME = "configuration"


def read_json(text: str) -> Document | None:
    """Return the contents of a JSON object or list, or None for other text."""
    begin = text.lstrip()[:1]
    if begin not in ("{", "["):
        return None
    if begin == "[":
        text = f'{{"list": {text}}}'
    try:
        return parse_object(text.encode("utf-8", "surrogatepass"), name=_NAME)
    except MetadataError:
        return None
