"""The private names of Textual do what the browser needs, stay in one module, and can be done without."""

from __future__ import annotations

import ast
import inspect
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import rich
import textual
from textual import constants
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.events import CursorPosition, Event, Key
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Input, Static

import runtui as package
from runtui.tui.terminal.textual_private import (
    PRIVATE_NAMES,
    ChopsUpdate,
    CompositorUpdate,
    FencedApp,
    LayoutUpdate,
    XTermParser,
    missing_names,
)
from tests.run_dirs import write_run
from tests.terminal import Terminal, ended_cleanly, runtui
from tests.tui.terminal.renamed_textual import install_renamed
from tests.waiting import until

ROOT = Path(package.__file__).parent
HOME = ROOT / "tui" / "terminal" / "textual_private.py"
LIBRARIES = ("textual", "rich", "textual_plotext", "textual_image", "plotext")
OF_NAMED_TUPLES = frozenset({"_replace", "_asdict", "_fields", "_make"})


# What the installed release has


def test_installed_textual_has_every_private_name() -> None:
    assert missing_names(App()) == ()
    assert FencedApp(Driver).has_own_driver


def test_name_with_changed_parameters_counts_as_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(App, "_display", lambda self, screen, renderable, region: None)
    assert [str(name) for name in missing_names(App())] == ["App._display"]
    monkeypatch.setattr(Input, "_on_key", None)
    assert [str(name) for name in missing_names(App())] == ["App._display", "Input._on_key"]
    assert not FencedApp(Driver).has_own_driver


def test_parser_turns_terminal_input_into_keys_and_reports() -> None:
    parser = XTermParser()
    (letter,) = parser.feed("ä")
    assert isinstance(letter, Key)
    assert (letter.key, letter.character) == ("ä", "ä")
    (position,) = parser.feed("\x1b[12;7R")
    assert isinstance(position, CursorPosition)
    assert list(parser.feed("\x1b")) == []
    time.sleep(2 * constants.ESCAPE_DELAY)  # the parser waits by the clock
    (escape,) = parser.tick()
    assert isinstance(escape, Key)
    assert escape.key == "escape"


class SilentDriver(Driver):
    """A driver without a terminal, which remembers what Textual has written to it."""

    written = ""

    def write(self, data: str) -> None:
        self.written += data

    def start_application_mode(self) -> None: ...

    def disable_input(self) -> None: ...

    def stop_application_mode(self) -> None: ...


def strips_of(update: CompositorUpdate) -> Iterator[Strip]:
    """Yield all parts of rows of an update."""
    if isinstance(update, LayoutUpdate):
        yield from (strip for row in update.strips for strip in row)
    elif isinstance(update, ChopsUpdate):
        yield from (strip for row in update.chops for strip in row.values() if strip is not None)


class DrawnApp(FencedApp):
    """Some text and a line to type in, and the updates that came to be drawn."""

    def __init__(self) -> None:
        super().__init__(own_driver=SilentDriver)
        self.updates: list[CompositorUpdate] = []
        self.crashes = 0

    def compose(self) -> ComposeResult:
        yield Static("some text", id="text")
        yield Input(id="line")

    def draw_update(self, screen: Screen[object], update: CompositorUpdate) -> bool:
        self.updates.append(update)
        return True

    @property
    def shows_text(self) -> bool:
        """Whether the text came to be drawn."""
        return any("some text" in strip.text for update in self.updates for strip in strips_of(update))

    def note_crash(self) -> None:
        self.crashes += 1

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key) and isinstance(self.focused, Input):
            await self.type_key(self.focused, event)
        else:
            await super().on_event(event)


