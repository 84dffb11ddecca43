"""Navigation in a log: to its ends, to an offset, and following it.

Lines that are not in memory are read first. The user's actions are deferred meanwhile, so that keys typed
ahead act on the lines that they are meant for.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.logs.session import LineChunk, LogSession, LogUpdate
    from runtui.tui.widgets.log_buffer import LogBuffer
    from runtui.tui.widgets.log_reader import LogReader

_MAX_DEFERRED = 100  # actions, if a key is held down while the file system does not answer


class LogNavigator:
    """Shows the lines that the user wants to see.

    Args:
        reader: Reads them.
        buffer: Holds the lines on screen and around it.
        changed: Called when other lines are on screen, before they are painted.
    """

    def __init__(self, reader: LogReader, buffer: LogBuffer, changed: Callable[[], None]) -> None:
        self._reader = reader
        self._buffer = buffer
        self._changed = changed
        self._deferred: list[Callable[[], object]] = []
        self._jumps = self._landed = 0
        self._new_lines: int | None = 0

    @property
    def new_lines(self) -> int | None:
        """Number of lines written since the end was last on screen; None for too many to count."""
        return self._new_lines

    # Deferred actions

    @property
    def is_waiting(self) -> bool:
        """Whether lines that will be shown next are still being read."""
        return self._reader.is_opening or self._jumps != self._landed

    def defer(self, act: Callable[[], object]) -> bool:
        """Defer an action until the lines that it is meant for are on screen.

        Returns:
            Whether the action was deferred; if not, the caller performs it at once.
        """
        if self.is_waiting and len(self._deferred) < _MAX_DEFERRED:
            self._deferred.append(act)
        return self.is_waiting

    def when_landed(self, act: Callable[[], object]) -> None:
        """Perform an action after the next lines or the next search result are shown."""
        self._deferred.append(act)

    def drop_deferred(self) -> None:
        """Drop all deferred actions."""
        self._deferred.clear()

    def _do_deferred(self) -> None:
        acts, self._deferred = self._deferred, []
        for act in acts:
            act()

    # Changes of the log

    def clear(self) -> None:
        """Show no lines, because another log is being opened."""
        self._landed = self._jumps
        self._new_lines = 0
        self._deferred.clear()
        self._buffer.clear()

    def show_opened(self, update: LogUpdate) -> None:
        """Show a log just opened by the user, or because it is the newest."""
        self._buffer.show(update.chunk)
        self._new_lines = 0
        self._landed = self._jumps
        self._do_deferred()

    def show_update(self, before: LogUpdate, update: LogUpdate) -> None:
        """Show changes of the log on screen.

        Args:
            before: The previous update.
            update: The new one, of the same log.
        """
        buffer = self._buffer
        assert before.look is not None
        assert update.look is not None
        if update.chunk is not None and before.look.generation != update.look.generation:
            buffer.restart(update.look.rest, update.look.notice or "the log was replaced", update.chunk)
        elif update.chunk is not None and update.is_anew:
            if buffer.is_following:
                buffer.show(update.chunk)
            else:
                buffer.miss_news()
        elif update.chunk is not None:
            buffer.add_news(update.chunk)
        elif update.arrived != 0 and buffer.behind is not None:
            self._catch_up(buffer.behind)
        if not buffer.is_following and update.arrived != 0:
            is_known = self._new_lines is not None and update.arrived is not None
            self._new_lines = (self._new_lines or 0) + (update.arrived or 0) if is_known else None

    def _catch_up(self, behind: int) -> None:
        """Read lines written before the end came on screen, which the last update did not include."""

        def take(chunk: LineChunk) -> None:
            if chunk.is_end:
                self._buffer.add_news(chunk)
            elif self._buffer.is_following:
                self.go_to_end()
            else:
                self._buffer.miss_news()

        self._reader.read("news", lambda session: session.after(behind), take)

    def read_more(self, place: int, *, backwards: bool) -> None:
        """Read more lines before the screen reaches the edge of those in memory.

        Args:
            place: Offset of that edge.
            backwards: Whether to read lines before it rather than behind it.
        """
        self._reader.read(
            f"more {backwards}",
            lambda session: session.before(place) if backwards else session.after(place),
            lambda chunk: self._buffer.add_more(chunk, place, backwards=backwards),
            lambda: self._buffer.ask_again(backwards=backwards),
        )

    def note_move(self) -> None:
        """Begin to count new lines if the end is on screen."""
        if self._buffer.is_following:
            self._new_lines = 0

    # Movements

    def follow(self) -> None:
        """Keep the end of the log on screen."""
        self._new_lines = 0
        if self.is_waiting or not self._buffer.follow():
            self.go_to_end()
        self._reader.poll()

    def go_to_end(self) -> None:
        """Show the last lines, and follow."""
        self._read(lambda session, most: session.end(most), self._buffer.show)

    def go_to_beginning(self) -> None:
        """Show the first lines."""
        self._read(lambda session, most: session.after(0, most), self._buffer.show_beginning)

    def go_to_share(self, share: float) -> None:
        """Show the line at a fraction of the log, from 0 for the first line to 1 for the last."""
        source = self._reader.source
        if source is not None:
            self._go_into_line(int(source.size * share))

    def go_to_found(self, offset: int) -> None:
        """Show the line that begins at `offset` and mark it, then perform deferred actions."""
        self._go_to(offset)
        if not self.is_waiting:
            self._do_deferred()

    def go_to_line_of(self, log: str, offset: int) -> None:
        """Show and mark the line that begins at `offset`, unless another log is on screen."""
        if log == self._reader.log_name:
            self._go_to(offset)

    def reload(self) -> None:
        """Read the lines around the screen again after the filter or its context has changed."""
        if self._reader.update is None:
            self._deferred.append(self.reload)
        elif self._buffer.is_following:
            self.go_to_end()
        else:
            self._go_into_line(self._buffer.top)

    def _go_to(self, offset: int) -> None:
        if self._reader.source is not None and not self._buffer.go_to(offset, is_hit=True):
            self._go_into_line(offset, is_hit=True)

    def _go_into_line(self, offset: int, *, is_hit: bool = False) -> None:
        """Go to the line that contains `offset`."""
        self._read(
            lambda session, most: session.around(offset, most),
            lambda chunk: self._buffer.show(chunk, offset, is_hit=is_hit),
        )

    def _read(self, read: Callable[[LogSession, int], LineChunk], show: Callable[[LineChunk], None]) -> None:
        if self._reader.source is None:
            return
        # Lines beyond the screen are read once it has been painted.
        most = self._buffer.screenful
        self._jumps += 1
        number = self._jumps

        def land(chunk: LineChunk | None) -> None:
            if chunk is not None:
                show(chunk)
                self._changed()  # painted together with the lines
            if number == self._jumps:
                self._landed = number
                self._do_deferred()

        self._reader.read("jump", lambda session: read(session, most), land, partial(land, None))
