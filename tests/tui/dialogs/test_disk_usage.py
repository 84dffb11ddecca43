from __future__ import annotations

from pathlib import Path

from textual import on
from textual.app import App

from runtui.text.format import size_text
from runtui.tui.background import Background
from runtui.tui.dialogs.disk_usage import Measuring
from tests.waiting import until


class Owner(App[None]):
    """The least that has jobs done in the background."""

    @on(Background.Finished)
    def finish(self, message: Background.Finished) -> None:
        message.action()


def folders(base: Path, count: int) -> list[str]:
    for number in range(count):
        (base / f"run-{number}").mkdir()
        (base / f"run-{number}" / "state").write_bytes(bytes(100_000))
    return [str(base / f"run-{number}") for number in range(count)]


async def test_total_has_a_plus_sign_until_all_sizes_are_known(tmp_path: Path) -> None:
    one, two = folders(tmp_path, 2)
    sizes = Measuring()
    assert sizes.text(one) == ""
    assert sizes.total([one, two]) == f"{size_text(0)}+"
    async with Owner().run_test() as pilot:
        background = Background(pilot.app)
        sizes.measure([one], background, lambda: None)
        await until(pilot, lambda: sizes.text(one), "the first size")
        assert sizes.total([one, two]) == f"{sizes.text(one)}+"
        sizes.measure([one, two], background, lambda: None)
        await until(pilot, lambda: sizes.text(two), "the second size")
        assert not sizes.total([one, two]).endswith("+")
        background.stop()


async def test_directories_are_measured_once(tmp_path: Path) -> None:
    (one,) = folders(tmp_path, 1)
    sizes = Measuring()
    shown: list[str] = []
    async with Owner().run_test() as pilot:
        background = Background(pilot.app)
        sizes.measure([one], background, lambda: shown.append(sizes.text(one)))
        await until(pilot, lambda: shown, "a size is shown")
        (Path(one) / "more").write_bytes(bytes(1_000_000))
        sizes.measure([one], background, lambda: shown.append("again"))
        background.submit("after", lambda: None, lambda _nothing: shown.append("end"))
        await until(pilot, lambda: "end" in shown, "the jobs behind it are done")
        background.stop()
    assert shown == [sizes.text(one), "end"]


async def test_stopped_measurement_reads_no_sizes(tmp_path: Path) -> None:
    (one,) = folders(tmp_path, 1)
    sizes = Measuring()
    sizes.stop()
    ends: list[str] = []
    async with Owner().run_test() as pilot:
        background = Background(pilot.app)
        sizes.measure([one], background, lambda: None)
        background.submit("after", lambda: None, lambda _nothing: ends.append("end"))
        await until(pilot, lambda: ends, "the jobs behind it are done")
        background.stop()
    assert sizes.text(one) == ""


async def test_missing_folder_has_size_zero(tmp_path: Path) -> None:
    sizes = Measuring()
    gone = str(tmp_path / "gone")
    async with Owner().run_test() as pilot:
        background = Background(pilot.app)
        sizes.measure([gone], background, lambda: None)
        await until(pilot, lambda: sizes.text(gone), "a size")
        background.stop()
    assert sizes.total([gone]) == size_text(0)
