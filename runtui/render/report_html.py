"""A report as one HTML page that holds all it needs: no script, no link to anything elsewhere."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from html import escape

from runtui.results.charting import Curve, Drawing
from runtui.results.curves import number_text, ticks
from runtui.results.report import DifferingParameter, FailedGroup, Report, ReportTable

_OPEN_ROWS = 50
"""Runs that are shown before the others, which are folded."""

_WIDTH, _HEIGHT = 460, 240  # of a chart, in CSS pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 12, 10, 34  # its margins, in CSS pixels
_TICKS = 5  # of an axis, at most about
_COLOURS = 10  # of curves

_STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--dim:#5b6470;--line:#d9dee4;--soft:#f5f7f9;
--ok:#1a7f37;--bad:#cf222e;--live:#0969da;--warn:#8a5a00;
--c0:#0969da;--c1:#d1480b;--c2:#1a7f37;--c3:#8250df;--c4:#bf3989;--c5:#0a7a85;--c6:#8a6100;--c7:#57606a;
--c8:#a40e26;--c9:#3b5bdb}
@media (prefers-color-scheme:dark){:root{--bg:#0f1318;--fg:#e3e8ee;--dim:#98a3b0;--line:#2c343d;
--soft:#171d24;--ok:#4cc261;--bad:#ff7b72;--live:#6cb6ff;--warn:#e3b341;
--c0:#6cb6ff;--c1:#ff9a5a;--c2:#5fd07a;--c3:#c297ff;--c4:#ff80c0;--c5:#4fd3df;--c6:#e3b341;--c7:#b1bac4;
--c8:#ff7b72;--c9:#8da2ff}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1180px;padding:28px 24px 60px;background:var(--bg);color:var(--fg);
font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
h1{font-size:24px;margin:0 0 2px;font-weight:650;overflow-wrap:anywhere}
h2{font-size:17px;margin:36px 0 10px;font-weight:650;border-bottom:1px solid var(--line);padding-bottom:5px}
p{margin:6px 0}.dim{color:var(--dim)}
.cards{display:flex;flex-wrap:wrap;gap:10px;margin:18px 0 0}
.card{border:1px solid var(--line);border-radius:8px;padding:8px 16px 9px;background:var(--soft);
min-width:96px}
.card b{display:block;font-size:22px;font-weight:650;font-variant-numeric:tabular-nums}
.card span{color:var(--dim);font-size:13px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:13px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--dim);white-space:nowrap;border-bottom:1px solid var(--line)}
th,td{padding:4px 12px 4px 0;vertical-align:top}td{border-bottom:1px solid var(--soft);overflow-wrap:anywhere;
min-width:60px;max-width:420px}
.right{text-align:right;white-space:nowrap}
.nowrap{white-space:nowrap}
.ok{color:var(--ok)}.bad{color:var(--bad)}.live{color:var(--live)}.warn{color:var(--warn)}
code,pre{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:8px 10px;margin:6px 0;
white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:8px 0}summary{cursor:pointer;color:var(--live)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(360px,1fr));gap:18px}
figure{margin:0;break-inside:avoid}figcaption{font-weight:600;font-size:13px;margin-bottom:2px;
overflow-wrap:anywhere}
svg{width:100%;height:auto;display:block}
.axis{stroke:var(--dim)}.grid{stroke:var(--line)}
text{fill:var(--dim);font-size:11px;font-family:inherit}
.legend{display:flex;flex-wrap:wrap;gap:3px 20px;margin:0 0 12px;padding:0;list-style:none;font-size:13px}
.legend i{display:inline-block;width:16px;height:3px;border-radius:2px;vertical-align:middle;margin-right:6px}
.group{margin:14px 0 18px;break-inside:avoid}.group b{font-weight:600}
@media print{:root{--bg:#fff;--fg:#000;--soft:#fff;--dim:#444}body{max-width:none;padding:0;font-size:11px}
table{font-size:9.5px}h2{break-after:avoid}tr{break-inside:avoid}thead{display:table-header-group}
.card{padding:4px 10px}.charts{grid-template-columns:1fr 1fr}}
"""

