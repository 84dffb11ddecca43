"""What the store refuses says what to do next."""

from __future__ import annotations

import errno
import os

import pytest

from runtui.store.errors import explain


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.ESTALE])
def test_system_error_is_reported_with_place_and_advice(number: int) -> None:
    text = explain(OSError(number, os.strerror(number), "/runs/a"))
    assert text.startswith(f"/runs/a: {os.strerror(number)} (")
    assert text.endswith(")")
    assert "/runs/a" not in explain(OSError(number, os.strerror(number), "/runs/a"), with_path=False)


def test_system_error_without_advice_is_explained_by_its_reason() -> None:
    assert explain(OSError("just words")) == "just words"
    assert explain(OSError(errno.ELOOP, "too many links", 3)) == "too many links"
    assert explain(OSError(errno.ELOOP, "too many links", b"/a\xff")) == "/a\udcff: too many links"
