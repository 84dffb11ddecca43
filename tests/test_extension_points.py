"""One row in a registry is enough: entries added here show up everywhere they should."""

from __future__ import annotations

import json
import re
import shutil
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from runtui import RunManager
from runtui.batch.base import JobPhase, JobReport, JobRequest
from runtui.batch.more_resources import UNKNOWN_USAGE, JobUsage
from runtui.batch.registry import SYSTEMS
from runtui.catalog.field_types import FieldKind, metadata_field
from runtui.catalog.fields import FIELDS, sources
from runtui.catalog.grouping import group_key_of
from runtui.catalog.sync.reader import RunReader
from runtui.catalog.sync.scan import scan_runs
from runtui.cli import main
from runtui.formats.config.base import ConfigFormat, Document, scalar
from runtui.formats.config.registry import CONFIG_FORMATS
from runtui.formats.tables.base import TableFormat
from runtui.formats.tables.registry import TABLE_FORMATS
from runtui.layouts.base import Entries
from runtui.layouts.known import LAYOUTS
from runtui.results.charting import ChartSession
from runtui.results.metrics import open_metrics
from runtui.runtime.pipeline.spec import read_pipeline
from runtui.store.edits.run_edits import edit_tags
from runtui.store.safe_directory import SafeDirectory
from runtui.store.schedulers import SCHEDULERS, JobNames
from runtui.store.sealed_record import RecordKind, write_sealed_record
from tests.run_dirs import write_run
from tests.tui.screen import browsing
from tests.tui.test_resuming_as_jobs import parent

Capture = pytest.CaptureFixture[str]


def command_line(capsys: Capture, *words: str) -> str:
    """Return what a command prints that succeeds."""
    assert main(words) == 0
    return capsys.readouterr().out


def help_text(capsys: Capture, *words: str) -> str:
    return command_line(capsys, *words, "--help")


# Schedulers


class Lsf:
    """A scheduler that remembers its jobs; all of them run on one node."""

    name = "lsf"
    program = "sh"  # a command that every host has
    array_variable = "LSB_JOBINDEX"
    array_options = ()
    restart_variable = ""

    def __init__(self) -> None:
        self.requests: list[JobRequest] = []
        self.cancelled: list[str] = []

    def submit(self, request: JobRequest) -> str:
        self.requests.append(request)
        return str(len(self.requests))

    def find(self, _name: str) -> str | None:
        return None

    def poll(self, ids: Sequence[str]) -> dict[str, JobReport]:
        return {job: JobReport(JobPhase.RUNNING, "RUN", node="node7", left="9:58") for job in ids}

    def account(self, _ids: Sequence[str]) -> dict[str, JobReport]:
        return {}

    def usage(self, _job: str) -> JobUsage:
        return UNKNOWN_USAGE

    def cancel(self, ids: Sequence[str]) -> None:
        self.cancelled += ids


