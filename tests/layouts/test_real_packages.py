"""Runs that the real packages make now, with ``--long``: their layouts may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from runtui.results.metrics import end_of
from runtui.store.checkpoint_names import CHECKPOINT_FILES
from tests.layouts.real_packages import run_with
from tests.layouts.tracker_samples import age, rows


@pytest.fixture(autouse=True)
def is_long(request: pytest.FixtureRequest) -> None:
    if not request.config.getoption("--long"):
        pytest.skip("only with --long")


SACRED = """
from sacred import Experiment
from sacred.observers import FileStorageObserver
for kind in ("good", "bad", "stopped"):
    ex = Experiment("demo", save_git_info=False)
    ex.observers.append(FileStorageObserver("runs"))
    ex.add_config(lr=1e-3, model={"beta": 0.3})
    @ex.main
    def main(_run):
        for step in range(3):
            _run.log_scalar("loss", 1 / (step + 1), step)
        if kind == "bad":
            raise ValueError("bad beta")
        if kind == "stopped":
            raise KeyboardInterrupt
    try:
        ex.run()
    except (ValueError, KeyboardInterrupt):
        pass
"""


def test_sacred(tmp_path: Path) -> None:
    run_with("sacred", "sacred", SACRED, tmp_path)
    found = rows(tmp_path / "runs", "lr", "model.beta")
    assert {name: (run.status, run.reason) for name, run in found.items()} == {
        "1": ("completed", ""),
        "2": ("failed", "ValueError: bad beta"),
        "3": ("failed", "interrupted"),
    }
    assert {tuple(run.values.values()) for run in found.values()} <= {(0.001, 0.3), (0.3, 0.001)}
    assert end_of(str(tmp_path / "runs/1/metrics.json")).last["loss"] == 1 / 3


HYDRA = """
import hydra
@hydra.main(version_base=None, config_path="conf", config_name="config")
def main(cfg):
    if cfg.beta > 0.5:
        raise ValueError("beta too large")
main()
"""


def test_hydra(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("lr: 1e-3\nbeta: 0.3\nopt: {lr: '${lr}'}\n")
    run_with("hydra-core", "hydra", HYDRA, tmp_path, "-m", "beta=0.1,0.2", "lr=0.5")
    found = rows(tmp_path / "multirun", "beta", "opt.lr")
    assert {run.description: dict(run.values) for run in found.values()} == {
        "beta=0.1 lr=0.5": {"beta": 0.1, "opt.lr": 0.5},
        "beta=0.2 lr=0.5": {"beta": 0.2, "opt.lr": 0.5},
    }


def test_hydra_with_submitit(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "config.yaml").write_text("beta: 0.3\n")
    words = ("-m", "beta=0.1,0.9", "hydra/launcher=submitit_local")
    run_with("submitit", "hydra_plugins", HYDRA, tmp_path, *words)
    if not (tmp_path / "multirun").exists():
        pytest.skip("Hydra's launcher for submitit is not installed")
    found = rows(tmp_path / "multirun")
    assert {run.description: (run.status, run.reason) for run in found.values()} == {
        "beta=0.1": ("completed", ""),
        "beta=0.9": ("failed", "ValueError: beta too large"),
    }


MLFLOW = """
import os
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "1"
import mlflow
mlflow.set_tracking_uri("file:./mlruns")
mlflow.set_experiment("demo")
for kind in ("good", "bad"):
    try:
        with mlflow.start_run(run_name=kind):
            mlflow.log_params({"lr": 1e-3, "batch size": 4})
            mlflow.log_metric("loss", 0.5, step=1)
            mlflow.set_tag("team", "blue")
            if kind == "bad":
                raise ValueError
    except ValueError:
        pass
"""


def test_mlflow(tmp_path: Path) -> None:
    run_with("mlflow-skinny", "mlflow", MLFLOW, tmp_path)
    found = rows(tmp_path / "mlruns", "lr", "batch size")
    assert {run.description: (run.status, run.tags) for run in found.values()} == {
        "good": ("completed", ("team=blue",)),
        "bad": ("failed", ("team=blue",)),
    }
    for name, run in found.items():
        assert run.values == {"lr": 0.001, "batch size": 4}
        assert end_of(str(tmp_path / "mlruns" / name / "metrics" / "loss")).last["loss"] == 0.5


SIGNAC = """
import signac
project = signac.init_project()
for beta in (0.1, 0.2):
    job = project.open_job({"beta": beta, "model": {"n": 3}})
    job.init()
    job.doc.energy = -beta
