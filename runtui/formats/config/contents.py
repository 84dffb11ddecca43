"""The parameter files of a run as they are shown in its details."""

from __future__ import annotations

from runtui.formats.config.parameters import parameter_files
from runtui.formats.config.registry import text_of
from runtui.store.details import ConfigContents, flatten
from runtui.store.paths import PARAMS_FILE
from runtui.text.sanitize import safe_lines, safe_text

_MOST_LINES = 400  # lines


def config_contents(run_dir: str) -> tuple[ConfigContents, ...]:
    """Return the parameter files of a run, without ``run_params.json``. A `ConfigReader`; raises nothing."""
    found = []
    for file in parameter_files(run_dir):
        path = safe_text(file.path)
        document = None if file.problem or file.path == PARAMS_FILE else file.document
        if document is not None:
            found.append(ConfigContents(path, flatten(document)))
        elif file.problem or (file.is_certain and file.path != PARAMS_FILE):
            lines = tuple(safe_lines(text_of(file.data), _MOST_LINES))
            found.append(ConfigContents(path, lines=lines, problem=file.problem))
    return tuple(config for config in found if config.values or config.lines or config.problem)
