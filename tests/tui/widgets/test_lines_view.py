from hypothesis import given
from hypothesis import strategies as st

from runtui.render.styled import StyledText
from runtui.text.sanitize import safe_text
from runtui.tui.widgets.lines_view import line_width, wrapped


@given(st.text(max_size=200).map(safe_text), st.integers(24, 80))
def test_folded_line_keeps_words_whole_and_fits_the_width(text: str, width: int) -> None:
    lines = wrapped((StyledText("label     ", "label"), StyledText(text, "dim")), width)
    assert "".join(span.text for line in lines for span in line[1:]).replace(" ", "") == text.replace(" ", "")
    assert all(line_width(line) <= width for line in lines)
    assert all(line[0].text.strip() in ("label", "") for line in lines)


def test_line_is_folded_at_spaces_and_indented_to_its_value() -> None:
    lines = wrapped(
        (StyledText("error  "), StyledText("ValueError: could not convert string to float", "error")), 32
    )
    assert ["".join(span.text for span in line) for line in lines] == [
        "error  ValueError: could not",
        "       convert string to float",
    ]


def test_short_line_is_not_folded() -> None:
    line = (StyledText("error  "), StyledText("short"))
    assert wrapped(line, 80) == [line]
