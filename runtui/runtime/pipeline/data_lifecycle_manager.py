"""Lifetime of the steps' results, in memory and on disk."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from shutil import rmtree

from runtui.runtime.pipeline.frameworks import ComputeFramework, StepData
from runtui.store.atomic import discard


class DataLifecycleManager:
    """Owner of the results, of what can be dropped when, and of the artifacts.

    Args:
        consumers: By each step's name the names of the steps that need it. The data of a step that nobody
            needs are a result.
        outputs: By each step's name the files and directories that it declares.
        temporary: The steps whose outputs are removed when all that need them have finished.
        remove: Has something removed, now or later.
        collects: Whether results are kept at all.
        keeps_all: Whether what other steps need is a result, too.

    Attributes:
        dropped: The steps whose data are held no more, in the order in which they were dropped.
    """

    def __init__(
        self,
        consumers: Mapping[str, frozenset[str]],
        outputs: Mapping[str, tuple[str, ...]],
        temporary: frozenset[str],
        remove: Callable[[Callable[[], None]], None],
        *,
        collects: bool = True,
        keeps_all: bool = False,
    ) -> None:
        self._consumers = consumers
        self._outputs = outputs
        self._temporary = temporary
        self._remove = remove
        self._collects = collects
        self._keeps_all = keeps_all
        self._pending = {name: set(names) for name, names in consumers.items()}
        self._failed_consumers: set[str] = set()
        self._results: dict[str, StepData] = {}
        self._artifacts: dict[str, tuple[str, ...]] = {}
        self.dropped: list[str] = []

    def add_to_result_data_collection(self, step: str, data: Callable[[], StepData]) -> None:
        """Add a finished step's data to the results, if they are wanted: all, or those nobody else needs.

        Args:
            step: Its name.
            data: Returns them as an object; called only when they are wanted.
        """
        if self._collects and (self._keeps_all or not self._consumers[step]):
            self._results[step] = data()

    def note_outputs(self, step: str) -> None:
        """Add a finished step's declared outputs to the artifacts."""
        if self._outputs.get(step):
            self._artifacts[step] = self._outputs[step]

    def get_result_data(self, step: str) -> StepData:
        """Return the result of a step that no other one needs.

        Raises:
            KeyError: It is no result, or there is none yet.
        """
        return self._results[step]

    def get_result(self) -> dict[str, StepData]:
        """Return the results of the steps that no other one needs, by their names."""
        return dict(self._results)

    def get_artifacts(self) -> dict[str, tuple[str, ...]]:
        """Return the declared outputs that were made and have not been removed, by their steps' names."""
        return dict(self._artifacts)

    def settle(
        self, step: str, needs: Iterable[str], collection: Iterable[ComputeFramework], *, has_failed: bool
    ) -> None:
        """Note that a step needs nothing any more, and drop what nobody needs now.

        Args:
            step: Its name.
            needs: The steps that it needed.
            collection: All frameworks that may hold data.
            has_failed: Whether it failed or will not run at all; then what it needed stays on disk, for when
                it is tried again in another run.
        """
        frameworks = list(collection)
        if has_failed:
            self._failed_consumers.add(step)
        for needed in needs:
            self._pending[needed].discard(step)
        self._drop_data_for_finished_cfws([*needs, step], frameworks)

    def _drop_data_for_finished_cfws(
        self, steps: Iterable[str], collection: Iterable[ComputeFramework]
    ) -> None:
        """Drop the data of those steps that nobody needs any more."""
        frameworks = list(collection)
        for step in dict.fromkeys(steps):
            self._drop_data_if_possible(step, frameworks)

    def _drop_data_if_possible(self, step: str, collection: Iterable[ComputeFramework]) -> None:
        if self._pending[step]:
            return
        self._drop_cfw_data(step, collection)
        was_needed = bool(self._consumers[step])
        if was_needed and step in self._temporary and not self._consumers[step] & self._failed_consumers:
            for path in self._artifacts.pop(step, ()):
                self._remove(partial(remove_output, path))

    def _drop_cfw_data(self, step: str, collection: Iterable[ComputeFramework]) -> None:
        """Drop a step's data wherever they are held: where they were made, and where they were copied."""
        for framework in collection:
            framework.drop(step)
        self.dropped.append(step)


def remove_output(path: str) -> None:
    """Remove a file or a directory that a step made; of a link only the link."""
    if os.path.isdir(path) and not os.path.islink(path):
        rmtree(path)
    else:
        discard(path)
