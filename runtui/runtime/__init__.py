"""Executing runs: any command as a recorded run, and plans of steps, on this machine or through Slurm.

Whatever is started here is ended here: a run's processes never outlive those that record it, and its metadata
says how it ended. Knows the format on disk (`runtui.store`) and nothing of how runs are shown.

The public names are `Pipeline`, the four components that it wires together, and what a plan of steps
consists of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runtui.runtime.pipeline.compute_framework_executor import (
        ComputeFrameworkExecutor as ComputeFrameworkExecutor,
    )
    from runtui.runtime.pipeline.context import StepContext as StepContext
    from runtui.runtime.pipeline.data_lifecycle_manager import DataLifecycleManager as DataLifecycleManager
    from runtui.runtime.pipeline.execution_orchestrator import ExecutionOrchestrator as ExecutionOrchestrator
    from runtui.runtime.pipeline.execution_orchestrator import StepEvent as StepEvent
    from runtui.runtime.pipeline.execution_orchestrator import StepState as StepState
    from runtui.runtime.pipeline.pipeline import Pipeline as Pipeline
    from runtui.runtime.pipeline.pipeline import PipelineFailedError as PipelineFailedError
    from runtui.runtime.pipeline.plan import CallWork as CallWork
    from runtui.runtime.pipeline.plan import CommandWork as CommandWork
    from runtui.runtime.pipeline.plan import Mode as Mode
    from runtui.runtime.pipeline.plan import Plan as Plan
    from runtui.runtime.pipeline.plan import PlanError as PlanError
    from runtui.runtime.pipeline.plan import Step as Step
    from runtui.runtime.pipeline.worker_manager import WorkerManager as WorkerManager
else:
    from runtui.lazy_exports import lazy_exports

    # Imported at first use: this package is on the way to modules that the browser needs at its start.
    __all__, __getattr__, __dir__ = lazy_exports(
        __name__,
        {
            "CallWork": "runtui.runtime.pipeline.plan",
            "CommandWork": "runtui.runtime.pipeline.plan",
            "ComputeFrameworkExecutor": "runtui.runtime.pipeline.compute_framework_executor",
            "DataLifecycleManager": "runtui.runtime.pipeline.data_lifecycle_manager",
            "ExecutionOrchestrator": "runtui.runtime.pipeline.execution_orchestrator",
            "Mode": "runtui.runtime.pipeline.plan",
            "Pipeline": "runtui.runtime.pipeline.pipeline",
            "PipelineFailedError": "runtui.runtime.pipeline.pipeline",
            "Plan": "runtui.runtime.pipeline.plan",
            "PlanError": "runtui.runtime.pipeline.plan",
            "Step": "runtui.runtime.pipeline.plan",
            "StepContext": "runtui.runtime.pipeline.context",
            "StepEvent": "runtui.runtime.pipeline.execution_orchestrator",
            "StepState": "runtui.runtime.pipeline.execution_orchestrator",
            "WorkerManager": "runtui.runtime.pipeline.worker_manager",
        },
    )
