"""`runtui report`: what the page holds, that it is whole by itself, and what is refused."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runtui.cli import main
from tests.run_dirs import write_run

HOSTILE = '<script>alert(1)</script><img src=x onerror="x">\x1b[31m&amp;'


class Page(HTMLParser):
    """The elements and the text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.text += data


def write_runs(base: Path, count: int = 3) -> None:
    for number in range(count):
        status = "failed" if number == 1 else "completed"
        run = write_run(base, f"run-{number}", status=status, description=f"{HOSTILE} {number}")
        (run / "run_params.json").write_text(json.dumps({"beta": number, "same": 1, "name": HOSTILE}))
        (run / "results" / "m.csv").write_text(
            "step,loss\n" + "".join(f"{n},{n * number}\n" for n in range(9))
        )
        if number == 1:
            (run / "logs" / "output.log").write_text(f"ValueError: {HOSTILE}\n")


def report(base: Path, name: str, *words: str) -> str:
    path = base.parent / name
    assert main(["report", "-C", str(base), "-o", str(path), *words]) == 0
    return path.read_text()


def test_page_tells_what_there_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = tmp_path / "runs"
    write_runs(base)
    text = report(base, "r.html")
    page = Page(text)
    assert f"wrote {tmp_path / 'r.html'}: 3 runs, " in capsys.readouterr().out
    for told in ("3 runs", "Failures by reason", "ValueError", "Parameters that differ", "beta", "loss"):
        assert told in page.text
    assert "same" not in page.text
    assert page.tags.count("polyline") == 3
    assert "beta=2" in page.text


def test_page_is_whole_by_itself_and_hostile_text_is_text(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    write_runs(base)
    text = report(base, "r.html")
    page = Page(text)
    assert not {"script", "img", "link", "iframe", "a", "object", "image", "use"} & set(page.tags)
    assert not [name for name, _value in page.attributes if name.startswith("on") or name in ("src", "href")]
    assert "<script>alert(1)</script>" in page.text
    assert "\x1b" not in text
    assert "http:" not in text
    assert "https:" not in text


def test_query_order_and_columns(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    write_runs(base)
    words = ("beta>=1", "--sort=beta", "--columns", "id,beta,metric:loss")
    text = report(base, "r.md", *words)
    rows = [line for line in text.splitlines() if line.startswith("| run")]
    assert rows[-2:] == ["| run-1 | 1 | 8.0 |", "| run-2 | 2 | 16.0 |"]
    assert "<script>" not in text


def test_many_runs_are_folded(tmp_path: Path) -> None:
    base = tmp_path / "runs"
    for number in range(60):
        write_run(base, f"run-{number}", status="completed")
    page = Page(report(base, "r.html"))
    assert "10 more runs" in page.text
    assert page.tags.count("details") == 1


def test_file_is_not_replaced_without_force(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    base = tmp_path / "runs"
    write_runs(base)
    (tmp_path / "r.html").write_text("mine")
    assert main(["report", "-C", str(base), "-o", str(tmp_path / "r.html")]) == 1
    assert "r.html is there already: add --force to replace it" in capsys.readouterr().err
    assert (tmp_path / "r.html").read_text() == "mine"
    assert report(base, "r.html", "--force").startswith("<!DOCTYPE html>")


def test_other_endings_and_unwritable_places_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = tmp_path / "runs"
    write_runs(base)
    assert main(["report", "-C", str(base), "-o", str(tmp_path / "r.pdf")]) == 2
    assert main(["report", "-C", str(base), "-o", str(tmp_path / "no" / "r.md")]) == 1
    assert "cannot write" in capsys.readouterr().err


def test_report_of_no_runs(tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    assert "0 runs" in Page(report(tmp_path / "runs", "r.html")).text
    assert "0 runs" in report(tmp_path / "runs", "r.md")
