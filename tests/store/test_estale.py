"""What was replaced on its server is opened once more."""

from __future__ import annotations

import errno

import pytest

from runtui.store.estale import opened_again


class Served:
    """A file whose first opens fail, each for a reason."""

    def __init__(self, *reasons: int) -> None:
        self.reasons = list(reasons)
        self.opens = 0

    def read(self) -> str:
        self.opens += 1
        if self.reasons:
            raise OSError(self.reasons.pop(0), "refused")
        return "text"


def test_stale_handle_is_reopened_once() -> None:
    served = Served(errno.ESTALE)
    assert opened_again(served.read) == "text"
    assert served.opens == 2
    with pytest.raises(OSError, match="refused") as caught:
        opened_again(Served(errno.ESTALE, errno.ESTALE).read)
    assert caught.value.errno == errno.ESTALE


def test_other_errors_are_raised_without_a_retry() -> None:
    served = Served(errno.EACCES)
    with pytest.raises(PermissionError):
        opened_again(served.read)
    assert served.opens == 1