_CLASSES = {"completed": "ok", "failed": "bad", "lost": "bad", "running": "live", "running?": "warn"}


def report_html(report: Report) -> str:
    """Return a report as an HTML page."""
    title = _text(f"Runs in {report.title}")
    parts = [
        "<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        "style-src 'unsafe-inline'\">",
        f"<title>{title}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{title}</h1>",
        f"<p class=dim>{_text(_subtitle(report))}</p>",
        _cards(report),
        *_failures(report.failures),
        *_charts(report.drawings, report.legend),
        *_differing(report.differing, report.compared, report.total),
        "<h2>Runs</h2>",
        *_table(report.table),
    ]
    if report.notes:
        parts.append("<h2>Not in this report</h2><ul>")
        parts += [f"<li>{_text(note)}</li>" for note in report.notes]
        parts.append("</ul>")
    parts.append("</body></html>\n")
    return "\n".join(parts)


def _subtitle(report: Report) -> str:
    query = f" that match {report.query}" if report.query else ""
    return f"{report.total:,} run{'' if report.total == 1 else 's'}{query} · written {report.written}"


def _text(text: str) -> str:
    return escape(text, quote=True)


def _cards(report: Report) -> str:
    figures = [(f"{count:,}", status, _CLASSES.get(status, "")) for status, count in report.statuses]
    figures += [(value, name, "") for name, value in report.facts]
    cards = (
        f'<div class=card><b class="{kind}">{_text(value)}</b><span>{_text(name)}</span></div>'
        for value, name, kind in figures
    )
    return f"<div class=cards>{''.join(cards)}</div>"


def _failures(groups: Sequence[FailedGroup]) -> Iterable[str]:
    if not groups:
        return
    yield "<h2>Failures by reason</h2>"
    for group in groups:
        more = f" and {group.count - len(group.runs):,} more" if group.count > len(group.runs) else ""
        line = f"<pre>{_text(group.line)}</pre>" if group.line != group.title else ""
        names = " ".join(f"<code>{_text(name)}</code>" for name in group.runs)
        yield (
            f"<div class=group><b><span class=bad>{group.count:,}×</span> {_text(group.title)}</b>"
            f"{line}<div class=dim>{names}{more}</div></div>"
        )


def _differing(found: Sequence[DifferingParameter], compared: int, total: int) -> Iterable[str]:
    if not found:
        return
    yield "<h2>Parameters that differ</h2>"
    if compared < total:
        yield f"<p class=dim>of the first {compared:,} runs</p>"
    yield "<div class=wide><table><thead><tr><th>parameter<th class=right>values"
    yield "<th>most frequent</tr></thead>"
    for one in found:
        values = ", ".join(f"{value} ({count:,}×)" if count > 1 else value for value, count in one.values)
        more = ", …" if one.is_cut else ""
        yield (
            f"<tr><td><code>{_text(one.key)}</code><td class=right>{one.distinct:,}"
            f"<td>{_text(values)}{more}</tr>"
        )
    yield "</table></div>"


def _table(table: ReportTable) -> Iterable[str]:
    heads = "".join(
        f"<th{' class=right' if is_right else ''}>{_text(title)}"
        for title, is_right in zip(table.titles, table.is_right, strict=True)
    )
    head = f"<div class=wide><table><thead><tr>{heads}</tr></thead>"
    rows = [
        _row(cells, status, table.is_right) for cells, status in zip(table.rows, table.statuses, strict=True)
    ]
    yield head
    yield from rows[:_OPEN_ROWS]
    yield "</table></div>"
    if len(rows) > _OPEN_ROWS:
        yield f"<details><summary>{len(rows) - _OPEN_ROWS:,} more runs</summary>{head}"
        yield from rows[_OPEN_ROWS:]
        yield "</table></div></details>"
    if table.left_out:
        yield f"<p class=dim>{table.left_out:,} further runs are not listed</p>"


