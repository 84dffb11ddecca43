"""Export of log lines: to the clipboard, a file, a pager or an editor."""

from __future__ import annotations

import os
import shlex
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.widget import Widget

from runtui import logs
from runtui.logs.read.log_files import COMPRESSED
from runtui.logs.read.text import shown_line
from runtui.store.errors import explain
from runtui.text.format import size_text
from runtui.text.sanitize import safe_text
from runtui.tui.actions import key_of, keys_in
from runtui.tui.external import run_outside
from runtui.tui.terminal.clipboard import CopyText

if TYPE_CHECKING:
    from runtui.logs.read.source import Source
    from runtui.logs.viewport import Kept
    from runtui.tui.widgets.log_buffer import LogBuffer
    from runtui.tui.widgets.log_navigator import LogNavigator
    from runtui.tui.widgets.log_reader import LogReader

_MAX_COUNTED = 256 * 1024 * 1024  # bytes before a line, above which its number is not counted
_CONTEXT = 5  # lines before the current one and as many behind it
_CHUNK_SIZE = 1024 * 1024  # bytes
_MAX_UNPACKED = 1024 * 1024 * 1024  # bytes


class LogExporter:
    """Exports lines of the log on screen.

    Args:
        widget: A mounted widget, to reach the app.
        reader: Has the log.
        navigator: Defers requests while lines are being read.
        buffer: Has the selected lines.
        say: Called with the outcome, in one line.
    """

    def __init__(
        self,
        widget: Widget,
        reader: LogReader,
        navigator: LogNavigator,
        buffer: LogBuffer,
        say: Callable[[str], None],
    ) -> None:
        self._widget = widget
        self._reader = reader
        self._navigator = navigator
        self._buffer = buffer
        self._say = say
        self._source_to_save: Source | None = None

    def copy(self) -> None:
        """Copy the selected lines, or the current line."""
        if not self._navigator.defer(self._copy):
            self._copy()

    def _copy(self) -> None:
        kept = self._buffer.selection.lines()
        lines = [shown_line(one.line.raw.decode("utf-8", "replace")) for one in kept]
        what = "1 line" if len(kept) == 1 else f"{len(kept):,} lines"
        self._widget.post_message(CopyText("\n".join(lines), lambda copied: self._say(copied.text(what))))
        self._buffer.stop_selecting()

    def copy_with_context(self, run: str) -> None:
        """Copy the selected lines, or those around the current one, below a line that tells where they stand.

        Args:
            run: The name of the run.
        """
        if self._navigator.defer(partial(self.copy_with_context, run)):
            return
        source = self._reader.source
        kept = self._buffer.selection.lines_around(_CONTEXT)
        if source is None or not kept:
            return
        lines = [shown_line(one.line.raw.decode("utf-8", "replace")) for one in kept]
        self._buffer.stop_selecting()

        def send(number: int | None) -> None:
            place = safe_text(f"{run}/{self._reader.log_name}")
            at = "" if number is None else f":{number}"
            text = "\n".join([f"{place}{at}", *lines])
            what = f"{len(lines):,} lines and where they stand"
            self._widget.post_message(CopyText(text, lambda copied: self._say(copied.text(what))))

        if self._reader.is_merged:
            send(None)
        else:
            self._reader.submit("copy", partial(_line_number, source, kept[0].line.begin), send)

    def begin_to_save(self) -> None:
        """Remember the log on screen, as another one may be shown while the user types a file name."""
        self._source_to_save = self._reader.source

    def save(self, path: str) -> None:
        """Save the selected lines, or without a selection the whole log, exactly as in the file."""
        path = path.strip()
        if not path or self._navigator.defer(partial(self.save, path)):
            return
        source = self._reader.source
        if source is None:
            return
        if source is not self._source_to_save:
            self._say("not saved: another log is shown now")
            return
        lines = self._buffer.selection.lines() if self._buffer.selection.is_active else None
        if lines is None and not self._is_unpacked():
            return
        self._reader.submit("save", partial(_save, source, lines, os.path.expanduser(path)), self._say)
        self._buffer.stop_selecting()

    def open_pager(self) -> None:
        """Open the log in the user's pager, at the first line on screen."""
        self._open(os.environ.get("PAGER") or "less", lambda place: [f"+{place.offset}P"])

    def open_editor(self) -> None:
        """Open the log in the user's editor, at the current line, or else the first one on screen."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        self._open(editor, lambda place: [] if place.number is None else [f"+{place.number}"])

    def _open(self, command: str, arguments: Callable[[_Copy], list[str]]) -> None:
        source = self._reader.source
        if source is None or not self._is_unpacked():
            return
        if self._reader.is_merged:
            self._say(
                f"several logs are no file that can be opened: {self._key('merge_logs')} shows one of them"
            )
            return
        try:
            words = shlex.split(command)
        except ValueError:
            words = []
        if not words:
            self._say(f"{safe_text(command)} is not a command")
            return
        here = self._buffer.top if self._buffer.here is None else self._buffer.here
        prepare = partial(_prepare, source, self._reader.path, here, self._key("save_lines"))
        self._reader.submit("outside", prepare, partial(self._run, words, arguments))

    def _run(self, words: list[str], arguments: Callable[[_Copy], list[str]], copy: _Copy | str) -> None:
        if isinstance(copy, str):
            self._say(copy)
            return
        # Pagers other than less do not understand an offset in bytes.
        knows_place = copy.number is not None or os.path.basename(words[0]) == "less"
        place = arguments(copy) if knows_place else []
        trouble = run_outside(self._widget.app, [*words, *place, copy.path])
        if trouble:
            self._say(trouble)
        if copy.folder is not None:
            copy.folder.cleanup()

    def _key(self, action: str) -> str:
        return key_of(action, keys_in(self._widget.app))

    def _is_unpacked(self) -> bool:
        if not self._reader.is_unpacked:
            self._say("still decompressing this log: try again in a moment")
        return self._reader.is_unpacked


@dataclass(frozen=True, slots=True)
class _Copy:
    """A log in a form that other programs can open.

    Attributes:
        path: The file.
        offset: The offset in bytes at which to open it.
        number: The number of the line there, from 1; None if counting would take long.
        folder: The folder of an unpacked copy, to be removed afterwards; None for the log itself.
    """

    path: str
    offset: int
    number: int | None
    folder: tempfile.TemporaryDirectory[str] | None = None


def _save(source: Source, lines: list[Kept] | None, path: str) -> str:
    """Save lines, or all of a log; return what came of it, in one line."""
    try:
        size = (
            logs.save_range(source, 0, source.size, path)
            if lines is None
            else logs.save_lines(source, lines, path)
        )
    except OSError as error:
        return f"not saved: {explain(error)}"
    return f"{size_text(size)} saved to {safe_text(path)}"


def _prepare(source: Source, path: str, offset: int, save_key: str) -> _Copy | str:
    """Prepare a log for other programs, unpacking a compressed one; return why if that fails.

    Args:
        source: The log.
        path: Its file.
        offset: The offset in bytes at which to open it.
        save_key: The key that saves it to a file.
    """
    number = _line_number(source, offset)
    name, ending = os.path.splitext(os.path.basename(path))
    if ending not in COMPRESSED:
        return _Copy(path, offset, number)
    if source.size > _MAX_UNPACKED:
        size = size_text(source.size)
        return f"unpacked it has {size}, too much for a copy: {save_key} saves it to a file"

    try:
        folder = tempfile.TemporaryDirectory(prefix="runtui-")
        copy = os.path.join(folder.name, name)
        logs.save_range(source, 0, source.size, copy)
        os.chmod(copy, 0o400)  # what is changed in it would be lost
    except OSError as error:
        return f"it cannot be unpacked: {explain(error)}"
    return _Copy(copy, offset, number, folder)


def _line_number(source: Source, offset: int) -> int | None:
    """Return the number of the line at an offset, None if counting would take long."""
    if offset > _MAX_COUNTED:
        return None
    try:
        chunks = (
            source.read(place, min(_CHUNK_SIZE, offset - place)) for place in range(0, offset, _CHUNK_SIZE)
        )
        return sum(chunk.count(b"\n") for chunk in chunks) + 1
    except OSError:
        return None
