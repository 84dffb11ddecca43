import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtui.logs.search.pattern import PatternError, compile_pattern
from tests.waiting import wait_until


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("error", "An ERROR", True),  # no capital letter: case is ignored
        ("Error", "An ERROR", False),
        (r"\Serror", "xERROR", True),  # an escape is no capital letter
        ("rank [0-9]+: n", "RANK 12: no", True),
        ("^step$", "step", True),
        ("ähnlich", "ÄHNLICH", True),
        ("a|b", "xbx", True),
    ],
)
def test_a_pattern_matches_with_smart_case(pattern: str, text: str, matches: bool) -> None:
    assert compile_pattern(pattern).matches(text) is matches


def test_literal_text_is_matched_verbatim() -> None:
    pattern = compile_pattern("a.b(", literal=True)
    assert pattern.matches("xa.b(c")
    assert not pattern.matches("xaxb(c")
    assert pattern.literals == (b"a.b(",)
    assert pattern.is_literal


@pytest.mark.parametrize(
    ("pattern", "literals", "is_literal"),
    [
        ("Segmentation fault", {"Segmentation fault"}, True),
        ("segmentation fault", {"segmentation fault"}, True),
        (r"rank [0-9]+: died", {": died"}, False),
        ("ERROR|FATAL", {"ERROR", "FATAL"}, True),
        ("ERROR: .*|FATAL", {"ERROR: ", "FATAL"}, False),
        ("(ab)?cd", {"cd"}, False),
        ("(?:abc)+", {"abc"}, False),
        (r"\d+", set(), False),
        ("[Nn]eedle", {"Needle", "needle"}, True),
        ("needl[ea]", {"needle", "needla"}, True),
        (r"^\S+ [EF]R", {" ER", " FR"}, False),
        ("[0-4][0-4]x", {"0x", "1x", "2x", "3x", "4x"}, False),
        ("x*|y", set(), False),
        ("(?=abc)d", {"d"}, False),
        ("Ä.", {"Ä"}, False),
        ("ä.x", {"x"}, False),
        ("^abc$", {"abc"}, False),
        ("X(?i:a)Y", {"X"}, False),
        ("(?i)Xa(?-i:B)1", {"xa"}, False),
    ],
)
def test_literals_required_by_an_expression_are_found(
    pattern: str, literals: set[str], is_literal: bool
) -> None:
    compiled = compile_pattern(pattern)
    assert {literal.decode() for literal in compiled.literals} == literals
    assert compiled.is_literal is is_literal


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "there is nothing to look for"),
        ("a(b", "not a regular expression: missing ), unterminated subpattern at character 2"),
        ("*", "not a regular expression: nothing to repeat at character 1"),
        ("[z-a]", "not a regular expression: bad character range z-a at character 2"),
        ("(" * 5000 + ")" * 5000, "not a regular expression"),
        ("a{99999999999999999999}", "not a regular expression"),
    ],
)
def test_error_is_reported_in_one_line(pattern: str, message: str) -> None:
    with pytest.raises(PatternError) as raised:
        compile_pattern(pattern)
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "pattern",
    ["(a+)+b", "(a*)*b", "(a|a)*b", r"(\w+\s?)*$", "(a?a)*b", r"(\d+)*x", "(.*)*x", r"(\S+\s*)+x",
     r"(?:(a)\1?)*b", "(a|aa)*b", "(a|ab|b)*c", "((a+)b?)+c", "(?:a+){20}b",
     r"(?=(a+)+b)a", r"(?!(?:a|a)*b)", r"(?:(a+)+)++b"],
)  # fmt: skip
def test_patterns_that_could_run_forever_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="take for ever"):
        compile_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [r"(\d+\.)+\d+", r"(\s+\w+)*", "(foo|bar)+", "(ab)*", r"(\w+, )*\w+", r"(\[[^\]]*\])+",
     "(a|ab)*c", r"(?:\d{1,3}\.){3}\d+",
     r"(?:[0-9a-f]{2}:)+", ".*error.*", r"(\d\d)+", "(a{3})+", r"(?<!no )errors?\b", r"(.)\1"],
)  # fmt: skip
def test_unambiguous_repetitions_are_accepted(pattern: str) -> None:
    assert compile_pattern(pattern).source == pattern


