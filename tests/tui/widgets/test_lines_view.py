from hypothesis import given
from hypothesis import strategies as st

from runtui.render.styled import StyledText
from runtui.text.sanitize import safe_text
from runtui.tui.widgets.lines_view import line_width, wrapped


@given(st.text(max_size=200).map(safe_text), st.integers(24, 80))
def test_a_folded_line_keeps_its_words_and_fits(text: str, width: int) -> None:
    lines = wrapped((StyledText("label     ", "label"), StyledText(text, "dim")), width)
    assert "".join(span.text for line in lines for span in line[1:]).replace(" ", "") == text.replace(" ", "")
    assert all(line_width(line) <= width for line in lines)
    assert all(line[0].text.strip() in ("label", "") for line in lines)


def test_a_line_is_folded_at_blanks_and_indented_below_its_value() -> None:
    lines = wrapped(
        (StyledText("error  "), StyledText("ValueError: could not convert string to float", "error")), 32
    )
    assert ["".join(span.text for span in line) for line in lines] == [
        "error  ValueError: could not",
        "       convert string to float",
    ]


def test_a_line_that_fits_is_left_alone() -> None:
    line = (StyledText("error  "), StyledText("short"))
    assert wrapped(line, 80) == [line]
