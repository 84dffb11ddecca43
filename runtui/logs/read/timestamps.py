"""Time stamps of log lines, in the forms that programs write."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_LOOKED_AT = 160  # characters of a line
_DAY = 86400.0  # seconds
_LATER = 3600.0  # seconds: clocks of other hosts, and a line being written while we look
_EARLIEST, _LATEST = 631152000.0, 4102444800.0  # 1990 and 2100: other numbers are no epoch seconds

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_MONTH = f"(?P<name>{'|'.join(_MONTHS)})"

_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)(?:[.,](?P<fraction>\d{1,9}))?"
_ZONE = r"(?:\s?(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2}))?"
_RANK = r"(?:\[\d+,\d+\]<std(?:out|err)>: ?|\[(?:rank )?\w*\d+\]:? ?|\s{0,6}\d{1,6}: |\w+-?\d+: )?"

_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"(?<!\d)(?P<year>\d{{4}})[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)[T ,_]\s?{_CLOCK}{_ZONE}",
        rf"(?<!\d)(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)[T _-]{_CLOCK}{_ZONE}",
        r"(?<!\d)(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>[01]\d|2[0-3])(?P<minute>[0-5]\d)"
        rf"(?P<second>[0-5]\d)(?:\.(?P<fraction>\d{{1,9}}))?{_ZONE}",
        rf"(?<!\d)(?P<day>\d\d?)[/ -]{_MONTH}[/ -](?P<year>\d{{4}})[: ]{_CLOCK}{_ZONE}",
        rf"{_MONTH} {{1,2}}(?P<day>\d\d?),? {_CLOCK}"
        r"(?: (?:[A-Z]{3,4} )?(?P<year>\d{4})(?!\d))?",
        rf"(?<!\d)(?P<short>\d\d)/(?P<month>\d\d)/(?P<day>\d\d) {_CLOCK}",
        rf"^{_RANK}[IWEF](?P<month>[01]\d)(?P<day>[0-3]\d) {_CLOCK}",
        rf"^{_RANK}[\[(<]?{_CLOCK}(?=[\])>\s:|,]|$)",
        rf"^{_RANK}[\[(<]?(?P<epoch>1\d{{9}}(?:\d{{3}}|\.\d{{1,9}})?)(?=[\])>\s:|,]|$)",
        r"\"(?:ts|time|timestamp)\":\s?(?P<epoch>1\d{9}(?:\d{3}|\.\d{1,9})?)(?=[,}\s])",
    )
)
_HOUR_AND_MINUTE = re.compile(r"(?:^|[T ])\d\d:\d\d\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DIGIT = re.compile(r"\d\d:?\d\d")


def time_of(text: str, written: float) -> float | None:
    """Return when a line was written, in seconds since the epoch, or None when it has no time stamp.

    A time without a zone is in the local one. One without a date is taken to lie in the day before the
    log was written last, one without a year in the year before.

    Args:
        text: The line as it is shown.
        written: When the log was written last, in seconds since the epoch.
    """
    text = text[:_LOOKED_AT]
    if _DIGIT.search(text) is None:
        return None
    for form in _FORMS:
        match = form.search(text)
        if match is not None:
            try:
                return _moment(match.groupdict(), written)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def time_from_text(text: str, written: float) -> float | None:
    """Return the time that a user typed, ``12:30`` or any form of `time_of`; None for none."""
    text = text.strip()
    if _HOUR_AND_MINUTE.search(text):
        text += ":00"
    elif _DATE.fullmatch(text):
        text += " 00:00:00"
    return time_of(text, written)


def _moment(parts: dict[str, str | None], written: float) -> float | None:
    epoch = parts.get("epoch")
    if epoch is not None:
        seconds = float(epoch) / (1000 if len(epoch) == 13 and "." not in epoch else 1)
        return seconds if _EARLIEST < seconds < _LATEST else None
    last = datetime.fromtimestamp(written)
    year = parts.get("year") or (f"20{parts['short']}" if parts.get("short") else "")
    day = parts.get("day")
    name = parts.get("name")
    month = _MONTHS[name] if name else int(parts.get("month") or last.month)
    moment = datetime(
        int(year or last.year),
        month,
        int(day or last.day),
        int(parts["hour"] or 0),
        int(parts["minute"] or 0),
        min(59, int(parts["second"] or 0)),  # a leap second
        int((parts["fraction"] or "")[:6].ljust(6, "0")),
        _zone(parts.get("zone")),
    )
    if not day and moment.timestamp() > written + _LATER:
        moment -= timedelta(days=1)
    elif day and not year and moment.timestamp() > written + _DAY:
        moment = moment.replace(year=moment.year - 1)
    return moment.timestamp()


def _zone(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[0] not in "+-":
        return UTC
    offset = timedelta(hours=int(text[1:3]), minutes=int(text[-2:]))
    return timezone(-offset if text[0] == "-" else offset)
