"""On a file system that does not answer every key does, wherever it is pressed, and the browser quits."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mounts import Mount, mounted
from tests.tui.all_keys import KEYS, SPOTS, Spot, go_to, make_lively, place_of
from tests.tui.screen import Session, browsing

_FROZEN_AFTER = 15.0
"""Seconds after which a key is taken never to be answered, on however slow a machine."""

READ_LATER = [
    spot
    for spot in SPOTS
    if len(spot.keys) == 1
    and spot.keys[0] in ("l", "i", "c", "p", "f", "C", "t", "r", "x", "d", "D", "T", "a", "v", "y")
]
"""Places where something has to be read."""

Enter = Callable[[], Awaitable[None]]
"""Goes to a place, from wherever the user is."""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Save what is saved to files beside the runs."""
    monkeypatch.chdir(tmp_path)


class Watchdog:
    """Has a file system that hangs answer when something waits for it in this thread, and keeps where.

    Args:
        mount: The file system.

    Attributes:
        found: Where in the program this thread stood.
    """

    def __init__(self, mount: Mount) -> None:
        self.found = ""
        self._mount = mount
        self._waited_for = threading.get_ident()
        self._is_over = threading.Event()
        self._beat = 0

    def beat(self) -> None:
        """Tell that this thread goes on."""
        self._beat += 1

    def _watch(self) -> None:
        last = -1
        while not self._is_over.wait(_FROZEN_AFTER):
            if self._beat == last:
                frame = sys._current_frames()[self._waited_for]
                self.found = self.found or "".join(traceback.format_stack(frame)[-12:])
                self._mount.answer()
            last = self._beat

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch meanwhile."""
        thread = threading.Thread(target=self._watch)
        thread.start()
        try:
            yield
        finally:
            self._is_over.set()
            thread.join()


@pytest.fixture
def mount(runs_dir: Path, tmp_path: Path) -> Iterator[Mount]:
    """A file system of its own with runs of all kinds."""
    make_lively(runs_dir)
    with mounted(runs_dir, tmp_path / "mount") as made:
        yield made


async def _press_all(user: Session, watchdog: Watchdog, enter: Enter) -> list[str]:
    """Press all keys at a place while the file system hangs; return those that were not answered."""
    unanswered = []
    here: tuple[object, ...] = ()
    for key in KEYS:
        if place_of(user) != here:
            await enter()
            here = place_of(user)
            watchdog.found = ""  # on the way there, nothing hangs
        watchdog.beat()
        await user.press(key)
        watchdog.beat()
        if watchdog.found:
            unanswered.append(f"{key}: {watchdog.found}")
            watchdog.found, here = "", ()
    return unanswered


async def _go_back(user: Session) -> None:
    """Go back to the table, from wherever the user is."""
    while len(user.app.screen_stack) > 1:
        await user.press("escape")
    await user.press(*["escape"] * 4)


async def _quit(user: Session) -> None:
    """Quit, from wherever the user is."""
    await _go_back(user)
    await user.press("q")
    if not user.app._exit:
        await user.press("q")  # it asks first where something is still being done
    assert user.app._exit


@pytest.mark.filterwarnings("ignore:Image.Image.getdata is deprecated")  # the library's, not ours
@pytest.mark.parametrize("spot", SPOTS, ids=[spot.name for spot in SPOTS])
async def test_every_key_works_while_the_file_system_hangs(mount: Mount, spot: Spot) -> None:
    watchdog = Watchdog(mount)
    with watchdog.watching():
        async with browsing(mount.point) as user:

            async def enter() -> None:
                mount.answer()
                await go_to(user, spot)
                mount.hang()

            await user.has_cursor_on("failed")
            unanswered = await _press_all(user, watchdog, enter)
            mount.hang()
            await _quit(user)
            watchdog.beat()
        frozen_at_the_end = watchdog.found
        mount.answer()
    assert unanswered == [], "\n".join(unanswered)
    assert not frozen_at_the_end


@pytest.mark.parametrize("spot", READ_LATER, ids=[spot.name for spot in READ_LATER])
async def test_dialogs_opened_while_the_file_system_hangs_answer_keys(mount: Mount, spot: Spot) -> None:
    watchdog = Watchdog(mount)
    with watchdog.watching():
        async with browsing(mount.point) as user:

            async def enter() -> None:
                await _go_back(user)
                await user.press(*spot.keys)

            await user.has_cursor_on("failed")
            mount.hang()
            unanswered = await _press_all(user, watchdog, enter)
            await _quit(user)
            watchdog.beat()
        frozen_at_the_end = watchdog.found
        mount.answer()
    assert unanswered == [], "\n".join(unanswered)
    assert not frozen_at_the_end
