"""Places in a log, as a user types them."""

from __future__ import annotations

from datetime import datetime

import pytest

from runtui.tui.widgets.log_position import LineNumber, Moment, PositionError, Share, parse_position

WRITTEN = datetime(2026, 1, 31, 18, 0).timestamp()


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("50%", Share(0.5)),
        ("12.5%", Share(0.125)),
        ("250%", Share(1.0)),
        ("-3%", Share(0.0)),
        ("1", LineNumber(1)),
        ("999999999999999", LineNumber(999_999_999_999_999)),
        ("2026-01-30 12:30", Moment(datetime(2026, 1, 30, 12, 30).timestamp())),
        ("12:30", Moment(datetime(2026, 1, 31, 12, 30).timestamp())),
        ("23:30", Moment(datetime(2026, 1, 30, 23, 30).timestamp())),
    ],
)
def test_percentages_numbers_and_times_are_positions(
    text: str, position: Share | LineNumber | Moment
) -> None:
    assert parse_position(text, WRITTEN) == position


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x%", "x% is not a percentage"),
        ("%", "% is not a percentage"),
        ("nan%", "nan% is not a percentage"),
        ("1000000000000000", "no log has that many lines"),
        ("when", "when is not a percentage (50%), line number or time"),
        ("-5", "-5 is not a percentage (50%), line number or time"),
    ],
)
def test_invalid_position_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(PositionError) as refused:
        parse_position(text, WRITTEN)
    assert str(refused.value).startswith(complaint)
