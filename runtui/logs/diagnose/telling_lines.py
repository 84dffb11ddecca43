"""The line that says best what a rule tells, given the line that the rule found."""

from __future__ import annotations

import re

from runtui.logs.diagnose.around_messages import is_telling
from runtui.logs.diagnose.boxes import is_heading, message_after, said
from runtui.logs.diagnose.last_words import message_before
from runtui.logs.diagnose.lines import BOX, lines_after, lines_before, plain_text, without_rank
from runtui.logs.diagnose.noise import is_minor
from runtui.logs.diagnose.refusals import is_negative
from runtui.logs.diagnose.rules import Rule, Says
from runtui.logs.diagnose.tracebacks import final_line, is_only_handled, root_line

_SAYS_NOTHING = re.compile(r"(?:false|additional information:)$|\W{0,4}(?:info|debug)\b", re.IGNORECASE)
"""A line below a heading that comes before the message, as where deal.II's condition is no expression, or of
a container.
"""

_OF_OTHERS = frozenset(("signal received",))
"""Messages that tell only of what another line says better."""

_MOST_BELOW = 12  # lines below a heading
_AT_AN_END = re.compile(r"\W*(?:abort|stopp|exit|terminat)ing\b", re.IGNORECASE)
"""A heading that is the end of a message more likely than the beginning of one."""

_INDENTED = 4  # characters at the beginning of a line of code


def line_that_says(data: bytes, begin: int, end: int, rule: Rule, text: str) -> tuple[int, int] | None:
    """Return the bounds of the line that says best what a rule tells; None where it does not apply after all.

    Args:
        data: The log.
        begin, end: The bounds of the line that the rule found.
        rule: The rule.
        text: That line, as it is shown.
    """
    if rule.says is Says.NEXT:
        return _next_line(data, begin, end)
    if rule.says is Says.BOX:
        if not is_heading(text):
            return None
        after, before = message_after(data, begin, end), message_before(data, begin, is_own=False)
        return before or after if _AT_AN_END.match(text) else after or before
    if rule.says is Says.SAID:
        message = message_before(data, begin, is_own=False)
        is_refusal = message is not None and is_negative(said(data[slice(*message)]))
        return message if is_refusal else None
    if rule.says is Says.BEFORE:
        return _line_before(data, begin)
    if rule.says is Says.MESSAGE:
        return _message_after(data, end) or (begin, end)
    if rule.says is Says.FINAL:
        final = final_line(data, begin, end)
        return None if is_only_handled(data, *final) else final
    if rule.says is Says.ROOT:
        return root_line(data, begin, end)
    return begin, end


def _next_line(data: bytes, begin: int, end: int) -> tuple[int, int] | None:
    """Return the next line that tells something, or has words at least, or else the line itself."""
    words = None
    for number, (first, last) in enumerate(lines_after(data, end)):
        text = said(data[first:last])
        if not text or is_minor(text) or _SAYS_NOTHING.match(text):
            continue
        if text.lower() in _OF_OTHERS:
            return None
        if is_telling(text):
            return first, last
        words = words or (first, last)
        if number >= _MOST_BELOW:
            break
    return words or (begin, end)


def _line_before(data: bytes, begin: int) -> tuple[int, int] | None:
    """Return the line before one, in a box the first of its paragraph; None if it is indented, as code is."""
    found = None
    for first, last in lines_before(data, begin):
        line = data[first:last].decode("utf-8", "replace")
        is_boxed = BOX.fullmatch(line.rstrip()) is not None
        if not without_rank(plain_text(data[first:last])).strip() or (found is not None and not is_boxed):
            if found is None or not is_telling(said(data[slice(*found)])):
                found = None  # advice
                continue
            break
        if is_boxed:
            found = first, last
        else:
            return None if line[:_INDENTED].isspace() else (first, last)
    return found


def _message_after(data: bytes, end: int) -> tuple[int, int] | None:
    is_heading = False
    for first, last in lines_after(data, end):
        line = data[first:last].strip()
        if is_heading and line:
            return first, last
        if line in (b"...", b""):
            return None
        if line.startswith(b"message:"):
            if line.rstrip(b"|> ") != b"message:":
                return first, last
            is_heading = True
    return None
