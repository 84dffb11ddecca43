"""The layouts there are: another one is a module beside this, and a row in `LAYOUTS`.

Imported only once a directory without a metadata.json is met.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from runtui.layouts.allennlp import AllenNLP
from runtui.layouts.base import Entries, Layout
from runtui.layouts.dvc import Dvc
from runtui.layouts.guild import Guild
from runtui.layouts.hydra import Hydra
from runtui.layouts.job_log import JobLog
from runtui.layouts.job_logs import task_of_log
from runtui.layouts.keras_tuner import KerasTuner
from runtui.layouts.lightning import Lightning, TensorBoard
from runtui.layouts.mlflow import MLflow
from runtui.layouts.nnunet import NnUNet
from runtui.layouts.output_log import OutputLog
from runtui.layouts.plain import Plain
from runtui.layouts.ray_tune import RayTune
from runtui.layouts.rl_zoo import RlZoo
from runtui.layouts.sacred import Sacred
from runtui.layouts.signac import Signac
from runtui.layouts.slurm import SlurmScript
from runtui.layouts.solver_cases import SOLVER_CASES, SolverCase, may_be_case
from runtui.layouts.submitit import Submitit, SubmititLog
from runtui.layouts.training import Training
from runtui.layouts.transformers import Transformers
from runtui.layouts.ultralytics import Ultralytics
from runtui.layouts.wandb import WandB

_IN_ORDER: tuple[Layout, ...] = (
    Signac(),
    Sacred(),
    Hydra(),
    MLflow(),
    Guild(),
    WandB(),
    Lightning(),
    Submitit(),
    Ultralytics(),
    Transformers(),
    AllenNLP(),
    RayTune(),
    KerasTuner(),
    RlZoo(),
    NnUNet(),
    Dvc(),
    TensorBoard(),
    *SOLVER_CASES,
    SlurmScript(),
    Training(),
    Plain(),
)

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _IN_ORDER}
"""All layouts by their names. Where several recognise a directory, the first of them counts."""

_JOB_LOG, _SUBMITIT_LOG = JobLog(), SubmititLog()

OUTPUT_LOG: Layout = OutputLog()
"""The layout of a run that is a program's output, and no directory."""


def layout_of_log(name: str) -> Layout:
    """Return the layout of a run that is the log of a job, and no directory, by the log's name."""
    return _JOB_LOG if task_of_log(name) is None else _SUBMITIT_LOG


def possible_layouts(entries: Entries) -> Iterable[Layout]:
    """Return the layouts that may recognise a directory, in their order; those of codes seldom do."""
    known = LAYOUTS.values()
    return known if may_be_case(entries) else _of_no_code(tuple(known))


@lru_cache(maxsize=1)
def _of_no_code(layouts: tuple[Layout, ...]) -> list[Layout]:
    return [layout for layout in layouts if not isinstance(layout, SolverCase)]
