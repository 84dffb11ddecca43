"""A path pasted at a shell's prompt is that path, whatever the directory is called."""

from __future__ import annotations

import os
import subprocess
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.store.safe_text import is_safe
from runtui.store.shell_word import directory_word
from tests.hostile import TEXTS, file_name

NAMES = st.binary(min_size=1, max_size=30).filter(
    lambda name: not {0, 47}.intersection(name)
) | st.sampled_from([os.fsencode(file_name(text)) for text in TEXTS.values()])


@settings(max_examples=60)
@given(NAMES, st.sampled_from([b"", b"-", b"\n", b"'"]), st.sampled_from([b"", b"\n", b"\n\n", b" ", b"\\"]))
def test_a_shell_goes_exactly_there_and_nothing_else_happens(name: bytes, begin: bytes, end: bytes) -> None:
    with tempfile.TemporaryDirectory() as root:
        path = os.path.join(os.fsencode(os.path.realpath(root)), b"x" + begin + name + end)
        for part in (path, os.path.join(path, begin + name[:100])):
            if os.path.basename(part).strip(b"."):
                path = part
                os.mkdir(part)
        word = directory_word(os.fsdecode(path))
        assert is_safe(word)
        done = subprocess.run(
            ["sh", "-c", f"cd -- {word} && pwd"], cwd=root, capture_output=True, check=False
        )
        assert (done.stdout, done.stderr) == (path + b"\n", b"")


@pytest.mark.parametrize("name", ["plain-1.2_x", "Gödel"])
def test_ordinary_paths_are_as_a_person_would_write_them(name: str) -> None:
    assert directory_word(f"/runs/{name}") == (f"/runs/{name}" if name.isascii() else f"'/runs/{name}'")
