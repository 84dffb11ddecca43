"""Imports stand at the top of a module, except at a few doors that spare a start what it does not need."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import runtui

ROOT = Path(runtui.__file__).parent

DOORS = {
    # What the command line needs for some subcommands, options and directories alone. `runtui ls` takes 75 ms
    # of processor time, `runtui --help` 50 ms, a completion 110 ms.
    ("cli", "tui"): "250 ms that the other subcommands do not need, and the reading of runs begins before",
    ("cli", "runtime"): "25 to 45 ms that help and completion do not need",
    ("cli", "batch"): "9 ms for completion, 19 ms for `ls` of runs that are no jobs",
    ("cli", "catalog"): "8 ms of syncing for completion, 10 ms for `ls` without a query",
    ("cli", "settings"): "2 ms that `ls` without a view does not need",
    ("cli", "store"): "2 to 5 ms that `--help`, `ls` and completion do not need",
    ("cli", "results"): "50 ms that `ls` without metrics does not need",
    ("cli", "cli.serializers"): "2 ms that `ls` without `--json` does not need",
    ("cli", "rich"): "2 ms that `ls` of ASCII text does not need",
    ("cli.completion", "cli.completion"): "60 ms that the shell's start does not need",
    ("cli.arguments", "difflib"): "1 ms that only a mistyped command needs",
    (
        "layouts",
        "layouts.known",
    ): "20 ms until there is a directory without metadata.json",
    ("layouts", "layouts.run_outputs"): "20 ms of layouts until there are outputs beside runs",
    ("layouts.opening", "layouts"): "6 ms that the browser does not need before its first rows",
    ("cli.selecting", "layouts"): "6 ms that the browser does not need before its first rows",
    ("layouts", "store.edits"): "3 ms until a foreign run has edits",
    ("layouts", "logs.diagnose"): "18 ms of patterns until a log tells how a foreign run ended",
    ("layouts.lightning", "formats.tables.event_file"): "30 ms until event files were just written",
    ("layouts.packed_log", "logs.read.compressed"): "6 ms until a log of a foreign run is compressed",
    ("formats.config.input_order", "logs.read.compressed"): "6 ms until a log beside inputs is compressed",
    # What the first paint does not need; it takes 400 ms of processor time. Dialogs, most screens, and what
    # the browser takes from `logs`, `operations` and `results` are exports of their packages, loaded at their
    # first use.
    ("tui", "runtime"): "38 ms until a run is resumed or cancelled",
    ("tui", "settings.saving"): "35 ms until a setting is changed",
    ("tui", "catalog.query.query"): "6 ms until there is a query",
    ("tui", "store.details"): "3 ms, in the thread that reads the details",
    ("tui", "layouts.run_parameters"): "9 ms, in the thread that reads the details",
    ("tui", "tui.commands"): "5 ms until the palette is opened",
    ("tui", "tui.crash"): "12 ms until the browser crashes",
    ("tui", "tui.widgets.filter_bar"): "12 ms until a filter is typed",
    ("tui", "tui.widgets.log_exporter"): "1 ms until lines of a log are copied or saved",
    ("tui", "render.group_details"): "2 ms until a group is shown",
    ("tui", "tui.widgets.log_search"): "22 ms until a log is searched",
    ("tui", "importlib.metadata"): "12 ms where Textual is as expected",
    (
        "tui.screens.picture",
        "textual_image",
    ): "an extra that may be missing",
    ("render", "store.edits.run_edits"): "5 ms until an edited run is shown",
    ("catalog.sync", "catalog.sync.monitor"): "6 ms that the first rows need not wait for",
    ("catalog.query", "logs.search"): "22 ms until a filter has a regular expression",
    ("catalog.sync", "watchfiles"): "6 ms that the first rows need not wait for",
    ("catalog.sync", "batch"): "5 ms, in the thread that asks schedulers",
    ("catalog.sync", "logs.diagnose"): "4 ms of patterns until a run has failed",
    ("logs.session", "logs"): "11 ms until a log is filtered, 7 ms until logs are merged",
    ("logs.diagnose.pieces", "logs.read.compressed"): "3 ms where a run has other logs",
    ("logs.read.compressed", "text.install_advice"): "25 ms until a library is missing",
    ("logs.read.log_files", "logs.read.source"): "10 ms that `ls` does not need",
    # What few programs that read or write runs need.
    ("formats.pictures", "PIL"): "an extra that may be missing",
    ("formats.config", "yaml"): "15 ms where no run has such a file",
    ("formats.config", "formats.config.parameters"): "10 ms until a parameter is asked for",
    ("formats.config", "tomllib"): "4 ms where no run has such a file",
    ("store", "store.edits"): "1 to 4 ms until a run has edits",
    ("store", "store.cleanup"): "14 ms for programs that only write runs",
    ("store", "store.memory"): "1 ms that `ls` on a fast disk does not need",
    ("store", "threading"): "1 ms that `ls` on a fast disk does not need",
    ("store", "resource"): "0.4 ms that `ls` on a fast disk does not need",
    ("store", "ctypes"): "2 ms where memory is not limited",
    ("store", "orjson"): "11 ms that the reading of few files does not need",
    ("store", "hashlib"): "3 ms until a parameter is asked for",
    ("store", "pathlib"): "4 ms that `ls` does not need",
    ("store", "getpass"): "0.6 ms that `ls` does not need",
    ("store", "subprocess"): "4 ms for programs that write runs outside of repositories",
    ("store", "text.shell"): "3 ms until a command is advised",
    ("batch.registry", "batch"): "14 ms for a step that no scheduler runs",
    ("settings", "settings.parsing"): "8 ms without a settings file",
    ("settings.parsing", "logs.diagnose.own_rules"): "17 ms without rules for failures",
    ("logs.diagnose.digest", "logs.diagnose.own_rules"): "17 ms without rules for failures",
    ("text", "humanize"): "2.5 ms that `ls` does not need",
    ("text", "importlib.metadata"): "20 ms until a library is missing",
    ("text", "text.joiners"): "5 ms until a text has joiners",
}
"""Which modules may import others inside of functions, and what that spares; ours are without ``runtui.``."""


def late_imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield line and module of each import inside of a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    # Once each, however deep: what stands in an inner function stands in the outer one, too.
    found = {
        node
        for function in functions
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    for node in found:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        else:
            yield node.lineno, node.module or ""


def doors_of(importing: str, imported: str) -> set[tuple[str, str]]:
    """Return the doors through which one module imports another."""

    def is_of(module: str, package: str) -> bool:
        return f"{module}.".startswith(f"{package}.")

    return {door for door in DOORS if is_of(importing, door[0]) and is_of(imported, door[1])}


def test_late_imports_have_a_reason() -> None:
    unexplained, used = [], set()
    for path in sorted(ROOT.rglob("*.py")):
        importing = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for line, imported in late_imports(path):
            doors = doors_of(importing, imported.removeprefix("runtui."))
            used |= doors
            if not doors:
                unexplained.append(f"{path.relative_to(ROOT)}:{line} imports {imported}")
    assert unexplained == []
    assert sorted(DOORS.keys() - used) == []


def test_late_imports_are_found_in_any_function(tmp_path: Path) -> None:
    source = tmp_path / "module.py"
    source.write_text(
        "import os\n"
        "class Reader:\n"
        "    import abc\n"
        "    async def read(self):\n"
        "        if self:\n"
        "            from json import loads\n"
        "        def inner():\n"
        "            import a.b, c\n"
    )
    assert sorted(late_imports(source)) == [(6, "json"), (8, "a.b"), (8, "c")]


def test_browser_start_imports_only_what_it_paints() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", "import sys, runtui.tui.app; print(*sys.modules)"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=60,
    )
    loaded = set(ended.stdout.split())
    packages = ("runtui.tui.dialogs.", "runtui.tui.screens.", "runtui.operations.", "runtui.results.")
    at_start = {"runtui.tui.dialogs.too_small", "runtui.tui.screens.browser"}
    assert {name for name in loaded if name.startswith(packages)} == at_start
    assert not loaded & {"runtui.logs.session", "runtui.runtime", "tomllib", "watchfiles", "humanize"}