@pytest.mark.parametrize(
    "pattern",
    [
        ".*.*.*x",
        "a*a*a*a*b",
        r"(.*)(.*)(.*)\d",
        "a?" * 30 + "a" * 30,
        "(?:a{1,7}){1,7}b",
        r"(?:[^x]*){5}b",
        "a.*b.*c.*d.*e.*f",
        "(?:a{0,60}a{0,60}){3}b",
    ],
)
def test_patterns_that_could_take_very_long_are_refused(pattern: str) -> None:
    with pytest.raises(PatternError, match="very long"):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["a.*b.*c.*d", ".*.*x", "[a-z]*[a-z]*1", r"\s+x", ".*x"])
def test_slow_patterns_finish_on_very_long_lines(pattern: str) -> None:
    compiled = compile_pattern(pattern)
    for part in ("a", "abc", " "):
        # As long as two pieces; in one, some of these would take hours.
        assert not compiled.matches(part * (2 * compiled.bound // len(part)))


@pytest.mark.parametrize("place", [0, 100, 127, 128, 129, 200, 255, 257, 1000, 1900])
@pytest.mark.parametrize("between", [1, 500])
def test_match_is_found_anywhere_in_a_long_line(place: int, between: int) -> None:
    compiled = compile_pattern("a.*b.*c.*d")
    text = "x" * place + "a" + "1" * between + "b2c3d" + "x" * 10_000
    assert compiled.bound < 100
    assert compiled.matches(text)
    spans: list[tuple[int, int]] = []

    def are_found() -> bool:
        spans[:] = compiled.spans(text)
        return bool(spans)

    # Where the machine stands still just then they are given up; the next drawing has them.
    wait_until(are_found, "they are marked")
    assert spans[0][0] == place


@pytest.fixture
def short_parts(monkeypatch) -> None:
    """Lines that are gone through in parts of a few characters."""
    monkeypatch.setattr("runtui.logs.search.pattern._LONGEST", 16)


@given(
    st.text(st.sampled_from("aab "), max_size=60),
    st.sampled_from(["ab ", "^ab", "ab$", r"\bab", r"ba\b", "a(?!b)", "(?<=b)a", "a{3}$", "b[ab]{2} |ab "]),
)
@settings(deadline=None, max_examples=300)
@pytest.mark.usefixtures("short_parts")
def test_matching_in_parts_equals_matching_the_whole_line(text: str, pattern: str) -> None:
    compiled = compile_pattern(pattern)
    assert compiled.bound == 16
    assert compiled.matches(text) is (re.search(pattern, text) is not None)
    places = [place for place in range(len(text) + 1) if re.compile(pattern).match(text, place)]
    for begin in range(0, len(text), 7):
        expected = any(begin <= place < begin + 7 for place in places)
        assert compiled.matches(text, begin, begin + 7) is expected
    assert {span[0] for span in compiled.spans(text)} <= {*places}


def test_spans_are_the_positions_of_matches() -> None:
    assert compile_pattern("a+|^").spans("aa b a") == [(0, 2), (5, 6)]
    assert compile_pattern("x").spans("") == []


PIECES = st.sampled_from(
    ["a", "b", "A", ".", "x", r"\d", r"\w", r"\s", "[ab]", "[^a]", "^", "$", r"\b", "é", " ", "|",
     "(?:ab|a)", "(a)", "b?", "a+", ".*", r"\w+", "a{2}",
     "(?=b)", "(?<!a)", "(?i:a)", "(?-i:a)", "[aB]", "(?i:[^a])", "1"]
)  # fmt: skip


@given(
    st.lists(PIECES, min_size=1, max_size=6).map("".join),
    st.text(st.sampled_from("aAbBx1é \t"), max_size=12),
    st.sampled_from([None, True, False]),
)
@settings(deadline=None, max_examples=500)
def test_every_match_contains_a_required_literal(pattern: str, text: str, ignore_case: bool | None) -> None:
    try:
        compiled = compile_pattern(pattern, ignore_case=ignore_case)
    except PatternError:
        return
    flags = re.IGNORECASE if compiled.ignores_case else 0
    expected = re.search(pattern, text, flags) is not None
    assert compiled.matches(text) is expected
    folded = text.lower() if compiled.ignores_case else text
    holds = any(literal.decode() in folded for literal in compiled.literals)
    if expected and compiled.literals:
        assert holds
    if compiled.is_literal and holds:
        assert expected
    if compiled.spans_lines and expected:
        # Among other lines, a match in this one is found too, not behind where it stands alone.
        match = re.search(pattern, text, flags)
        assert match is not None
        begin = len("first\n")
        found = compiled.candidate(f"first\n{text}\nlast", begin, begin + len(text))
        assert begin <= found <= begin + match.start()
