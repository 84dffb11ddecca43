"""Driver: run one simulation in this process and write its run.

It uses `RunManager` as a user's own simulation would: for parameters, status, checkpoints and metrics.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from runtui.demo.model import Model, Params
from runtui.demo.models import KINDS
from runtui.demo.results import Table, Trajectory
from runtui.demo.task import Schedule, Simulation
from runtui.demo.termination import TerminatedError, Termination
from runtui.runtime.process.interpreter import python_command
from runtui.store.atomic import write_atomic
from runtui.store.errors import RunNotFoundError, StoreError
from runtui.store.manager import RunManager
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, PARAMS_FILE
from runtui.store.run import Run
from runtui.store.sealed_record import RecordKind, write_sealed_record
from runtui.store.status import RunStatus
from runtui.text.shell import shown_command

LOG_FILE = "simulation.log"

_log = logging.getLogger(__name__)
_LONGEST_COMMAND = 4000  # characters


def run_simulation(task: Simulation, termination: Termination) -> bool:
    """Run a simulation until it completes or fails, in a new run.

    Args:
        task: The simulation.
        termination: Whether this process was asked to end; checked between steps.

    Returns:
        Whether it completed. If not, the run's status and log say why.

    Raises:
        StoreError: The run cannot be created, or there is no checkpoint to resume from.
        TypeError: A parameter cannot be stored.
        OSError: The run's own files cannot be written.
    """
    manager = RunManager(task.base_dir)
    if task.resume is None:
        model_name, params, saved = task.model or "", dict(task.params), None
        task_metadata = _metadata(task, model_name)
        manager.create_run(task.description, task.tags, **task_metadata)
    else:
        model_name, params, saved = _read_parent(manager, task, task.resume)
        task_metadata = _metadata(task, model_name) | {"resumed_at_step": saved["step"]}
        manager.create_child_run(task.resume, task.description, task.tags, **task_metadata)
    _record_command(manager, model_name)
    with _logging_to(manager.get_run()):
        try:
            _save_inputs(manager, model_name, params)
            manager.update_status(RunStatus.RUNNING)
            model = _make_model(model_name, params, saved)
            driver = _Driver(manager.get_run(), model_name, model, params, task.pace, termination)
            driver.note_checkpoint = manager.add_checkpoint
            driver.run()
            manager.update_status(RunStatus.COMPLETED, metrics=model.summary())
        except TerminatedError as error:
            _log.error("terminated by %s", error)
            _record_failure(manager, f"terminated by {error}")
            return False
        except Exception as error:
            _log.exception("the simulation failed: %s", error)
            _record_failure(manager, f"{type(error).__name__}: {error}")
            return False
        _log.info("completed")
    return True


def run_launched(run_dir: str, resume_from: str, model_name: str, termination: Termination) -> bool:
    """Run a simulation as a run that exists and that its launcher records, until it completes or fails.

    Args:
        run_dir: The run's directory, with its parameters.
        resume_from: The checkpoint to resume from; ``""`` to begin at the beginning.
        model_name: The simulation.
        termination: Whether this process was asked to end; checked between steps.

    Returns:
        Whether it completed. If not, its log says why.

    Raises:
        StoreError: There is no such run.
        OSError: The run's own files cannot be written.
    """
    run = Run(run_dir)
    with _logging_to(run):
        try:
            params: dict[str, Any] = json.loads(run.path(PARAMS_FILE).read_bytes())
            saved = None
            if resume_from:
                with open(resume_from, "rb") as file:
                    saved = json.loads(file.read())
            model = _make_model(model_name, params, saved)
            _Driver(run, model_name, model, params, 0.0, termination).run()
        except TerminatedError as error:
            _log.error("terminated by %s", error)
            return False
        except Exception as error:
            _log.exception("the simulation failed: %s", error)
            return False
        _log.info("completed")
    return True


def _record_command(manager: RunManager, model_name: str) -> None:
    """Record the command with which a child of this run is launched."""
    words = python_command("runtui.demo.launched", ["--model", model_name])
    facts = {"command": words, "working_directory": os.getcwd()}
    try:
        write_sealed_record(manager.directory, RecordKind.COMMAND, facts)
    except OSError as error:
        _log.warning("the command was not recorded: %s", error)


class _Driver:
    """Stepper of a model along its schedule, with its output files."""

    def __init__(
        self,
        run: Run,
        model_name: str,
        model: Model,
        params: Params,
        pace: float,
        termination: Termination,
    ) -> None:
        self.note_checkpoint: Callable[[str, str], None] = lambda _name, _path: None
        self._run = run
        self._model_name = model_name
        self._model = model
        self._schedule = Schedule.from_json(params["schedule"])
        self._dump_to: str | None = params.get("dump_to")
        self._pace = pace
        self._termination = termination
        self._began = time.monotonic()
        self._first_step = model.steps_done

    def run(self) -> None:
        """Run to the last step."""
        results_file = KINDS[self._model_name].results_file
        output = self._run.open_output(results_file, "w")
        table = Table(output, as_json=results_file.endswith(".jsonl"))
        with table, self._open_trajectory() as trajectory:
            if not self._first_step:
                table.append(self._model.observe())
            while self._model.steps_done < self._schedule.steps:
                self._termination.check()
                self._model.step()
                self._after_step(self._model.steps_done, table, trajectory)

    def _after_step(self, step: int, table: Table, trajectory: Trajectory | None) -> None:
        schedule = self._schedule
        if step % schedule.record_every == 0:
            table.append(self._model.observe())
            self._keep_pace(step)
        if step % schedule.log_every == 0:
            _log.info("step %d/%d: %s", step, schedule.steps, self._model.progress())
        if trajectory is not None and step % schedule.dump_every == 0:
            trajectory.append(self._model.frame())
        if schedule.checkpoint_every and step % schedule.checkpoint_every == 0:
            self._save_checkpoint(step)
        if step == schedule.exchange_at:
            self._exchange_edges(step)

    def _keep_pace(self, step: int) -> None:
        """Wait until this step is due, by the clock, so that delays do not add up."""
        due = self._began + (step - self._first_step) * self._pace
        with self._termination.while_waiting():
            time.sleep(max(0.0, due - time.monotonic()))

    def _save_checkpoint(self, step: int) -> None:
        name = f"step-{step:06d}"
        # Not get_checkpoints_dir(): in a child without checkpoints that is its parent's.
        path = self._run.path(CHECKPOINTS_DIR, f"{name}.json")
        state = {"model": self._model_name, "step": step, "state": self._model.state_to_json()}
        write_atomic(path, json.dumps(state).encode())
        self.note_checkpoint(name, f"{CHECKPOINTS_DIR}/{name}.json")
        _log.info("checkpoint %s saved", name)

    def _exchange_edges(self, step: int) -> None:
        """Wait for edge cells of a neighbouring process, which never sends them: the run hangs."""
        _log.info("step %d: waiting for the edge cells of rank 1", step)
        reading, _writing = os.pipe()
        with self._termination.while_waiting():
            os.read(reading, 1)

    @contextmanager
    def _open_trajectory(self) -> Iterator[Trajectory | None]:
        if self._dump_to is None:
            yield None
            return
        path = self._dump_to if os.path.isabs(self._dump_to) else self._run.path(self._dump_to)
        trajectory = Trajectory(path)
        _log.info("writing the trajectory to %s", self._dump_to)
        try:
            yield trajectory
        finally:
            trajectory.close()


def _metadata(task: Simulation, model_name: str) -> dict[str, Any]:
    metadata: dict[str, Any] = {"model": model_name}
    if task.run_id is not None:
        metadata["run_id"] = task.run_id
    return metadata


def _read_parent(
    manager: RunManager, task: Simulation, parent_id: str
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the model's name, the parameters and the checkpoint to resume from."""
    parent = manager.get_run(parent_id)
    if not manager.load_run(parent_id):
        raise RunNotFoundError(f"cannot read run {parent_id}: choose another one to resume")
    path = manager.find_checkpoint(task.checkpoint)
    if path is None:
        raise RunNotFoundError(f"run {parent_id} has no such checkpoint: choose another one to resume")
    try:
        saved = json.loads(path.read_bytes())
        params: dict[str, Any] = json.loads(parent.path(PARAMS_FILE).read_bytes())
        checkpoint = {"step": saved["step"], "state": saved["state"]}
        return saved["model"], params | dict(task.params), checkpoint
    except (ValueError, TypeError, KeyError) as error:
        raise StoreError(
            f"cannot resume run {parent_id}: {path.name} or its parameters are invalid: {error!r}"
        ) from None


