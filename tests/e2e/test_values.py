"""One reading of a value in every place that shows it, filters by it or counts it."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from runtui.catalog.grouping import group_key_of
from runtui.catalog.sync.digests import digested
from runtui.cli import main
from runtui.operations.triage import Triage
from runtui.results.charting import ChartRequest, ChartSession, Metric
from runtui.store.rows import read_record
from runtui.store.timestamps import timestamp_now
from tests.run_dirs import write_log, write_raw, write_run

Ask = Callable[..., str]
"""Runs a command about the runs directory, and returns what it prints."""


@pytest.fixture
def ask(runs_dir: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    def ask(command: str, *arguments: str, code: int = 0) -> str:
        assert main([command, "-C", str(runs_dir), *arguments]) == code
        output = capsys.readouterr()
        return output.out + output.err

    return ask


# The status


@pytest.mark.parametrize("spelling", ["FAILED", "Failed", " failed "])
def test_status_ignores_case_and_spaces_everywhere(runs_dir: Path, ask: Ask, spelling: str) -> None:
    write_run(runs_dir, "gas", status=spelling)
    write_run(runs_dir, "fluid")
    for query in (
        "status:failed",
        f"status:{spelling.strip()}",
        "is:failed",
        "is:ended -status:completed",
        "failed",
    ):
        assert ask("ls", query, "--columns", "id").split() == ["gas"]
    assert ask("ls", "gas", "--columns", "status").split() == ["✗", "failed"]
    assert json.loads(ask("ls", "gas", "--json"))[0]["status"] == "failed"
    assert ask("show", "gas").startswith("✗ failed")
    write_run(runs_dir, "same", status="failed")
    assert "status" not in ask("compare", "gas", "same")
    run = read_record(str(runs_dir), "gas")
    assert group_key_of("status")(run).label == "failed"
    assert Triage(lambda _name: False, lambda name: (str(runs_dir), name)).is_open(run)  # type: ignore[arg-type,return-value]


def test_live_run_with_a_capitalised_status_is_not_cleaned_up(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", status="Running", created="2020-01-01T00:00:00Z", hostname="far")
    assert ask("ls", "is:live", "--columns", "id").split() == ["gas"]
    assert "it is running" in ask("clean", "id:gas", "--dry-run")


def test_run_without_a_status_is_unknown_not_broken(runs_dir: Path, ask: Ask) -> None:
    write_raw(runs_dir, "bare", b'{"run_id": "bare", "created_at": "2026-11-01T00:00:00Z"}')
    write_raw(runs_dir, "null", b'{"run_id": "null", "created_at": "2026-11-02T00:00:00Z", "status": null}')
    assert ask("ls", "--columns", "status").splitlines() == ["? unknown"] * 2
    for query in ("status:unknown", "status:none", "has:problem"):
        assert ask("ls", query, "--columns", "id").split() == ["null", "bare"]
    assert "bare" not in ask("ls", "is:broken", "--columns", "id")
    assert json.loads(ask("ls", "bare", "--json"))[0]["status"] == "unknown"
    shown = ask("show", "bare")
    assert shown.startswith("? unknown")
    assert "status is missing" in shown


def test_malformed_run_is_broken_in_column_and_filter(runs_dir: Path, ask: Ask) -> None:
    write_raw(runs_dir, "torn", b"[]")
    write_run(runs_dir, "gas")
    assert ask("ls", "torn", "--columns", "status").strip() == "! broken"
    for query in ("is:broken", "status:broken"):
        assert ask("ls", query, "--columns", "id").split() == ["torn"]


def test_dangling_link_is_not_a_broken_run(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas")
    (runs_dir / "old").symlink_to(runs_dir.parent / "scratch" / "old")
    assert ask("ls", "is:broken", "--columns", "id") == "runtui: no run matches is:broken\n"
    status, description = ask("ls", "id:old", "--columns", "status,description").split("  ", 1)
    assert status == "! dangling"
    assert f"a link to {runs_dir.parent}/scratch/old, which leads nowhere" in description
    assert ask("ls", "status:dangling", "--columns", "id").split() == ["old"]


def test_metadata_that_is_a_link_to_nothing_is_dangling_and_not_the_latest(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", created="2026-01-01T00:00:00Z")
    (runs_dir / "new").mkdir()
    (runs_dir / "new" / "metadata.json").symlink_to("/scratch/gone/metadata.json")
    status, description = ask("ls", "id:new", "--columns", "status,description").split("  ", 1)
    assert status == "! dangling"
    assert description.strip() == "metadata.json links to /scratch/gone/metadata.json, which does not exist"
    assert ask("ls", "latest", "--columns", "id").split() == ["gas"]
    assert ask("path", "latest").strip().endswith("/gas")


# The reason


def test_typed_reason_is_used_everywhere(runs_dir: Path, ask: Ask) -> None:
    gas = write_run(runs_dir, "gas", status="failed", error="solver gave up")
    write_log(gas, "slurmstepd: error: Detected 1 oom_kill event\n")
    assert ask("ls", "reason:oom", "--columns", "id").split() == ["gas"]
    ask("mark", "gas", "failed", "--reason", "wrong field in the input")
    assert ask("ls", "--columns", "reason").strip() == "wrong field in the input"
    assert ask("show", "gas").splitlines()[1] == "wrong field in the input"
    assert ask("logs", "gas", "--errors").splitlines()[0] == "wrong field in the input"
    assert ask("ls", 'reason:"wrong field"', "--columns", "id").split() == ["gas"]
    for query in ("reason:oom", "reason:solver", "reason:oom_kill"):
        assert "gas" not in ask("ls", query, "--columns", "id")
    assert json.loads(ask("ls", "--json"))[0]["reason"]["line"] == "wrong field in the input"
    run = digested(str(runs_dir), read_record(str(runs_dir), "gas", is_edited=True))
    assert group_key_of("reason")(run).label == "wrong field in the input"
    ask("undo", "gas")
    assert ask("ls", "reason:oom", "--columns", "id").split() == ["gas"]


def test_kind_of_a_typed_reason_is_inferred_from_its_words(runs_dir: Path, ask: Ask) -> None:
    for name, reason in (("a", "oom again"), ("b", "no space left on device"), ("c", "bad mesh")):
        write_run(runs_dir, name, status="failed")
        ask("mark", name, "failed", "--reason", reason)
    assert ask("ls", "reason:oom", "--columns", "id").split() == ["a"]
    assert ask("ls", "reason:disk", "--columns", "id").split() == ["b"]
    assert ask("ls", "reason:error", "--columns", "id").split() == ["c"]


def test_typed_reason_applies_to_any_status_until_the_next_mark(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", status="failed")
    assert ask("mark", "gas", "completed", "--reason", "good enough").startswith(
        'gas: status "failed" → "completed", reason (nothing) → "good enough"'
    )
    assert ask("ls", "reason:good", "--columns", "reason").strip() == "good enough"
    assert "good enough" in ask("show", "gas").splitlines()[1]
    assert json.loads(ask("ls", "--json"))[0]["reason"]["line"] == "good enough"
    ask("mark", "gas", "checkpointed")
    assert ask("ls", "--columns", "reason").strip() == ""


def test_what_the_log_says_stands_beside_a_reason_that_is_not_in_it(runs_dir: Path, ask: Ask) -> None:
    gas = write_run(runs_dir, "gas", status="failed")
    write_log(gas, "slurmstepd: error: Detected 1 oom_kill event\n")
    ask("mark", "gas", "failed", "--reason", "wrong field in the input")
    assert ask("show", "gas").splitlines()[1:4] == [
        "wrong field in the input",
        "  its log says: slurmstepd: error: Detected 1 oom_kill event",
        "  in logs/simulation.log",
    ]


def test_both_reasons_are_shown_where_the_program_failed_again(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", status="failed", error="gave up")
    ask("mark", "gas", "failed", "--reason", "wrong mesh")
    write_run(runs_dir, "gas", status="failed", error="out of memory", completed_at=timestamp_now())
    assert ask("ls", "--columns", "reason").strip() == "oom: out of memory"
    assert ask("show", "gas").splitlines()[1:3] == ["oom: out of memory", "typed before that: wrong mesh"]
    write_run(runs_dir, "gas", status="running", started_at=timestamp_now())
    assert "typed before that: wrong mesh" in ask("show", "gas")


# A metric's last value


def test_last_metric_value_agrees_in_column_comparison_and_chart(runs_dir: Path, ask: Ask) -> None:
    for name, val_loss in (("gas", "0.61"), ("fluid", "0.42")):
        run = write_run(runs_dir, name)
        (run / "results" / "m.csv").write_text(f"epoch,train_loss,val_loss\n0,,{val_loss}\n0,0.25,\n")
    (row,) = (line.split() for line in ask("compare", "gas", "fluid").splitlines() if "val_loss" in line)
    assert row[-2:] == ["0.61", "0.42"]
    assert ask("ls", "gas", "--columns", "metric:val_loss").strip() == "0.61"
    chart = ChartSession([("gas", str(runs_dir / "gas"))])
    drawing = chart.draw(ChartRequest(Metric("results/m.csv", "val_loss")))
    assert drawing is not None
    assert drawing.curves[0].last == 0.61


# Dates


def test_future_date_is_labelled(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", status="running", created="2096-03-01T10:00:00Z", hostname="far")
    (created,) = (line for line in ask("show", "gas").splitlines() if line.startswith("created"))
    assert "2096-03-01" in created
    assert "in the future" in created
    assert "ago" not in created
    assert ask("ls", "--columns", "created,duration").strip().startswith("in ")
    assert json.loads(ask("ls", "--json"))[0]["duration"] is None


# Text


@pytest.mark.parametrize(("stored", "asked"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_text_matches_in_any_unicode_normalisation(runs_dir: Path, ask: Ask, stored: str, asked: str) -> None:
    def there(text: str) -> str:
        return unicodedata.normalize(stored, text)

    def here(text: str) -> str:
        return unicodedata.normalize(asked, text)

    run = write_run(
        runs_dir,
        there("größe"),
        description=there("Wärme im Stab"),
        tags=[there("geprüft")],
        user=there("rené"),
        **{there("kühlung"): {there("maß"): 3}, "art": there("zäh")},
    )
    (run / "results" / "m.csv").write_text(there("zeit,wärme\n0,1\n1,2\n"))
    write_run(runs_dir, "other")
    for query in (
        "wärme",
        "WÄRME*stab",
        'description:"wärme im"',
        "tag:geprüft",
        "user:René",
        "id:größe",
        "kühlung.maß>2",
        "art:zäh",
        "art=ZÄH",
    ):
        found = unicodedata.normalize("NFC", ask("ls", here(query), "--columns", "id"))
        assert found.split() == ["größe"], query
    assert ask("ls", "art:z*", "--columns", here("metric:wärme")).strip() == "2.0"
    assert unicodedata.normalize("NFC", ask("show", here("größe"))).startswith("✓ completed  Wärme im Stab")
    assert "unchanged" in ask("tag", here("grö"), here("+geprüft"))
    ask("tag", here("grö"), here("-geprüft"))
    assert "no run matches" in ask("ls", here("tag:geprüft"), "--columns", "id")


def test_unicode_equivalent_values_form_one_group_without_differences(runs_dir: Path, ask: Ask) -> None:
    for name, form in (("a", "NFC"), ("b", "NFD")):
        write_run(
            runs_dir,
            name,
            created="2026-11-01T00:00:00Z",
            description="same",
            **{unicodedata.normalize(form, "größe"): unicodedata.normalize(form, "zäh")},
        )
    key_of = group_key_of("größe")
    keys = {key_of(read_record(str(runs_dir), name, keys=frozenset({"größe"}))) for name in ("a", "b")}
    assert [key.label for key in keys] == ["zäh"]
    assert ask("compare", "a", "b").strip() == "no differences"


def test_each_of_seventy_tags_is_found(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", tags=[f"t{number}" for number in range(70)])
    for number in (0, 63, 64, 65, 69):
        for query in (f"tag:t{number}", f"tag=T{number}", f"t{number}"):
            assert ask("ls", query, "--columns", "id").split() == ["gas"], query
    assert "t69" in ask("show", "gas").split()
    assert len(json.loads(ask("ls", "--json"))[0]["tags"]) == 70


# What cannot be answered


def test_metric_sort_puts_runs_without_a_value_last(runs_dir: Path, ask: Ask) -> None:
    for name, loss in (("a", "0.5"), ("b", "0.1"), ("c", "0.9"), ("d", "nan"), ("e", "")):
        run = write_run(runs_dir, name)
        (run / "results" / "m.csv").write_text(f"step,loss\n0,{loss and 1}\n1,{loss}\n")
    assert ask("ls", "--sort=metric:loss", "--columns", "id").split() == ["b", "a", "c", "d", "e"]
    assert ask("ls", "--sort=-metric:loss", "--columns", "id").split() == ["c", "a", "b", "d", "e"]
    listed = json.loads(ask("ls", "--sort=metric:loss", "--limit", "1", "--json"))
    assert [run["values"] for run in listed] == [{"metric:loss": 0.1}]
    assert json.loads(ask("ls", "id:c", "--columns", "metric:loss", "--json"))[0]["values"] == {
        "metric:loss": 0.9
    }


def test_filter_by_a_metric_reads_its_value(runs_dir: Path, ask: Ask) -> None:
    for name, losses in (("a", "0.5,0.2"), ("b", "0.9,0.1"), ("c", "0.3,nan"), ("d", "")):
        run = write_run(runs_dir, name)
        rows = [f"{step},{loss}" for step, loss in enumerate(losses.split(",")) if loss]
        (run / "results" / "m.csv").write_text("\n".join(["step,val loss", *rows]) + "\n")
    for query, names in (
        ('metric:"val loss"<0.15', ["b"]),
        ('metric:"val loss"=nan', ["c"]),
        ('-metric:"val loss"<0.15', ["a", "c", "d"]),
        ('metric:"val loss".min<0.4', ["a", "b", "c"]),
        ('metric:"val loss".max>0.6', ["b"]),
        ('metric:"val loss".argmin=0', ["c"]),
        ('metric:"val loss".mean=0.5', ["b"]),
        ('metric:"val loss"<0.15 or id:a', ["a", "b"]),
    ):
        assert ask("ls", query, "--columns", "id", "--sort=id").split() == names, query
    listed = json.loads(ask("ls", 'metric:"val loss".first>0.8', "--json"))
    assert [run["values"] for run in listed] == [{"metric:val loss.first": 0.9}]


def test_list_is_printed_for_other_programs(runs_dir: Path, ask: Ask) -> None:
    for name, loss in (("a", 1 / 3), ("b", 0.1)):
        run = write_run(runs_dir, name, description="=1+1, see mail", status="failed", note="x")
        (run / "results" / "m.csv").write_text(f"step,loss\n0,1\n1,{loss}\n")
    asked = ("ls", "--columns", "id,status,description,metric:loss", "--sort=metric:loss")
    assert ask(*asked, "--csv").splitlines() == [
        "id,status,description,loss",
        'b,failed,"\'=1+1, see mail",0.1',
        'a,failed,"\'=1+1, see mail",0.3333333333333333',
    ]
    assert ask(*asked, "--tsv").splitlines()[1] == "b\tfailed\t'=1+1, see mail\t0.1"
    assert ask(*asked, "--markdown").splitlines()[:3] == [
        "| id | status | description | loss |",
        "| --- | --- | --- | --- |",
        "| b | failed | =1+1, see mail | 0.1 |",
    ]
    assert ask("ls", "none:1", "--csv", "--columns", "id").splitlines()[0] == "id"


def test_unknown_sort_keys_are_refused(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas", beta=3)
    for arguments, words in (
        (["--sort=nosuch"], "cannot sort by nosuch, no run has it"),
        (["--sort=-metric:nosuch"], "cannot sort by metric:nosuch, no run has it"),
        (["--sort=is"], "cannot sort by is, no run has it"),
    ):
        said = ask("ls", *arguments, code=2)
        assert said.count("\n") == 1
        assert said.startswith("runtui: ")
        assert words in said
    assert ask("ls", "--sort=beta", "--columns", "id").split() == ["gas"]


def test_ls_reports_keys_that_no_run_has(runs_dir: Path, ask: Ask) -> None:
    write_run(runs_dir, "gas")
    assert ask("ls", "nosuch>3").strip() == "runtui: no run has a value for nosuch"
    assert ask("ls", "-nosuch:3", "--columns", "id").splitlines() == [
        "gas",
        "runtui: no run has a value for nosuch",
    ]
    assert ask("ls", "--columns", "id,metric:nosuch").splitlines() == [
        "gas",
        "runtui: no run listed has a value for metric:nosuch",
    ]
    assert ask("ls", "hots:x").strip() == "runtui: no run has a value for hots: did you mean host?"
    assert ask("ls", "plasma").strip() == "runtui: no run matches plasma"


def test_ls_latest_lists_the_latest_run(runs_dir: Path, ask: Ask) -> None:
    assert "no runs in this directory yet" in ask("ls", "latest", code=1)
    write_run(runs_dir, "old", created="2026-11-01T00:00:00Z", description="the latest try")
    write_run(runs_dir, "new", created="2026-11-02T00:00:00Z")
    assert ask("ls", "latest", "--columns", "id").split() == ["new"]
    assert ask("ls", '"latest"', "--columns", "id").split() == ["old"]
    assert ask("ls", "latest", "status:failed").strip() == "runtui: no run matches latest status:failed"


# Values that cannot be read


@pytest.fixture
def betas(runs_dir: Path) -> Path:
    """Three runs with a parameter and a metric, which cannot be read of `b` and of `c`."""
    for number, name in enumerate("abc", 1):
        run = write_run(runs_dir, name, created=f"2026-01-0{number}T00:00:00Z")
        (run / "run_params.json").write_text(json.dumps({"beta": number}))
        (run / "results" / "m.csv").write_text(f"step,loss\n1,0.{number}\n")
    (runs_dir / "b" / "run_params.json").write_text('{"beta": 2')
    (runs_dir / "c" / "results" / "m.csv").unlink()
    (runs_dir / "c" / "results").rmdir()
    (runs_dir / "c" / "results").write_text("a file\n")
    return runs_dir


BETA = "runtui: beta is unreadable in 1 of 3 runs (b: run_params.json is not valid JSON (line 1, column 11))"
LOSS = "runtui: metric:loss is unreadable in 1 of 3 runs (c: results/ cannot be read: Not a directory)"


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("beta:1", ["a"]),
        ("-beta:1", ["c"]),
        ("beta!=1", ["c"]),
        ("beta>0", ["c", "a"]),
        ("beta=none", []),
        ("-beta=none", ["c", "a"]),
        ('-"beta":3', ["a"]),
    ],
)
def test_an_unreadable_value_is_neither_equal_nor_different(
    betas: Path, capsys: pytest.CaptureFixture[str], query: str, found: list[str]
) -> None:
    assert main(["ls", "-C", str(betas), query, "--columns", "id"]) == 0
    output = capsys.readouterr()
    assert output.out.split() == found
    assert output.err.splitlines() == [BETA] + ([] if found else [f"runtui: no run matches {query}"])


def test_unreadable_values_are_said_in_columns_and_json(
    betas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ls", "-C", str(betas), "--columns", "id,beta,metric:loss"]) == 0
    output = capsys.readouterr()
    assert [line.split() for line in output.out.splitlines()] == [
        ["c", "3", "unreadable"],
        ["b", "unreadable", "0.2"],
        ["a", "1", "0.1"],
    ]
    assert output.err.splitlines() == [BETA, LOSS]
    assert main(["ls", "-C", str(betas), "--columns", "id,beta", "--json"]) == 0
    unread = {run["run_id"]: run["unread_values"] for run in json.loads(capsys.readouterr().out)}
    assert unread == {
        "a": {},
        "b": {"beta": "run_params.json is not valid JSON (line 1, column 11)"},
        "c": {},
    }


def test_runs_of_which_the_sort_value_cannot_be_read_come_last(
    betas: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for sort, order, said in (
        ("beta", "a c b", BETA),
        ("-beta", "c a b", BETA),
        ("metric:loss", "a b c", LOSS),
        ("-metric:loss", "b a c", LOSS),
    ):
        assert main(["ls", "-C", str(betas), f"--sort={sort}", "--columns", "id"]) == 0
        output = capsys.readouterr()
        assert output.out.split() == order.split()
        assert output.err.splitlines() == [said]


@pytest.mark.parametrize("sort", ["beta", "metric:loss"])
def test_what_no_run_can_be_sorted_by_is_unreadable_and_not_missing(
    runs_dir: Path, capsys: pytest.CaptureFixture[str], sort: str
) -> None:
    run = write_run(runs_dir, "a")
    (run / "run_params.json").write_text("{")
    (run / "results").rmdir()
    (run / "results").write_text("a file\n")
    assert main(["ls", "-C", str(runs_dir), f"--sort={sort}"]) == 2
    assert capsys.readouterr().err.startswith(
        f"runtui: cannot sort: {sort} is unreadable in 1 of 1 runs (a: "
    )
    assert main(["ls", "-C", str(runs_dir), f"{sort}:1" if sort == "beta" else "a"]) == 0
    assert "no run has" not in capsys.readouterr().err
