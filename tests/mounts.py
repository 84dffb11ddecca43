"""Real mounts for tests: a shared file system as another host has it, one that hangs, one that goes away.

All are made with bindfs, a FUSE that shows a local directory a second time. What is done on one side raises
no event on the other, as on a network file system.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import wait_until

_FUSE_CONTROL = Path("/sys/fs/fuse/connections")
"""Where the kernel tells about each FUSE mount, if that is mounted."""


def skip_unless_mountable() -> None:
    """Skip the test where no FUSE can be mounted."""
    if os.geteuid():
        pytest.skip("only root can mount here")
    if shutil.which("bindfs") is None:
        pytest.skip("bindfs is not installed")
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("there is no /dev/fuse")


def _requests_of(minor: int) -> Path | None:
    """Return the file that says how many calls of a FUSE mount are not answered; None where there is none."""
    if not _FUSE_CONTROL.is_dir():
        return None
    found = _FUSE_CONTROL / str(minor) / "waiting"
    if not found.exists():
        command = ["mount", "-t", "fusectl", "none", _FUSE_CONTROL]
        subprocess.run(command, check=False, capture_output=True)
    return found if found.exists() else None


class Mount:
    """A directory that shows another one.

    Args:
        source: The directory that is shown.
        point: Where; it is made.
    """

    def __init__(self, source: Path, point: Path) -> None:
        skip_unless_mountable()
        point.mkdir(exist_ok=True)
        self.point = point
        # Without its cache of attributes there would be nothing of the past to see.
        self._server = subprocess.Popen(
            ["bindfs", "-f", "-o", "attr_timeout=0,entry_timeout=0,negative_timeout=0", source, point],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            wait_until(self._is_mounted, "it is mounted")
            # Kernel and server still have to agree on how they speak: until then callers wait elsewhere.
            os.listdir(point)
            self._waiting = _requests_of(os.minor(os.stat(point).st_dev))
        except BaseException:
            self.remove()
            raise

    def _is_mounted(self) -> bool:
        # The mount table can be read where the mount itself does not answer.
        with open("/proc/self/mounts", encoding="utf-8", errors="surrogateescape") as table:
            return any(line.split(" ")[1] == str(self.point) for line in table)

    def hang(self) -> None:
        """Answer no call any more.

        A process whose call the server has taken and not answered cannot even be killed. So the server stops
        between two calls, as far as the kernel tells.
        """
        wait_until(self._has_stopped_between_calls, "it stops between two calls")

    def _has_stopped_between_calls(self) -> bool:
        self._server.send_signal(signal.SIGSTOP)
        wait_until(self._is_stopped, "all of its threads stop")
        if self._waiting is None or self._waiting.read_text() == "0\n":
            return True
        self.answer()
        return False

    def _is_stopped(self) -> bool:
        threads = Path(f"/proc/{self._server.pid}/task").iterdir()
        return all("\nState:\tT" in (thread / "status").read_text() for thread in threads)

    def answer(self) -> None:
        """Answer again, what was asked meanwhile first."""
        self._server.send_signal(signal.SIGCONT)

    def crash(self) -> None:
        """Let each call fail from now on, as on a server that is gone for good."""
        self._server.kill()
        self._server.wait()

    def remove(self) -> None:
        """Unmount, whoever uses it; may be called again."""
        self.answer()
        if self._is_mounted():
            subprocess.run(["umount", "--lazy", self.point], check=False, capture_output=True)
        self._server.kill()
        self._server.wait()


@contextmanager
def mounted(source: Path, point: Path) -> Iterator[Mount]:
    """Show `source` at `point`, too."""
    mount = Mount(source, point)
    try:
        yield mount
    finally:
        mount.remove()
