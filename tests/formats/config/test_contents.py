"""Parameter files in the details of a run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.formats.config.contents import config_contents


def test_contents_are_shown_by_key_or_line(tmp_path: Path) -> None:
    for name, text in (
        ("run_params.json", "{}"),
        ("config.yaml", "a: {b: 1}\n"),
        ("other.yaml", "words\n\x1b[2J\n"),
        ("a.in", "prose here"),
    ):
        (tmp_path / name).write_text(text)
    (tmp_path / "z.yaml").mkdir()
    config, other, broken = config_contents(str(tmp_path))
    assert (config.path, config.values, config.lines) == ("config.yaml", (("a.b", "1"),), ())
    assert (other.path, other.values, other.lines) == ("other.yaml", (), ("words", "␛[2J"))
    assert (broken.path, broken.problem) == ("z.yaml", "z.yaml is not a regular file")


def test_series_of_metrics_are_no_parameters(tmp_path: Path) -> None:
    loss = '{"steps": [0, 1], "timestamps": ["a", "b"], "values": [2.5, 1.5]}'
    (tmp_path / "metrics.json").write_text(f'{{"loss": {loss}}}')
    assert config_contents(str(tmp_path)) == ()
    (tmp_path / "metrics.json").write_text(f'{{"loss": {loss}, "best": 1.5}}')
    (found,) = config_contents(str(tmp_path))
    assert found.values == (("best", "1.5"),)


@settings(max_examples=50)
@given(st.binary(max_size=100))
def test_any_bytes_are_shown(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("run")
    for name in ("run_params.json", "config.yaml", "a.in", "INCAR", "controlDict"):
        (folder / name).write_bytes(data)
    config_contents(str(folder))
