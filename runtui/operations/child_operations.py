"""Operations that create children of runs and start them, with progress, cancel and undo."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from runtui.catalog.run_key import RunDirectories, RunKey
from runtui.operations.new_child import create_child
from runtui.operations.run_operations import Operation, Report, one_by_one, report_of, why
from runtui.store.child_run import ResumeOptions, Resumption, discard_child
from runtui.store.edits.run_edits import Outcome, ProgressCallback
from runtui.store.errors import StoreError
from runtui.text.format import run_count

Launch = Callable[[str, str, str], object]
"""Function that starts a child, given the runs directory, the parent and the child."""

LaunchUnstarted = Callable[[str, str], object]
"""Function that starts a child that waits for it, given the runs directory and the child."""

ResumePipeline = Callable[[str, str], None]
"""Function that resumes a pipeline, given the runs directory and the run."""


class ChildOperations:
    """Factory of operations on children of runs.

    Args:
        directories: The runs directories.
    """

    def __init__(self, directories: RunDirectories) -> None:
        self._directories = directories
        self._place_of = directories.place_of

    def create(self, options: Mapping[str, ResumeOptions], launch: Launch | None = None) -> Operation:
        """Return the operation that creates a child of each run, which resumes or runs again from the start.

        Args:
            options: The options of each run's child.
            launch: Starts a child; by default, children are not started.
        """
        verb = "rerun" if _are_reruns(options) else "resume"
        return Operation(f"{verb} {run_count(len(options))}", partial(self._create, options, launch))

    def start(self, names: Sequence[str], launch: LaunchUnstarted) -> Operation:
        """Return the operation that starts children that were created earlier. It cannot be undone.

        Args:
            names: The children.
            launch: Starts a child.
        """

        return Operation(
            f"start {run_count(len(names))}", partial(self._one_by_one, names, launch, "started {}")
        )

    def resume_pipelines(self, names: Sequence[str], resume_pipeline: ResumePipeline) -> Operation:
        """Return the operation that resumes pipelines in place. It cannot be undone.

        Args:
            names: The runs.
            resume_pipeline: Resumes the pipeline of a run.
        """
        return Operation(
            f"resume {run_count(len(names))} in place",
            partial(self._one_by_one, names, resume_pipeline, "resumed {} in place"),
        )

    def _one_by_one(
        self,
        names: Sequence[str],
        work: Callable[[str, str], object],
        result: str,
        progress: ProgressCallback,
    ) -> Report:
        outcomes = one_by_one(names, progress, lambda name: work(*self._place_of(name)), "done")
        return report_of(result, outcomes, None)

    def _create(
        self, options: Mapping[str, ResumeOptions], launch: Launch | None, progress: ProgressCallback
    ) -> Report:
        done = "reran" if _are_reruns(options) else "resumed"
        outcomes: list[Outcome] = []
        children: dict[str, Resumption] = {}
        for name, wanted in options.items():
            if not progress(len(outcomes), len(options)):
                outcomes.append(Outcome(name, False, "no child created: the action was cancelled"))
                continue
            base, there = self._place_of(name)
            try:
                child = create_child(base, there, wanted)
            except (StoreError, OSError) as error:
                outcomes.append(Outcome(name, False, why(error)))
                continue
            children[self._directories.name_of(RunKey(base, child.run_id))] = child
            trouble = "; ".join(child.notes)
            if launch is not None:
                try:
                    launch(base, there, child.run_id)
                except (StoreError, OSError) as error:
                    trouble = f"created {child.run_id}, but could not launch it: {why(error)}"
            outcomes.append(Outcome(name, not trouble, trouble or f"{done} as {child.run_id}"))
        back = None
        if children and launch is None:
            title = f"{done} {run_count(len(children))}"
            back = Operation(f"undo: {title}", partial(self._discard, children))
        return report_of(f"{done} {{}}", outcomes, back)._replace(created=tuple(children))

    def _discard(self, children: Mapping[str, Resumption], progress: ProgressCallback) -> Report:
        outcomes: list[Outcome] = []
        # In reverse order of creation, because each restores the run that was current before it.
        for child, made in reversed(list(children.items())):
            progress(len(outcomes), len(children))
            base, there = self._place_of(child)
            try:
                discard_child(base, there, made.current)
            except (StoreError, OSError) as error:
                outcomes.append(Outcome(child, False, why(error)))
            else:
                outcomes.append(Outcome(child, True, "moved to the trash"))
        report = report_of("removed {} that had been created", outcomes, None)
        return report._replace(touched=())


def _are_reruns(options: Mapping[str, ResumeOptions]) -> bool:
    return all(each.from_start for each in options.values())
