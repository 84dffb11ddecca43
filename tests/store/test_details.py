"""Everything about a run on screen is read without a crash and is safe to show."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtui.store.details import MOST_FILES, MOST_VALUES, ConfigContents, RunFile, flatten, read_details
from tests.run_dirs import bad_runs, write_log, write_raw, write_run
from tests.store.children import output_as_nobody
from tests.text.test_sanitize import assert_safe

NAMES_ON_DISK = {"name", "names", "missing", "owner", "path"}
"""Fields for finding things, not for showing them; of a file, the path is shown."""


def texts_in(value: object) -> list[str]:
    """All texts anywhere in the details that may be shown."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, RunFile):
        return [value.path]
    names = [field.name for field in dataclasses.fields(value)] if dataclasses.is_dataclass(value) else []
    if fields := {*names, *getattr(value, "_fields", ())} - NAMES_ON_DISK:
        return [text for field in fields for text in texts_in(getattr(value, field))]
    if isinstance(value, tuple | list):
        return [text for item in value for text in texts_in(item)]
    return []


def test_every_bad_run_has_details_that_are_safe_to_show(runs_dir: Path) -> None:
    for case, path in bad_runs(runs_dir).items():
        details = read_details(str(runs_dir), path.name)
        for text in texts_in(details):
            assert_safe(text)
        if case in ("empty", "half", "list", "deep", "long_number", "huge", "metadata_fifo"):
            assert details.problem.startswith("metadata.json ")


def test_details_include_metadata_parameters_configuration_and_files(runs_dir: Path) -> None:
    write_run(runs_dir, "parent")
    run_dir = write_run(
        runs_dir,
        "run",
        parent_run_id="parent",
        beta=0.3,
        model={"size": [8, 8], "name": "ising"},
        note="a\x1bb",
    )
    (run_dir / "run_params.json").write_text('{"b": 1, "a": {"x": [1, {"y": null}]}}')
    (run_dir / "config.yaml").write_text("steps: 10\n# 45678")
    write_log(run_dir, "text")
    details = read_details(str(runs_dir), "run")
    assert details.git_commit == "0123456789ab"
    assert details.extra == (
        ("beta", "0.3"),
        ("model.size", "[8, 8]"),
        ("model.name", "ising"),
    )
    assert details.params == (("b", "1"), ("a.x[0]", "1"), ("a.x[1].y", "null"))
    assert details.files == (
        RunFile("config.yaml", 17),
        RunFile("logs/simulation.log", 4),
        RunFile("run_params.json", 38),
    )
    assert details.total_size == 59
    assert details.ancestry.names == ("parent",)
    assert (details.problem, details.params_problem) == ("", "")


def test_parameters_of_all_files_come_from_the_first_that_has_them(runs_dir: Path) -> None:
    (write_run(runs_dir, "run") / "run_params.json").write_text('{"a": 1}')
    configs = (ConfigContents("x.yaml", (("a", "2"), ("b", "2"))), ConfigContents("y.yaml", (("b", "3"),)))
    details = read_details(str(runs_dir), "run", lambda _run_dir: configs)
    assert details.configs == configs
    assert details.parameters == (("a", "1"), ("b", "2"))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "run_params.json is empty"),
        (b"[1]", "run_params.json holds a list, not an object"),
        (b'{"a"', "run_params.json is not valid JSON (line 1, column 5)"),
        (b"x" * 2_000_000, "run_params.json has 2 MB, more than is read (1 MiB)"),
    ],
)
def test_unreadable_parameters_are_reported_with_a_reason(runs_dir: Path, data: bytes, problem: str) -> None:
    (write_run(runs_dir, "run") / "run_params.json").write_bytes(data)
    details = read_details(str(runs_dir), "run")
    assert (details.params, details.params_problem) == ((), problem)


def test_special_file_as_parameters_is_reported(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run")
    os.mkfifo(run_dir / "run_params.json")
    details = read_details(str(runs_dir), "run")
    assert details.params_problem == "run_params.json is not a regular file"


def test_file_list_excludes_links_and_runtui_files(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run")
    (run_dir / ".runtui").mkdir()
    (run_dir / ".runtui" / "writer.json").touch()
    (run_dir / "results" / "a\nb\x1b.csv").write_text("1")
    (run_dir / "results" / "link").symlink_to("/etc")
    (run_dir / "loop").symlink_to(".")
    assert read_details(str(runs_dir), "run").files == (RunFile("results/a␊b␛.csv", 1),)


def test_file_list_is_limited_and_flagged(runs_dir: Path) -> None:
    run_dir = write_run(runs_dir, "run")
    for number in range(MOST_FILES):
        (run_dir / "results" / str(number)).touch()
    assert not read_details(str(runs_dir), "run").files_left_out
    (run_dir / "results" / "more").touch()
    details = read_details(str(runs_dir), "run")
    assert len(details.files) == MOST_FILES
    assert details.files_left_out


def test_value_list_is_limited_and_flagged() -> None:
    values = flatten({f"k{number}": number for number in range(MOST_VALUES + 1)})
    assert len(values) == MOST_VALUES + 1
    assert values[-1] == ("…", f"more than {MOST_VALUES} values, the rest is not shown")


def test_deepest_readable_nesting_is_flattened(runs_dir: Path) -> None:
    text = '{"status": "completed", "x": ' + '{"k": [' * 99 + "1" + "]}" * 99 + "}"
    write_raw(runs_dir, "deep", text.encode())
    [(key, value)] = [item for item in read_details(str(runs_dir), "deep").extra if item[0].startswith("x")]
    assert value == "[1]"
    assert key.startswith("x.k[0].k")


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=15,
)


@given(ANY_JSON)
def test_any_value_is_flattened_to_safe_texts(value: Any) -> None:
    for text in texts_in(flatten(value)):
        assert_safe(text)
    json.dumps(flatten(value))


def test_links_and_unreadable_folders_are_reported_with_the_files(public_dir: Path) -> None:
    run = write_run(public_dir, "gas")
    (run / "checkpoints").rmdir()
    (run / "checkpoints").symlink_to("/scratch/ck")
    (run / "results" / "a.csv").write_text("1,2\n")
    (run / "results").chmod(0o700)
    code = """
        import json, sys
        from runtui.store.details import read_details
        print(json.dumps(read_details(sys.argv[1], "gas").files_missed))
    """
    assert json.loads(output_as_nobody(code, public_dir)) == [
        "results/ cannot be read: Permission denied (ask its owner for access)",
        "link, not followed: checkpoints → /scratch/ck",
    ]


def test_links_beyond_the_limit_are_counted(runs_dir: Path) -> None:
    run = write_run(runs_dir, "gas")
    for number in range(25):
        (run / f"input{number:02}").symlink_to("/data")
    missed = read_details(str(runs_dir), "gas").files_missed
    assert missed[0] == "link, not followed: input00 → /data"
    assert missed[20:] == ("5 more links, not followed",)
