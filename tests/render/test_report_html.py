"""The page of a report: whatever its texts and curves hold, it is a page, and they are text in it."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from runtui.render.report_html import chart_svg, report_html
from runtui.render.report_markdown import report_markdown
from runtui.results.charting import ChartRequest, Curve, Drawing, Metric
from runtui.results.curves import Piece
from runtui.results.report import DifferingParameter, FailedGroup, Report, ReportTable
from tests.cli.test_reporting import Page

HOSTILE = ("</style><script>", '" onload="x', "&lt;b&gt;", "]]>", "| a |")
TEXTS = st.text(max_size=30) | st.sampled_from(HOSTILE)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)


def drawing_of(label: str, points: list[tuple[float, float]]) -> Drawing:
    piece = Piece(tuple(x for x, _y in points), tuple(y for _x, y in points))
    curve = Curve(label, (piece,), points[-1][1], len(points), above=label)
    return Drawing(ChartRequest(Metric("m.csv", label)), (curve,), False)


def report_of(text: str) -> Report:
    return Report(
        title=text,
        query=text,
        written=text,
        total=1,
        statuses=((text, 1),),
        facts=((text, text),),
        table=ReportTable((text,), (False,), ((text,),), (text,), 0),
        differing=(DifferingParameter(text, text, 2, ((text, 1),)),),
        compared=1,
        drawings=((text, drawing_of(text, [(0.0, 0.0), (1.0, 2.0)])),),
        legend=(text,),
        failures=(FailedGroup(text, 1, text, (text,)),),
        notes=(text,),
    )


@given(TEXTS)
def test_no_text_becomes_an_element_or_an_attribute(text: str) -> None:
    page, plain = Page(report_html(report_of(text))), Page(report_html(report_of("x")))
    assert page.tags == plain.tags
    assert [name for name, _value in page.attributes] == [name for name, _value in plain.attributes]


@given(TEXTS)
def test_markdown_has_a_line_for_each_row(text: str) -> None:
    found, plain = report_markdown(report_of(text)), report_markdown(report_of("x"))
    rows = [line for line in found.splitlines() if line.startswith("| ")]
    assert len(rows) == len([line for line in plain.splitlines() if line.startswith("| ")])


@given(st.lists(st.tuples(FLOATS, FLOATS), min_size=1, max_size=20))
def test_curves_stay_in_their_picture(points: list[tuple[float, float]]) -> None:
    picture = ET.fromstring(chart_svg(drawing_of("a&b", points)))
    width, height = (float(number) for number in picture.attrib["viewBox"].split()[2:])
    spots = [spot for line in picture.iter("polyline") for spot in line.attrib["points"].split()]
    spots += [f"{dot.attrib['cx']},{dot.attrib['cy']}" for dot in picture.iter("circle")]
    assert len(spots) == len(points)
    for spot in spots:
        x, y = map(float, spot.split(","))
        assert math.isfinite(x)
        assert 0 <= x <= width
        assert 0 <= y <= height