"""


def test_signac(tmp_path: Path) -> None:
    run_with("signac", "signac", SIGNAC, tmp_path)
    found = rows(tmp_path, "beta", "model.n", "document.energy")
    assert sorted(run.values["beta"] for run in found.values()) == [0.1, 0.2]
    for name, run in found.items():
        document = tmp_path / name / "signac_job_document.json"
        assert end_of(str(document)).last["energy"] == run.values["document.energy"]


SUBMITIT = """
import submitit
def work(x):
    if x > 2:
        raise ValueError(f"too large: {x}")
executor = submitit.LocalExecutor("jobs/%j")
executor.update_parameters(timeout_min=1)
for job in [executor.submit(work, x) for x in (2, 4)]:
    try:
        job.result()
    except Exception:
        pass
"""


def test_submitit(tmp_path: Path) -> None:
    run_with("submitit", "submitit", SUBMITIT, tmp_path)
    found = rows(tmp_path / "jobs")
    ended = sorted((run.status, run.reason) for run in found.values() if run.layout == "submitit")
    assert ended == [("completed", ""), ("failed", "ValueError: too large: 4")]


GUILD = """
import os, subprocess, sys
guild = os.path.join(os.path.dirname(sys.executable), "guild")
os.makedirs("home")
os.environ["GUILD_HOME"] = os.path.abspath("home")
open("train.py", "w").write("lr = 0.1\\nif lr > 0.5:\\n    raise ValueError('lr too large')\\nprint('ok')\\n")
for lr in ("0.2", "0.9"):
    subprocess.run([guild, "run", "train.py", f"lr={lr}", "-y"])
"""


def test_guild(tmp_path: Path) -> None:
    run_with("guildai", "guild", GUILD, tmp_path)
    found = rows(tmp_path / "home" / "runs", "lr")
    assert {run.values["lr"]: (run.status, run.reason) for run in found.values()} == {
        0.2: ("completed", ""),
        0.9: ("failed", "ValueError: lr too large"),
    }


WANDB = """
import os, sys
os.environ["WANDB_MODE"] = "offline"
import wandb
run = wandb.init(project="p", config={"lr": 1e-3, "model": {"beta": 0.3}})
run.log({"loss": 0.5})
if sys.argv[1] == "bad":
    raise ValueError("bad thing")
run.finish()
"""


@pytest.mark.parametrize(
    ("kind", "status", "reason"), [("good", "completed", ""), ("bad", "failed", "ValueError: bad thing")]
)
def test_wandb(tmp_path: Path, kind: str, status: str, reason: str) -> None:
    run_with("wandb", "wandb", WANDB, tmp_path, kind)
    age(tmp_path / "wandb")
    (run,) = rows(tmp_path, "lr", "model.beta").values()
    assert (run.layout, run.status, run.reason) == ("wandb", status, reason)
    assert run.values == {"lr": 0.001, "model.beta": 0.3}


LIGHTNING = """
import os, signal, sys
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import CSVLogger

class Model(LightningModule):
    def __init__(self, lr=1e-3, hidden=4, kind="good"):
        super().__init__()
        self.save_hyperparameters()
        self.layer = torch.nn.Linear(2, 1)

    def training_step(self, batch, index):
        loss = self.layer(batch).pow(2).mean()
        self.log("train_loss", loss)
        if self.current_epoch == 1 and self.hparams.kind == "bad":
            raise ValueError("bad batch")
        if self.current_epoch == 1 and self.hparams.kind == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return loss

    def validation_step(self, batch, index):
        self.log("val_loss", self.layer(batch).pow(2).mean())

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)

kind = sys.argv[1]
data = torch.utils.data.DataLoader(torch.ones(8, 2), batch_size=2)
trainer = Trainer(
    max_epochs=3, logger=CSVLogger("logs", name="sweep"), log_every_n_steps=1, accelerator="cpu",
    enable_checkpointing=kind != "plain",
)
trainer.fit(Model(lr=0.1, kind=kind), data, data)
"""


def test_lightning(tmp_path: Path) -> None:
    kinds = ("good", "plain", "bad", "killed")
    for kind in kinds:
        run_with("lightning", "lightning", LIGHTNING, tmp_path, kind)
    logs = tmp_path / "logs"
    age(logs)
    found = rows(logs, "kind", "lr", "hidden", CHECKPOINT_FILES)
    assert {
        run.values["kind"]: (run.layout, run.status, run.problem) for run in found.values()
    } == dict.fromkeys(kinds, ("lightning", "unknown", ""))
    assert {(run.values["lr"], run.values["hidden"]) for run in found.values()} == {(0.1, 4)}
    counts = {run.values["kind"]: run.values[CHECKPOINT_FILES] for run in found.values()}
    assert counts == {"good": 1, "plain": 0, "bad": 1, "killed": 1}
    for name in found:
        last = end_of(str(logs / name / "metrics.csv")).last
        assert 0 < last["val_loss"] < 1
        assert 0 < last["train_loss"] < 1