def _save_inputs(manager: RunManager, model_name: str, params: Params) -> None:
    manager.save_run_params(params)
    config = KINDS[model_name].config
    if config is not None:
        manager.save_config(config(params))


def _make_model(model_name: str, params: Params, saved: dict[str, Any] | None) -> Model:
    model = KINDS[model_name].model
    if saved is None:
        _log.info("starting %s, pid %d, seed %s", model_name, os.getpid(), params.get("seed"))
        return model.start(params)
    _log.info("resuming %s at step %d, pid %d", model_name, saved["step"], os.getpid())
    return model.from_json(params, saved["state"])


def _record_failure(manager: RunManager, error: str) -> None:
    if manager.metadata.get("checkpoints"):
        words = ["python", "-m", "runtui.demo.simulate", os.path.abspath(manager.base_runs_dir)]
        command = shown_command([*words, "--resume", str(manager.run_id)], _LONGEST_COMMAND)
        _log.info("to resume from the last checkpoint: %s", command)
    manager.update_status(RunStatus.FAILED, error=error)


@contextmanager
def _logging_to(run: Run) -> Iterator[None]:
    handler = logging.FileHandler(run.path(LOGS_DIR, LOG_FILE), encoding="utf-8")
    handler.setFormatter(
        logging.Formatter("%(asctime)s.%(msecs)03d %(levelname)-7s %(message)s", "%Y-%m-%d %H:%M:%S")
    )
    logger = logging.getLogger("runtui")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.setLevel(level)
        logger.removeHandler(handler)
        handler.close()