def _row(cells: Sequence[str], status: str, is_right: Sequence[bool]) -> str:
    kind = _CLASSES.get(status, "")
    shown = []
    for place, (cell, right) in enumerate(zip(cells, is_right, strict=True)):
        name = "right" if right else f"nowrap {kind}".strip() if not place else ""
        shown.append(f'<td class="{name}">{_text(cell)}' if name else f"<td>{_text(cell)}")
    return f"<tr>{''.join(shown)}</tr>"


def _charts(drawings: Sequence[tuple[str, Drawing]], legend: Sequence[str]) -> Iterable[str]:
    if not drawings:
        return
    yield "<h2>Metrics</h2><ul class=legend>"
    for place, label in enumerate(legend):
        colour = f"var(--c{place % _COLOURS})"
        yield f'<li><i style="background:{colour}"></i><code>{_text(label)}</code></li>'
    yield "</ul><div class=charts>"
    for title, drawing in drawings:
        yield f"<figure><figcaption>{_text(title)}</figcaption>{chart_svg(drawing)}</figure>"
    yield "</div>"


def chart_svg(drawing: Drawing) -> str:
    """Return a chart as an SVG picture, to stand in a page; colours are the page's."""
    points = [
        (x, y)
        for curve in drawing.curves
        for piece in curve.pieces
        for x, y in zip(piece.xs, piece.ys, strict=True)
        if math.isfinite(x) and math.isfinite(y)
    ]
    if not points:
        return ""
    low_x, high_x = _span([x for x, _y in points])
    low_y, high_y = _span([y for _x, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        # Divided first, because the difference of two very large numbers may be none.
        across = (x / 2 - low_x / 2) / (high_x / 2 - low_x / 2)
        up = (y / 2 - low_y / 2) / (high_y / 2 - low_y / 2)
        return (
            _LEFT + across * (_WIDTH - _LEFT - _RIGHT),
            _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM),
        )

    parts = [f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">']
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for tick in ticks(low_y, high_y, _TICKS):
        _x, y = place(low_x, tick.place)
        parts.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        label = _text(tick.label)
        parts.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for tick in ticks(low_x, high_x, _TICKS):
        x, _y = place(tick.place, low_y)
        anchor = "end" if x > right - 20 else "middle"
        label = _text(tick.label)
        parts.append(f'<text x="{x:.1f}" y="{bottom + 15}" text-anchor="{anchor}">{label}</text>')
    above = next((curve.above for curve in drawing.curves if curve.above), "")
    middle = (_LEFT + right) / 2
    parts.append(f'<text x="{middle:.0f}" y="{_HEIGHT - 4}" text-anchor="middle">{_text(above)}</text>')
    parts.append(f'<line class="axis" x1="{_LEFT}" y1="{bottom}" x2="{right}" y2="{bottom}"/>')
    for number, curve in enumerate(drawing.curves):
        parts += _curve(curve, f"var(--c{number % _COLOURS})", place)
    parts.append("</svg>")
    return "".join(parts)


def _curve(curve: Curve, colour: str, place: object) -> Iterable[str]:
    assert callable(place)
    last = "" if curve.last is None else f": {number_text(curve.last)} at the end"
    title = f"<title>{_text(curve.run + last)}</title>"
    for piece in curve.pieces:
        spots = [place(x, y) for x, y in zip(piece.xs, piece.ys, strict=True)]
        if len(spots) == 1:
            x, y = spots[0]
            yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" style="fill:{colour}">{title}</circle>'
            continue
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        style = f"fill:none;stroke:{colour};stroke-width:1.6;stroke-linejoin:round"
        yield f'<polyline points="{line}" style="{style}">{title}</polyline>'


def _span(values: Sequence[float]) -> tuple[float, float]:
    """Return the least and the greatest value, apart from one another."""
    low, high = min(values), max(values)
    if low / 2 < high / 2 and high / 2 - low / 2 > abs(high) * 1e-12:
        return low, high
    margin = abs(low) * 0.1 or 1.0
    most = sys.float_info.max
    return max(low - margin, -most), min(high + margin, most)
