"""The six statuses."""

from __future__ import annotations

import json

import pytest

from runtui import RunStatus
from runtui.store.status import is_live_status, normal_status
from tests import classic_writer
from tests.store.children import output_of

IMPORTS = "from runtui import RunStatus\n"
YAML_IMPORTS = "import yaml\n"
DUMPER = """
from pathlib import Path
class Dumper(yaml.SafeDumper): pass
Dumper.add_representer(Path, lambda dumper, path: dumper.represent_str(str(path)))
"""
DUMP = "print(yaml.dump({'status': RunStatus.RUNNING, 'also': [RunStatus.RUNNING]}, Dumper=Dumper))"
AS_TEXT = "also:\n- running\nstatus: running"


def test_statuses_match_the_classic_class() -> None:
    for name, text in vars(classic_writer.RunStatus).items():
        if not name.startswith("_"):
            assert getattr(RunStatus, name) == text


def test_a_status_is_stored_as_its_text() -> None:
    assert json.dumps(RunStatus.RUNNING) == '"running"'
    assert str(RunStatus.INITIALISING) == "initialising"


@pytest.mark.parametrize(
    "imports",
    [
        YAML_IMPORTS + DUMPER + IMPORTS,
        YAML_IMPORTS + IMPORTS + DUMPER,
        IMPORTS + YAML_IMPORTS + DUMPER,
        IMPORTS + YAML_IMPORTS + "from yaml import SafeDumper as Dumper\n",
        IMPORTS + YAML_IMPORTS + "from yaml import Dumper\n",
        IMPORTS + YAML_IMPORTS + "Dumper = getattr(yaml, 'CSafeDumper', yaml.SafeDumper)\n",
    ],
)
def test_yaml_dumps_a_status_as_text_for_any_import_order(imports: str) -> None:
    pytest.importorskip("yaml")
    assert output_of(imports + DUMP) == AS_TEXT


def test_custom_yaml_representer_of_statuses_is_respected() -> None:
    pytest.importorskip("yaml")
    own = "Dumper.add_representer(RunStatus, lambda dumper, status: dumper.represent_int(7))\n"
    assert output_of(YAML_IMPORTS + IMPORTS + DUMPER + own + DUMP) == "also:\n- 7\nstatus: 7"


def test_importing_statuses_does_not_import_pyyaml() -> None:
    code = "import sys\nfrom runtui import RunManager, RunStatus\nprint(RunStatus.__mro__[0] is RunStatus)\n"
    assert output_of(code + "print('yaml' in sys.modules)") == "True\nFalse"


def test_statuses_are_parsed_case_insensitively() -> None:
    assert RunStatus.parse("Completed") is RunStatus.COMPLETED
    assert is_live_status("RUNNING")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("failed", "failed"),
        ("FAILED", "failed"),
        (" Failed\n", "failed"),
        ("Simulating", "Simulating"),
        ("", "unknown"),
        ("  ", "unknown"),
    ],
)
def test_known_status_is_normalised_for_case_and_whitespace(text: str, status: str) -> None:
    assert normal_status(text) == status


def test_unknown_status_error_lists_the_valid_ones() -> None:
    with pytest.raises(ValueError, match=r"'done'.*initialising, running, completed, failed") as caught:
        RunStatus.parse("done")
    assert all(status in str(caught.value) for status in RunStatus)


@pytest.mark.parametrize("value", [["running"], {"running": 1}, None, 1, "completed", "Resumed"])
def test_other_values_are_not_live_statuses(value: object) -> None:
    assert not is_live_status(value)
    assert is_live_status("running")