async def test_whole_screen_is_sent_first_then_only_changes() -> None:
    app = DrawnApp()
    async with app.run_test(headless=False, size=(40, 10)) as pilot:
        await until(pilot, lambda: app.updates, "something is drawn")
        whole = app.updates[0]
        assert isinstance(whole, LayoutUpdate)
        assert whole.region == Region(0, 0, 40, 10)
        await until(pilot, lambda: app.shows_text, "all is drawn")
        app.updates.clear()
        app.query_one("#text", Static).update("more text", layout=False)
        await until(pilot, lambda: app.updates, "the change is drawn")
        changed = app.updates[0]
        assert isinstance(changed, ChopsUpdate)
        assert [(y, begin, end) for y, begin, end in changed.spans] == [(0, 0, 40)]
        assert any("more text" in strip.text for strip in changed.chops[0].values() if strip)
        assert len(changed.chops) == len(changed.chop_ends) == 10
        assert isinstance(app.current_driver, SilentDriver)
        # Textual itself has drawn nothing.
        assert "text" not in app.current_driver.written


async def test_nothing_is_drawn_during_a_batch_update() -> None:
    app = DrawnApp()
    async with app.run_test(headless=False, size=(40, 10)) as pilot:
        await until(pilot, lambda: app.shows_text, "all is drawn")
        app.updates.clear()
        with app.batch_update():
            app._display(app.screen, LayoutUpdate([], Region(0, 0, 40, 10)))
            assert app.updates == []
        app._display(app.screen, LayoutUpdate([], Region(0, 0, 40, 10)))
        assert len(app.updates) == 1


async def test_keys_in_one_packet_act_in_order() -> None:
    app = DrawnApp()
    async with app.run_test(headless=False, size=(40, 10)) as pilot:
        line = app.query_one("#line", Input)
        line.focus()
        await until(pilot, lambda: app.focused is line, "the line has the keys")
        for key in ("a", "b", "backspace", "c", "left", "d"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: line.value == "adc", "all keys are acted on", lambda: line.value)


async def test_crash_is_recorded_without_printing_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    app = DrawnApp()

    def fails() -> None:
        raise RuntimeError("the roof fell in")

    async def run() -> None:
        async with app.run_test(headless=False, size=(40, 10)) as pilot:
            app.call_later(fails)
            await until(pilot, lambda: not app.is_running, "it has ended")

    with pytest.raises(RuntimeError, match="the roof fell in"):
        await run()
    assert (app.return_code, str(app.crash), app.crashes) == (1, "the roof fell in", 1)
    assert capfd.readouterr() == ("", "")


# Where the names stand


def private(name: str) -> bool:
    return name.startswith("_") and not name.startswith("__")


def of_library(module: str) -> bool:
    return module.split(".")[0] in LIBRARIES


@cache
def names_in_libraries() -> frozenset[str]:
    """Return the private names of attributes and functions anywhere in Textual and Rich."""
    found = set()
    for library in (textual, rich):
        for path in Path(library.__file__).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Attribute):
                    found.add(node.attr)
                elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    found.add(node.name)
    return frozenset(filter(private, found)) - OF_NAMED_TUPLES


@cache
def names_of(owner: type) -> frozenset[str]:
    """Return the private names that a class has, or sets in its instances."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(owner)))
    own = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and is_self(node.value)}
    return frozenset(filter(private, own | set(vars(owner))))


def is_self(node: ast.expr) -> bool:
    return ast.unparse(node) in ("self", "cls", "super()")


def inherited(owner: type) -> frozenset[str]:
    """Return the private names that a class of ours has from Textual or Rich."""
    bases = [base for base in owner.__mro__ if of_library(base.__module__)]
    return frozenset().union(*map(names_of, bases))


def classes_in(tree: ast.AST, module: object) -> Iterator[tuple[ast.ClassDef, type]]:
    """Yield the classes of a module, also those in others."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.ClassDef):
            owner = getattr(module, node.name)
            yield node, owner
            yield from classes_in(node, owner)


def defined_in(node: ast.ClassDef) -> Iterator[tuple[int, str]]:
    for part in node.body:
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef):
            yield part.lineno, part.name
        for target in getattr(part, "targets", [getattr(part, "target", None)]):
            if isinstance(target, ast.Name):
                yield part.lineno, target.id


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield what is imported of the libraries, and where."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and of_library(node.module):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if of_library(alias.name))