@pytest.fixture
def lsf(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lsf:
    """A scheduler added by one row."""
    system = Lsf()
    monkeypatch.setitem(SYSTEMS, "lsf", lambda: system)
    names = JobNames(
        variables=("LSB_JOBID", "LSB_JOBINDEX"),
        job=("lsb_jobid", "lsf_job_id"),
        job_id=re.compile(r"(?P<job>\d+)(?:\[(?P<task>\d+)\])?"),
        task=("lsb_jobindex",),
        has_one_id=True,
        task_form="{job}[{task}]",
        output=re.compile(r"lsf-(?P<job>\d+)\.out"),
        program=system.program,
    )
    monkeypatch.setitem(SCHEDULERS, "lsf", names)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return system


def test_scheduler_receives_a_launched_command(lsf: Lsf, runs_dir: Path, capsys) -> None:
    words = ["--on", "lsf", "--detach", "--resource", "time=10", "--", "true"]
    command_line(capsys, "launch", "-C", str(runs_dir), *words)
    (request,) = lsf.requests
    assert request.resources == {"time": "10"}
    assert "LSB_JOBINDEX" in request.script


def test_a_scheduler_cancels_a_job(lsf: Lsf, runs_dir: Path, capsys) -> None:
    job = {"system": "lsf", "id": "41"}
    run = write_run(runs_dir, "r1", status="running", job=job)
    write_sealed_record(SafeDirectory(run), RecordKind.JOB, job)
    assert "cancelled job 41" in command_line(capsys, "cancel", "-C", str(runs_dir), "r1")
    assert lsf.cancelled == ["41"]


def test_a_scheduler_is_offered_by_help_and_completion(lsf: Lsf, capsys) -> None:
    assert "--on slurm|pbs|lsf" in help_text(capsys, "launch").replace("\n", " ")
    for command in ("resume", "exec"):
        assert "{local,slurm,pbs,lsf}" in help_text(capsys, command)
    for command in ("launch", "resume", "exec"):
        answer = command_line(capsys, "completion", "fish", "runtui", command, "--on", "l")
        assert answer.splitlines()[1:] == ["local\t", "lsf\t"]


def test_scheduler_is_accepted_for_pipeline_steps(lsf: Lsf, tmp_path: Path) -> None:
    file = tmp_path / "pipeline.toml"
    file.write_text('[[steps]]\nname = "one"\ncommand = "true"\non = "lsf"\n')
    assert [step.on for step in read_pipeline(str(file)).steps] == ["lsf"]


def test_scheduler_reports_the_state_of_its_jobs(lsf: Lsf, runs_dir: Path, capsys) -> None:
    write_run(runs_dir, "r1", status="running", job={"system": "lsf", "id": "1", "state": "PEND"})
    (listed,) = json.loads(command_line(capsys, "ls", "-C", str(runs_dir), "--json", "queue:RUN"))
    assert listed["job"] == {
        "system": "lsf",
        "job_id": "1",
        "state": "RUN",
        "detail": "9:58 left",
        "node": "node7",
    }


@pytest.mark.parametrize(
    ("metadata", "file", "job"),
    [
        ({"environment": {"LSB_JOBID": "41"}}, "", "41"),
        ({"environment": {"LSB_JOBID": "41", "LSB_JOBINDEX": "3"}}, "", "41[3]"),
        ({"lsf_job_id": "41[3]"}, "", "41[3]"),
        ({}, "lsf-41.out", "41"),
    ],
)
def test_a_scheduler_is_asked_for_jobs_that_people_submitted(
    lsf: Lsf, runs_dir: Path, capsys, metadata: dict[str, Any], file: str, job: str
) -> None:
    run = write_run(runs_dir, "r1", status="running", **metadata)
    if file:
        (run / file).touch()
    (listed,) = json.loads(command_line(capsys, "ls", "-C", str(runs_dir), "--json", "queue:RUN"))
    assert (listed["job"]["system"], listed["job"]["job_id"]) == ("lsf", job)


def test_a_run_inside_a_job_of_a_scheduler_records_it(
    lsf: Lsf, runs_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SLURM_JOB_ID", "PBS_JOBID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LSB_JOBID", "41")
    manager = RunManager(runs_dir)
    manager.create_run()
    manager.update_status("running")
    assert manager.metadata["lsf_job_id"] == "41"


async def test_browser_resumes_a_run_on_the_scheduler(lsf: Lsf, runs_dir: Path) -> None:
    parent(runs_dir, "gnu", job={"system": "lsf", "id": "41", "state": "EXIT"})
    async with browsing(runs_dir, (160, 40), notices=True) as user:
        await user.press("r")
        await user.sees("not started")
        await user.press("L")
        await user.sees("starts as a lsf job")
        await user.press("enter")
        await user.sees("RUN 9:58 left")
    assert len(lsf.requests) == 1


# Fields


@pytest.fixture
def fields(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> Path:
    """Three runs, and fields of theirs that are added by a row each."""
    for row in (
        metadata_field("gpus", FieldKind.NUMBER, "slurm.gpus"),
        metadata_field("queued", FieldKind.SPAN, title="waited"),
        metadata_field("site", FieldKind.NAME, offered=("home",)),
        metadata_field("due", FieldKind.MOMENT),
    ):
        monkeypatch.setitem(FIELDS, row.key, row)
    write_run(runs_dir, "r1", slurm={"gpus": 4}, queued=7200, site="north", due="2026-11-20T00:00:00Z")
    write_run(runs_dir, "r2", slurm={"gpus": 16}, queued=60, site="south", due="2026-11-21T00:00:00Z")
    write_run(runs_dir, "r3")
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    return runs_dir


def test_ls_shows_and_sorts_by_a_field(fields: Path, capsys) -> None:
    told = command_line(capsys, "ls", "--columns", "id,gpus,queued,site", "--sort", "gpus")
    assert [line.split() for line in told.splitlines()] == [
        ["r2", "16", "60", "south"],
        ["r1", "4", "7200", "north"],
        ["r3"],
    ]
    assert "checkpoints, gpus, queued, site, due" in " ".join(command_line(capsys, "ls", "--help").split())


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("gpus>4", ["r2"]),
        ("gpus:4,none", ["r1", "r3"]),
        ("queued>1h", ["r1"]),
        ("site:south", ["r2"]),
        ("site:none", ["r3"]),
        ("-site:n*", ["r2", "r3"]),
        ("due<2026-11-21", ["r1"]),
        ("due:none", ["r3"]),
    ],
)
def test_field_is_filtered_according_to_its_kind(fields: Path, capsys, query: str, found: list[str]) -> None:
    runs = json.loads(command_line(capsys, "ls", "--json", query))
    assert sorted(run["run_id"] for run in runs) == found


@pytest.mark.parametrize("query", ["gpus>many", "queued:7200", "site>north", "due>soon"])
def test_field_filter_refuses_values_of_another_kind(fields: Path, capsys, query: str) -> None:
    assert main(["ls", query]) == 2
    assert query.partition(">")[0].partition(":")[0] in capsys.readouterr().err


def test_a_field_is_exported(fields: Path, capsys) -> None:
    expected = {"gpus": 4, "queued": 7200, "site": "north", "due": "2026-11-20T00:00:00Z"}
    (listed,) = json.loads(command_line(capsys, "ls", "--json", "id:r1"))
    shown = json.loads(command_line(capsys, "show", "--json", "r1"))
    for run in (listed, shown):
        assert {key: run[key] for key in expected} == expected
    missing = json.loads(command_line(capsys, "show", "--json", "r3"))
    assert {key: missing[key] for key in expected} == dict.fromkeys(expected)


def test_field_and_its_values_are_completed(fields: Path, capsys) -> None:
    def offered(*words: str) -> list[str]:
        answer = command_line(capsys, "completion", "fish", "runtui", *words)
        return [line.partition("\t")[0] for line in answer.splitlines()[1:]]

    assert offered("ls", "gp") == ["gpus>"]
    assert offered("ls", "queu") == ["queued>"]
    assert offered("ls", "site:") == ["site:home"]
    assert "gpus" in offered("ls", "--columns", "g")
    assert "gpus" in offered("ls", "--sort", "g")


async def test_a_field_is_shown_and_filtered_in_the_browser(fields: Path) -> None:
    async with browsing(fields, (160, 40)) as user:
        await user.press("C")
        await user.press(*"queued", "space", "enter")
        await user.sees("waited")
        await user.sees("2h00m")
        await user.press("slash", *"queued>1h", "enter")
        await user.sees("1 of 3")


def test_runs_are_grouped_by_a_field(fields: Path) -> None:
    runs = list(scan_runs(str(fields), sources()))
    groups = {
        key: {run.name: group_key_of(key)(run).label for run in runs}
        for key in ("gpus", "queued", "site", "due")
    }
    assert groups["gpus"] == {"r1": "4", "r2": "16", "r3": "none"}
    assert groups["queued"] == {"r1": "under a day", "r2": "under an hour", "r3": "none"}
    assert groups["site"] == {"r1": "north", "r2": "south", "r3": "none"}
    assert {name: len(label) for name, label in groups["due"].items()} == {"r1": 10, "r2": 10, "r3": 4}


# Formats of configurations


@pytest.fixture
def decks(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> Path:
    """Two runs with a configuration in a format that is added by a row."""

    def read(text: str) -> Document | None:
        lines = [line.partition("=") for line in text.splitlines()]
        if not all(equals for _key, equals, _value in lines):
            return None
        return {key.strip(): scalar(value.strip()) for key, _equals, value in lines}

    monkeypatch.setitem(CONFIG_FORMATS, "deck", ConfigFormat(read, (".deck",), is_certain=True))
    for name, steps in (("r1", 10), ("r2", 20)):
        write_run(runs_dir, name)
        (runs_dir / name / "input.DECK").write_text(f"grid = 5\nsteps = {steps}\n")
    return runs_dir


def test_a_config_format_is_compared_key_by_key(decks: Path, capsys) -> None:
    told = json.loads(command_line(capsys, "compare", "-C", str(decks), "r1", "r2", "--json", "--all"))
    assert "input.DECK" in json.dumps(told)
    table = command_line(capsys, "compare", "-C", str(decks), "r1", "r2")
    assert ["steps", "10", "20"] in [line.split()[:3] for line in table.splitlines()]
    assert "grid" not in table


def test_config_refused_by_its_format_is_compared_line_by_line(decks: Path, capsys) -> None:
    (decks / "r1" / "input.DECK").write_text("grid\n")
    (decks / "r2" / "input.DECK").write_text("mesh\n")
    table = command_line(capsys, "compare", "-C", str(decks), "r1", "r2")
    assert ["line", "1", "grid", "mesh"] in [line.split() for line in table.splitlines()]


def test_config_format_is_filtered_sorted_and_shown(decks: Path, capsys) -> None:
    options = ("--columns", "id,steps,grid", "--sort", "steps")
    table = command_line(capsys, "ls", "-C", str(decks), "grid=5", *options)
    assert [line.split() for line in table.splitlines()] == [["r1", "10", "5"], ["r2", "20", "5"]]
    told = json.loads(command_line(capsys, "show", "-C", str(decks), "r1", "--json"))
    assert told["params"] == {"grid": "5", "steps": "10"}


# Layouts


class Cases:
    """A layout of directories with a file ``case.cfg``, whose only line is their status."""

    name = "cases"

    def recognises(self, entries: Entries) -> bool:
        return "case.cfg" in entries.files

    def metadata(self, run_dir: str, _entries: Entries) -> dict[str, Any]:
        status = Path(run_dir, "case.cfg").read_text().strip()
        return {"status": status, "description": "a case", "created_at": "2026-11-20T00:00:00Z", "steps": 9}

    def parameters(self, _run_dir: str, _entries: Entries) -> Mapping[str, Any]:
        return {"mesh": {"size": 7}}

    def evidence(self, _entries: Entries) -> None:
        return None

    def is_part(self, folder: str) -> bool:
        return folder == "mesh"


@pytest.fixture
def cases(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> Path:
    """A run, two directories of a layout that is added by a row, and one that nobody knows."""
    monkeypatch.setitem(LAYOUTS, "cases", Cases())
    monkeypatch.setenv("RUNTUI_RUNS_DIR", str(runs_dir))
    write_run(runs_dir, "own")
    (runs_dir / "own" / "case.cfg").write_text("failed")
    for name, status in (("c1", "completed"), ("c2", "failed")):
        (runs_dir / name).mkdir()
        (runs_dir / name / "case.cfg").write_text(status)
    (runs_dir / "unknown").mkdir()
    return runs_dir


def test_layout_rows_are_filtered_and_exported(cases: Path, capsys) -> None:
    found = json.loads(command_line(capsys, "ls", "--json", "layout:cases", "--sort", "id"))
    assert [(run["run_id"], run["status"], run["problem"]) for run in found] == [
        ("c1", "completed", None),
        ("c2", "failed", None),
    ]
    assert found[0]["created_at"] == "2026-11-20T00:00:00Z"
    for query in ("mesh.size>6", "steps=9", "layout:cases"):
        assert len(json.loads(command_line(capsys, "ls", "--json", query))) == 2
    assert json.loads(command_line(capsys, "show", "--json", "c1"))["description"] == "a case"


def test_layout_ignores_recorded_runs_and_unknown_directories(cases: Path, capsys) -> None:
    own, unknown = json.loads(command_line(capsys, "ls", "--json", "id:own,unknown", "--sort", "id"))
    assert (own["status"], own["problem"]) == ("completed", None)
    assert unknown["status"] is None
    assert unknown["problem"].startswith("no metadata.json")


def test_edits_override_the_values_of_a_layout(cases: Path) -> None:
    edit_tags(str(cases), ["own"], ["x"], [])
    (cases / "c1" / ".runtui").mkdir()
    shutil.copytree(cases / "own" / ".runtui", cases / "c1" / ".runtui", dirs_exist_ok=True)
    run = RunReader(str(cases), 1)
    run.edited = {"c1"}
    assert run.read("c1").tags == ("x",)


async def test_layout_rows_are_shown_and_filtered_in_the_browser(cases: Path) -> None:
    async with browsing(cases, (160, 40)) as user:
        await user.sees("a case")
        await user.press("slash", *"layout:cases", "enter")
        await user.sees("2 of 4")


# Formats of tables


class Pairs:
    """Rows of a binary table: a step and a loss of eight bytes each, after a line with the columns' names."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._data = b""
        self.columns: Sequence[str] = ()

    def look(self) -> bool:
        names, newline, data = Path(self._path).read_bytes().partition(b"\n")
        is_new = not data.startswith(self._data)
        self.columns, self._data = (names.decode().split() if newline else ()), data
        return is_new

    def __len__(self) -> int:
        return len(self._data) // 16

    def rows(self, first: int, count: int) -> Sequence[Sequence[str]]:
        pairs = struct.iter_unpack("<dd", self._data[16 * first : 16 * (first + count)])
        return [(f"{step:g}", repr(loss)) for step, loss in pairs]


def losses(steps: range) -> bytes:
    return b"".join(struct.pack("<dd", step, 1 / (1 + step)) for step in steps)


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch, runs_dir: Path) -> Path:
    """A run with a table in a format that is added by a row."""
    monkeypatch.setitem(TABLE_FORMATS, "pairs", TableFormat((".pairs",), Pairs))
    run = write_run(runs_dir, "r1")
    (run / "results").mkdir(exist_ok=True)
    (run / "results" / "fit.pairs").write_bytes(b"step loss\n" + losses(range(5000)))
    return runs_dir


def test_a_table_format_has_metrics_and_sparklines(pairs: Path, capsys) -> None:
    here = ["-C", str(pairs)]
    assert command_line(capsys, "ls", *here, "--columns", "metric:loss").strip() == repr(1 / 5000)
    write_run(pairs, "r2")
    (pairs / "r2" / "results").mkdir(exist_ok=True)
    (pairs / "r2" / "results" / "fit.pairs").write_bytes(b"step loss\n" + losses(range(10)))
    table = command_line(capsys, "compare", *here, "r1", "r2")
    assert ["fit.pairs", "loss", "0.0002", "0.1"] in [line.split()[:4] for line in table.splitlines()]


def test_metrics_of_a_table_format_follow_appends_and_rewrites(pairs: Path) -> None:
    run = pairs / "r1"
    session = ChartSession([("r1", str(run))])
    (metric,) = [metric for metric in session.choices() if metric.column == "loss"]
    metrics = open_metrics(str(run / metric.table))
    while metrics.look():
        pass
    assert (metrics.columns, metrics.count, metrics.is_complete) == (("step", "loss"), 5000, True)
    with open(run / metric.table, "ab") as file:
        file.write(losses(range(5000, 5010)))
    assert not metrics.look()
    assert list(metrics.series("step"))[-2:] == [5008.0, 5009.0]
    (run / metric.table).write_bytes(b"step loss\n" + losses(range(3, 5)))
    metrics.look()
    assert list(metrics.series("step")) == [3.0, 4.0]


async def test_a_table_format_is_shown_searched_and_followed_in_the_browser(pairs: Path) -> None:
    async with browsing(pairs, (120, 40)) as user:
        await user.press("f")
        await user.sees("fit.pairs")
        await user.press("enter")
        await user.sees("0.5")
        await user.press("G")
        await user.sees("4999")
        with open(pairs / "r1" / "results" / "fit.pairs", "ab") as file:
            file.write(losses(range(777_000, 777_001)))
        await user.sees("777000")
        await user.press("g")
        await user.sees("  1.0")
        await user.press("slash", *"^1234", "enter")
        await user.sees("row 1,235")
