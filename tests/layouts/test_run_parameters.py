"""Parameters of other programs' runs in details and comparisons."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.layouts.run_parameters import layout_parameters, run_configs
from runtui.results.values import read_values
from runtui.store.details import read_details
from tests.layouts.tracker_samples import only, write
from tests.run_dirs import write_run

MLFLOW = {"meta.yaml": "status: 3\nuser_id: me\n", "params/lr": "0.1", "params/net/depth": "3"}
GUILD = {".guild/attrs/flags": "lr: 0.1\n", ".guild/attrs/exit_status": "0\n"}
WANDB_FILES = {
    "files/config.yaml": "lr: {desc: x, value: 0.1}\n_wandb: {value: {a: 1}}\n",
    "run-a1.wandb": "",
}
WANDB_OLD = {"config.yaml": "wandb_version: 1\nlr: {desc: x, value: 0.1}\n"}
HYDRA = {".hydra/config.yaml": "lr: 0.1\nopt: {lr: '${lr}'}\n", "defaults.yaml": "other: 1\n"}


@pytest.mark.parametrize(
    ("name", "files", "title", "parameters"),
    [
        ("m", MLFLOW, "mlflow", {"lr": "0.1", "net/depth": "3"}),
        ("g", GUILD, "guild", {"lr": "0.1"}),
        ("w", WANDB_FILES, "wandb", {"lr": "0.1"}),
        ("run-20190101_101010-a1", WANDB_OLD, "config.yaml", {"lr": "0.1"}),
        ("h", HYDRA, ".hydra/config.yaml", {"lr": "0.1", "opt.lr": "0.1", "other": "1"}),
    ],
)
def test_details_and_comparisons_have_the_parameters_of_filters(
    tmp_path: Path, name: str, files: dict[str, str | bytes], title: str, parameters: dict[str, str]
) -> None:
    write(tmp_path / name, files)
    details = read_details(str(tmp_path), name, run_configs)
    assert dict(details.parameters) == parameters
    assert details.configs[0].path == title
    assert only(tmp_path, "lr").values == {"lr": 0.1}
    sections = read_values(str(tmp_path), name).sections
    compared = {key: value.text for section, values in sections.items() for key, value in values.items()
                if section not in ("metadata", "final metrics")}  # fmt: skip
    assert compared == parameters
    assert sections[title]["lr"].number == 0.1


def test_runs_with_a_record_have_the_parameters_of_their_files(runs_dir: Path) -> None:
    run = write_run(runs_dir, "r")
    (run / "config.yaml").write_text("a: 1\n")
    assert layout_parameters(str(run)) is None
    assert layout_parameters(str(runs_dir / "missing")) is None
    assert [config.path for config in run_configs(str(run))] == ["config.yaml"]


def test_blank_at_the_end_of_a_name_need_not_be_typed(tmp_path: Path) -> None:
    write(tmp_path / "m", MLFLOW | {"params/hidden units ": "8"})
    assert only(tmp_path, "hidden units", "hidden units ").values == {"hidden units": 8, "hidden units ": 8}