def private_uses(source: str, module: object) -> Iterator[tuple[int, str]]:
    """Yield the uses of private names of Textual and Rich in the source of a module: line and name."""
    tree = ast.parse(source)
    attributes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    for line, name in imported(tree):
        if any(map(private, name.split("."))):
            yield line, name
    for node, owner in classes_in(tree, module):
        names = inherited(owner)
        uses = [part for part in ast.walk(node) if isinstance(part, ast.Attribute) and is_self(part.value)]
        yield from ((use.lineno, use.attr) for use in uses if use.attr in names)
        yield from ((line, name) for line, name in defined_in(node) if name in names)
    ours = {node.attr for node in attributes if is_self(node.value)}
    ours |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    for node in attributes:
        name = ast.unparse(node.value)
        is_theirs = node.attr in names_in_libraries() - ours
        if is_theirs and not is_self(node.value) and name not in sys.stdlib_module_names:
            yield node.lineno, f"{name}.{node.attr}"


def test_no_other_module_uses_a_private_name() -> None:
    found = []
    for path in ROOT.rglob("*.py"):
        name = ".".join(("runtui", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(".__init__")
        source = path.read_text(encoding="utf-8")
        if path != HOME and not name.endswith("__main__") and any(map(source.count, LIBRARIES)):
            found += [f"{name}:{line} {used}" for line, used in private_uses(source, import_module(name))]
    assert found == []


def test_private_use_scan_finds_the_listed_names() -> None:
    found = {
        used.rpartition(".")[2]
        for _line, used in private_uses(HOME.read_text(), sys.modules[FencedApp.__module__])
    }
    wanted = {name.name for name in PRIVATE_NAMES if private(name.name) or private(name.owner.split(".")[-1])}
    assert wanted - found <= {"feed", "tick", "_driver"}  # used through what is imported, or by getattr


# Without them


@pytest.mark.parametrize("hidden", ["App._display", "_xterm_parser.XTermParser", "Input._on_key", ""])
def test_textual_draws_if_a_private_name_is_missing(runs_dir: Path, tmp_path: Path, hidden: str) -> None:
    write_run(runs_dir, "gas", description="a gas", created="2026-11-21T02:00:00Z")
    write_run(runs_dir, "fluid", description="a fluid", created="2026-11-21T01:00:00Z")
    names = [name for name in PRIVATE_NAMES if name.name not in ("feed", "tick")]
    gone = [name for name in names if hidden in ("", str(name)) or str(name).endswith(hidden)]
    assert len(gone) == (1 if hidden else len(names))
    install_renamed(tmp_path / "library", gone)
    path = os.pathsep.join(filter(None, (str(tmp_path / "library"), os.environ.get("PYTHONPATH"))))
    # Textual's own driver believes these more than the terminal.
    command = ["env", "-u", "COLUMNS", "-u", "LINES", *runtui(str(runs_dir))]
    with Terminal(command, 120, 40, env={"PYTHONPATH": path}) as terminal:
        terminal.wait_for("a gas")
        terminal.wait_for("drawing is slower")
        terminal.press("j", "Enter")
        terminal.wait_for("details: fluid")
        terminal.press("/")
        terminal.type("gas")
        terminal.wait_for("1 of 2 runs")
        terminal.press("Escape")
        terminal.wait_for(lambda screen: "a fluid" in screen and "1 of 2" not in screen)
        terminal.resize(100, 30)
        terminal.wait_for(lambda screen: "help" in screen.splitlines()[29])
        terminal.press("?")
        terminal.wait_for("The ten keys you need")
        terminal.press("q")
        terminal.wait_for(lambda screen: "The ten keys you need" not in screen)
        terminal.press("q", "q")  # the first closes the details
        ended_cleanly(terminal, 0)
