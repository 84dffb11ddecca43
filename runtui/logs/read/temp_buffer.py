"""Buffer in an unlinked temporary file."""

from __future__ import annotations

import os
import tempfile

from runtui.logs.read.source import Handle, read_at, read_into_at


class TempBuffer:
    """A temporary file that is appended to and read at any offset; removed when its last reader is gone.

    Raises:
        OSError: No file can be made.
    """

    def __init__(self) -> None:
        # The file loses its name at once, and is gone with the last handle to it.
        with tempfile.TemporaryFile() as file:
            self._handle = Handle(os.dup(file.fileno()))
        self.size = 0
        """Bytes that can be read."""

    def free(self) -> int:
        """Return the free bytes on its disk."""
        space = os.fstatvfs(self._handle.descriptor)
        return space.f_bavail * space.f_frsize

    def append(self, data: bytes) -> None:
        """Add bytes at the end.

        Raises:
            OSError: The disk is full, or refuses.
        """
        done = 0
        while done < len(data):
            done += os.pwrite(self._handle.descriptor, data[done:], self.size + done)
        self.size += done

    def read(self, offset: int, size: int) -> bytes:
        """Return `size` bytes from `offset` on; fewer only at the end."""
        size = min(size, self.size - offset)
        return b"" if size <= 0 else read_at(self._handle, offset, size)

    def read_into(self, offset: int, buffer: memoryview) -> int:
        """Fill `buffer` from `offset` on, and return how many bytes there were."""
        size = min(len(buffer), self.size - offset)
        return 0 if size <= 0 else read_into_at(self._handle, offset, buffer[:size])
