"""The files of the steps of one execution: what each read when it began, and what it made.

Files that steps write are told from those that users edit. What lies in the run's folders, or was made by a
step, is a product: when it changes while steps run, they have changed it. Everything else that changes while
a step that read it runs was edited by somebody, and the step is not up to date.

A product that no step declares belongs to the steps without declared outputs that ran when it changed. Where
there were several, it belongs to those whose command or script names it, and to all if none does.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from runtui.runtime.pipeline.command_files import is_script, text_of, written_files
from runtui.runtime.pipeline.file_marks import mark_of, marks_of
from runtui.runtime.pipeline.plan import CommandWork, Plan, Step
from runtui.runtime.pipeline.step_inputs import named_files
from runtui.store.paths import CHECKPOINTS_DIR, LOGS_DIR, PRIVATE_DIR, RESULTS_DIR

_MOST_LOOKED_AT = 5000  # files; of more, results and checkpoints count as wholes
_MOST_MADE = 200  # files that change at once; of more, their folders count

_WHERE_STEPS_WRITE = (RESULTS_DIR, CHECKPOINTS_DIR)
_WHERE_PRODUCTS_ARE = (*_WHERE_STEPS_WRITE, LOGS_DIR, PRIVATE_DIR)

_LOG_ENDINGS = (".log", ".out", ".err")

_CLOCK_SKEW = 2_000_000_000
"""Nanoseconds by which the clock of a file system may be behind."""

CHANGED = "changed while the step ran"
"""Mark of an input that changed while its step ran; that of no contents."""

Marks = Mapping[str, str]
"""Marks of files, by their absolute paths."""

_State = tuple[int, int, int]


class StepFiles:
    """Keeper of the files that steps read and make. To be used in one thread; `marks` may be read in others.

    Args:
        plan: The steps.
        run: The run's directory.
        earlier: By the steps' names the marks of what they made in an earlier execution.
    """

    def __init__(self, plan: Plan, run: str, earlier: Mapping[str, Marks]) -> None:
        self._steps = {step.name: step for step in plan.steps}
        self._run = run
        self._declared = {path for step in plan.steps for path in step.outputs}
        self._inputs: dict[str, Marks] = {}
        self._made: dict[str, Marks] = {}
        self._earlier = earlier
        self._running: set[str] = set()
        self._done: set[str] = set()
        self._kept: set[str] = set()
        self._seen: dict[str, _State] = {}
        self._has_looked = False
        self._targets: dict[str, set[str]] = {}  # by steps the paths that their commands write to
        self._began: dict[str, int] = {}  # in nanoseconds since the epoch
        self._texts: dict[str, str] = {}
        self._written: dict[str, set[str]] = {}  # by files and their folders the steps that may have
        self._consumers = plan.consumers

    def marks(self, step: str) -> tuple[Marks, Marks] | None:
        """Return the marks of what a step read and of what it made; None where it did not run."""
        inputs = self._inputs.get(step)
        return None if inputs is None else (inputs, self._made.get(step, {}))

    def begin(self, name: str) -> None:
        """Record what a step reads, before it does."""
        if not self._has_looked:
            self._seen = dict(self._states())
            self._targets = {name: _targets_of(step) for name, step in self._steps.items()}
            self._has_looked = True
        step = self._steps[name]
        own = self._own(step)
        paths = dict.fromkeys([*named_files(step.work, self._run), *self._needed(step)])
        self._inputs[name] = marks_of(path for path in paths if path not in own)
        self._began[name] = time.time_ns()
        self._texts[name] = _text_of(step, paths)
        self._running.add(name)

    def end(self, name: str, *, is_done: bool) -> list[str]:
        """Record what a step made, and return its inputs that somebody changed while it ran."""
        if name not in self._running:
            return []
        self._share_out()
        self._running.discard(name)
        step = self._steps[name]
        before = self._inputs[name]
        own = self._own(step)
        named = [path for path in named_files(step.work, self._run) if path not in own and path not in before]
        new = [path for path in named if _changed_since(path, self._began[name])]
        if not is_done:  # the next attempt finds what this one has left
            self._made[name] = {**self._made.get(name, {}), **marks_of(new)}
            return []
        self._done.add(name)
        inputs: dict[str, str] = {}
        logs: list[str] = []
        for path, mark in before.items():
            now = mark if self._is_product(path) else mark_of(path)
            if now != mark and path.endswith(_LOG_ENDINGS):  # programs write those, and nobody edits them
                logs.append(path)
            elif now or is_script(path):  # data that are gone were used up
                inputs[path] = mark if now == mark else CHANGED
        # A scheduler takes a step before those that it needs have made anything.
        late = [path for path in self._needed(step) if path not in before]
        late += [path for path in named if path not in new]
        self._inputs[name] = inputs | marks_of(late)
        targets = () if step.outputs else filter(os.path.isfile, self._targets[name])
        made = [*step.outputs, *new, *logs, *targets, *self._earlier.get(name, {})]
        self._made[name] = {**self._made.get(name, {}), **marks_of(made)}
        for path in self._made[name]:
            if state := _state_of(path):
                self._seen.setdefault(path, state)
        return [path for path, mark in inputs.items() if mark == CHANGED]

    def keep(self, name: str, inputs: Marks, made: Marks) -> None:
        """Take over what is known of a step that need not be done again."""
        self._inputs[name], self._made[name] = inputs, made
        self._kept.add(name)

    def settle(self) -> None:
        """Record the products as they are now that all steps have ended: later ones may have changed them.

        What steps have removed since is forgotten, unless a step declares it.
        """
        if not self._done:
            return
        products = self._declared.union(*self._made.values())
        paths = products.union(*self._inputs.values())
        now = {path: mark_of(path) for path in paths if self._is_product(path)}
        for name in self._done | self._kept:
            is_kept = name in self._kept
            self._made[name] = {
                path: known if is_kept and not self._writers(path) else now[path] or known
                for path, known in self._made[name].items()
                if now[path] or path in self._declared
            }
            self._inputs[name] = {
                path: known if is_kept and self._is_new_to(name, path) else now.get(path, known)
                for path, known in self._inputs[name].items()
                if now.get(path, known)
            }
        for name in self._done:
            listed = self._inputs[name].keys() | products
            named = named_files(self._steps[name].work, self._run)
            appeared = marks_of(path for path in named if path not in listed)
            self._made[name] = {**self._made[name], **appeared}

    def _is_new_to(self, name: str, path: str) -> bool:
        """Return whether a kept step would read a product otherwise than when it was done.

        What comes after it may write what it read. So may a step that it does not wait for, unless it names
        the file.
        """
        writers = self._writers(path)
        if not writers or writers <= self._followers(name):
            return not writers
        return path in named_files(self._steps[name].work, self._run)

    def _writers(self, path: str) -> set[str]:
        """Return the steps that may have written a product in this execution."""
        owners = {name for name in self._done if path in self._made.get(name, {})}
        return owners | self._written.get(path, set())

    def _followers(self, name: str) -> frozenset[str]:
        """Return the steps that need a step, directly or not."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            new = self._consumers[waiting.pop()] - found
            found |= new
            waiting += new
        return frozenset(found)

    def _own(self, step: Step) -> set[str]:
        """Return what a step makes, as far as that is known."""
        known = (self._earlier.get(step.name, {}), self._made.get(step.name, {}), self._targets[step.name])
        return set(step.outputs).union(*known)

    def _needed(self, step: Step) -> list[str]:
        """Return what the steps that a step needs have made."""
        found: dict[str, None] = {}
        for name in step.needs:
            found |= dict.fromkeys([*self._steps[name].outputs, *self._made.get(name, {})])
        return list(found)

    def _is_product(self, path: str) -> bool:
        if any(_is_below(path, os.path.join(self._run, folder)) for folder in _WHERE_PRODUCTS_ARE):
            return True
        products = (*self._made.values(), *self._targets.values())
        return path in self._declared or any(path in each for each in products)

    def _share_out(self) -> None:
        """Give the products that have changed since the last look to the steps that ran meanwhile."""
        before, self._seen = self._seen, dict(self._states())
        # A step whose needs have not ended waits in a scheduler.
        writers = {name for name in self._running if not self._running & set(self._steps[name].needs)}
        changed = [path for path, state in self._seen.items() if before.get(path) != state]
        for path in changed:
            place = path
            while place not in (self._run, os.path.dirname(place)):
                self._written.setdefault(place, set()).update(writers)
                place = os.path.dirname(place)
        # A step that declares outputs is taken at its word.
        owners = [name for name in writers if not self._steps[name].outputs]
        changed = [path for path in changed if not self._is_declared(path)]
        if len(self._seen) >= _MOST_LOOKED_AT:
            changed = [os.path.join(self._run, folder) for folder in _WHERE_STEPS_WRITE]
        elif len(changed) > _MOST_MADE:
            changed = list(dict.fromkeys(map(os.path.dirname, changed)))
        for path in changed:
            mark = "" if os.path.isdir(path) else mark_of(path)
            for name in self._naming(path) or owners:
                self._made[name] = {**self._made.get(name, {}), path: mark}

    def _naming(self, path: str) -> list[str]:
        """Return the running steps without declared outputs whose command or script names a file.

        Those that wait in a scheduler are among them: it tells late that one has ended, and another begun.
        """
        name = re.compile(rf"(?<![\w.-]){re.escape(os.path.basename(path))}(?![\w-])")
        running = [step for step in self._running if not self._steps[step].outputs]
        return [step for step in running if len(running) > 1 and name.search(self._texts[step])]

    def _is_declared(self, path: str) -> bool:
        return path in self._declared or any(_is_below(path, output) for output in self._declared)

    def _states(self) -> Iterator[tuple[str, _State]]:
        for path in islice(self._files(), _MOST_LOOKED_AT):
            if state := _state_of(path):
                yield path, state

    def _files(self) -> Iterator[str]:
        """Yield the files that steps may have written: in the run's folders, declared, and made before."""
        folders = [os.path.join(self._run, part) for part in _WHERE_STEPS_WRITE]
        for place in self._declared.union(*self._made.values(), *self._earlier.values()):
            if not any(_is_below(place, folder) for folder in folders):
                yield place
        for top in folders:
            for folder, _folders, files in os.walk(top):
                yield from (os.path.join(folder, name) for name in files)


def _state_of(path: str) -> _State | None:
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found.st_ctime_ns, found.st_size, found.st_ino


def _targets_of(step: Step) -> set[str]:
    if not isinstance(step.work, CommandWork):
        return set()
    return written_files(step.work.words, step.work.directory or os.getcwd())


def _changed_since(path: str, moment: int) -> bool:
    state = _state_of(path)
    return state is not None and state[0] >= moment - _CLOCK_SKEW


def _text_of(step: Step, paths: Iterable[str]) -> str:
    """Return the text of a step's command and of its scripts."""
    words = step.work.words if isinstance(step.work, CommandWork) else ()
    return "\n".join([*words, *(text_of(path) for path in paths if is_script(path))])


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder + os.sep)
