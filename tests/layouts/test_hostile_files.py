"""Files of other programs' runs with any contents: never an error, and never a wait."""

from __future__ import annotations

import contextlib
import os
import pickle
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtui.layouts.base import entries_of
from runtui.layouts.known import LAYOUTS
from runtui.layouts.registry import read_run
from runtui.store.record import RecordState
from tests.layouts.pickled import job_return
from tests.layouts.tracker_samples import SAMPLES, write

WANDB = "run-20240501_100000-abc123"
GUILD = "ff29f4cc221447438b617d6f1a225a31"
EVENTS = "events.out.tfevents.1700000000.node7.1.0"


def text_of(path: str) -> bytes:
    (found,) = SAMPLES.glob(path)
    return found.read_bytes()


RUNS: dict[str, dict[str, bytes]] = {
    "hydra": {
        "run/.hydra/config.yaml": text_of("hydra/outputs/*/10-49-32/.hydra/config.yaml"),
        "run/.hydra/overrides.yaml": b"- lr=0.1\n- 'x=[1]'\n",
        "run/.hydra/hydra.yaml": b"hydra:\n  job:\n    name: x\n    id: '7'\n",
        ".submitit/7/7_0_result.pkl": pickle.dumps(("success", job_return(failed=True))),
        "run/train.log": b"start\n",
    },
    "sacred": {
        f"run/{name}": text_of(f"sacred/2/{name}") for name in ("run.json", "config.json", "cout.txt")
    },
    "mlflow": {
        "run/meta.yaml": b"run_name: ''\nstart_time: 1700000000000\nstatus: 4\n",
        "run/tags/mlflow.runName": b"name",
        "run/tags/team": b"blue",
        "run/params/lr": b"0.1",
    },
    "lightning": {
        "run/hparams.yaml": b"lr: 0.1\nx: !!python/object:a.B {c: 1}\n",
        "run/metrics.csv": b"a\n1\n",
        f"run/{EVENTS}": b"",
    },
    "guild": {
        f"run/.guild/{name}": content
        for name, content in {
            "attrs/exit_status": b"1\n",
            "attrs/started": b"1700000000000000\n",
            "attrs/flags": b"lr: 0.1\n",
            "attrs/label": b"my label\n",
            "attrs/tags": b"- a\n",
            "opref": b"script:x '' '' train.py",
            "output": b"Traceback (most recent call last):\n  x\nValueError: bad\n",
        }.items()
    },
    "wandb": {
        f"{WANDB}/{name}": content
        for name, content in {
            "files/config.yaml": b"lr: {desc: null, value: 0.1}\n",
            "files/wandb-metadata.json": b'{"host": "a", "startedAt": "2024-01-01T00:00:00"}',
            "files/output.log": b"step\n",
            "logs/debug-internal.log": b"x handling exit code: 1\n",
            "logs/debug.log": b"config: {'lr': 0.1}\n",
        }.items()
    },
    "submitit": {
        "run/7_0_log.out": b"submitit INFO (2024-05-01 10:00:00,1) - hostname=a\nJob completed\n",
        "run/7_0_log.err": b"slurmstepd: error: *** JOB 1 CANCELLED AT x ***\n",
        "run/7_0_result.pkl": pickle.dumps(("error", "ValueError: x")),
        "run/7_submitted.pkl": b"",
    },
    "signac": {
        "run/signac_statepoint.json": b'{"a": 1}',
        "run/signac_job_document.json": b'{"b": 2}',
    },
}
"""A run of each layout: its files by their paths, with what they may hold."""

FILES = [(layout, file) for layout, files in RUNS.items() for file in files]


def check(base: Path, layout: str) -> None:
    """Read the run of a layout in all ways there are."""
    name = next(file for file in RUNS[layout] if not file.startswith(".")).partition("/")[0]
    run = read_run(str(base), name, keys=frozenset({"lr", "a.b", "overrides.0", "document.b"}))
    assert (run.layout, run.state) == (layout, RecordState.READ)
    entries = entries_of(str(base / name))
    assert isinstance(LAYOUTS[layout].metadata(str(base / name), entries), dict)
    assert isinstance(LAYOUTS[layout].parameters(str(base / name), entries), dict)


@pytest.mark.parametrize("layout", RUNS)
def test_run_is_read(tmp_path: Path, layout: str) -> None:
    write(tmp_path, dict(RUNS[layout]))
    check(tmp_path, layout)


@pytest.mark.parametrize(("layout", "file"), FILES)
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_bytes_in_a_file(layout: str, file: str, data: st.DataObject) -> None:
    valid = RUNS[layout][file]
    cut = data.draw(st.integers(0, len(valid)))
    middle = data.draw(st.one_of(st.binary(max_size=40), st.text(max_size=40).map(str.encode)))
    content = data.draw(st.sampled_from((middle, valid[:cut], valid[:cut] + middle + valid[cut:])))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {**RUNS[layout], file: content})
        check(Path(folder), layout)


@pytest.mark.parametrize(
    "value",
    [b"null", b"[]", b"7", b'"x"', b"{}", b'{"status": {}, "host": [], "meta": null}'],
)
@pytest.mark.parametrize(("layout", "file"), FILES)
def test_values_of_wrong_types(tmp_path: Path, layout: str, file: str, value: bytes) -> None:
    write(tmp_path, {**RUNS[layout], file: value})
    check(tmp_path, layout)


@pytest.mark.parametrize("kind", ["pipe", "folder", "dangling", "device"])
@pytest.mark.parametrize(("layout", "file"), FILES)
def test_anything_else_in_the_place_of_a_file(tmp_path: Path, layout: str, file: str, kind: str) -> None:
    write(tmp_path, dict(RUNS[layout]))
    path = tmp_path / file
    path.unlink()
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero" if kind == "device" else "gone")
    name = next(place for place in RUNS[layout] if not place.startswith(".")).partition("/")[0]
    read_run(str(tmp_path), name, keys=frozenset({"lr"}))
    for one in LAYOUTS.values():
        entries = entries_of(str(tmp_path / name))
        with contextlib.suppress(OSError):
            one.metadata(str(tmp_path / name), entries)
        one.parameters(str(tmp_path / name), entries)
