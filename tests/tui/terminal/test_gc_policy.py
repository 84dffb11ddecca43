from __future__ import annotations

import gc
import weakref
from pathlib import Path

from runtui.tui.terminal import gc_policy
from tests.run_dirs import write_run
from tests.store.children import output_of
from tests.tui.screen import browsing
from tests.waiting import until


class Knot:
    """Something that only a look through all objects finds to be unreachable."""

    def __init__(self) -> None:
        self.itself = self
        self.more = [[] for _ in range(60_000)]


def look_through_the_young(times: int) -> None:
    """Do what creating some 7,000 objects does each time, with all that counts of it."""
    for _ in range(times):
        gc.collect(1)


async def test_open_browser_collects_only_young_objects_automatically(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    usual = gc.get_threshold()
    async with browsing(runs_dir) as user:
        await until(user.pilot, lambda: not gc_policy.is_held(), "all is read")
        assert gc.get_threshold()[2] > 1_000_000
        knot = Knot()
        gone = weakref.ref(knot)
        look_through_the_young(2)
        del knot
        look_through_the_young(1)
        assert gone() is not None
        look_through_the_young(5000)
        knot = Knot()
        gone_later = weakref.ref(knot)
        gc_policy.collect_if_due(rested=5.0)
        assert gone() is None
        # What was in use at that time is found when it is so no longer.
        del knot
        look_through_the_young(5000)
        gc_policy.collect_if_due(rested=5.0)
        assert gone_later() is None
    assert (gc.isenabled(), gc.get_threshold()) == (True, usual)


async def test_overdue_garbage_is_collected_between_two_keys(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    async with browsing(runs_dir) as user:
        await until(user.pilot, lambda: not gc_policy.is_held(), "all is read")
        gc_policy.collect_if_due(rested=5.0)
        knot = Knot()
        gone = weakref.ref(knot)
        look_through_the_young(2)
        del knot
        gc_policy.collect_if_due(rested=1.0)
        assert gone() is not None
        look_through_the_young(5000)
        gc_policy.collect_if_due(rested=0.0)
        assert gone() is not None
        gc_policy.collect_if_due(rested=1.0)
        assert gone() is None


def test_all_screens_are_preloaded(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    code = """
        import asyncio, sys
        from runtui.tui.app import RuntuiApp

        LAST = "runtui.tui.dialogs.views"

        async def main():
            async with RuntuiApp(sys.argv[1]).run_test() as pilot:
                print(LAST in sys.modules)
                while LAST not in sys.modules:
                    await pilot.pause(0.05)

        asyncio.run(main())
    """
    assert output_of(code, runs_dir) == "False"
