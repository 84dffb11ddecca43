"""The reader of parameters as rows use it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from runtui.catalog.sync.scan import read_all
from runtui.formats.config.value_reader import parameter_values
from tests.run_dirs import write_run


def test_values_come_with_the_state_of_their_files(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("a: 1\n")
    found = parameter_values(str(tmp_path), ["a"])
    assert found.values == {"a": 1}
    assert "config.yaml" in found.stamp


def test_no_file_but_the_metadata_is_read_where_that_has_all_keys(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r", beta=1)
    (run / "config.yaml").write_text("beta: 2\ngamma: 3\n")
    (found,) = read_all(str(runs_dir), frozenset({"beta"}))
    assert (found.values, found.values_stamp) == ({"beta": 1}, "")
    (found,) = read_all(str(runs_dir), frozenset({"beta", "gamma"}))
    assert found.values == {"beta": 1, "gamma": 3}


def test_listing_without_parameters_loads_no_formats(runs_dir: Path) -> None:
    write_run(runs_dir, "r")
    script = (
        "import sys; from runtui.catalog.sync.scan import read_all\n"
        f"read_all({str(runs_dir)!r}, frozenset({{'status'}})); print(*sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    assert not set(ended.stdout.split()) & {"yaml", "tomllib", "runtui.formats.config.registry"}
