"""Joiners and variation selectors: invisible characters that some scripts and emoji need.

Persian separates words by joiners, Indic scripts choose forms of letters, emoji are combined by them.
Elsewhere they change nothing visible, so two different names can look alike.
"""

from __future__ import annotations

import re
import unicodedata

from runtui.text.character_classes import JOINERS

NON_JOINER, JOINER = "\u200c", "\u200d"
_ONE = re.compile(f"[{JOINERS}]")
_VIRAMA = 9  # combining class of the signs that remove the vowel of a consonant
_KEYCAP = "\u20e3"
_TEXT_FORM, _EMOJI_FORM = "\ufe0e", "\ufe0f"

# Letters whose form depends on their neighbours.
_CURSIVE = re.compile(
    "[\u0620-\u064a\u066e-\u06d3\u06d5\u06ee\u06ef\u06fa-\u06fc\u06ff\u0710-\u072f\u074d-\u077f\u07ca-\u07ea"
    "\u0840-\u0858\u0860-\u086a\u0870-\u08c9\u1807\u1820-\u18aa\U0001e900-\U0001e943]"
)
# Letters that never join the next one, so a joiner after them changes nothing.
_ENDS_JOINING = frozenset(
    "\u0621\u0622\u0623\u0624\u0625\u0627\u0629\u062f\u0630\u0631\u0632\u0648\u0649\u0671\u0672\u0673\u0675"
    "\u0676\u0677\u0688\u0689\u068a\u068b\u068c\u068d\u068e\u068f\u0690\u0691\u0692\u0693\u0694\u0695\u0696"
    "\u0697\u0698\u0699\u06c0\u06c3\u06c4\u06c5\u06c6\u06c7\u06c8\u06c9\u06ca\u06cb\u06cd\u06cf\u06d2\u06d3"
    "\u06d5\u06ee\u06ef"
)
_INDIC = re.compile(
    "[\u0900-\u0dff\u1000-\u109f\u1780-\u17ff\u1900-\u1cff\ua800-\uabff\U00011000-\U00011fff]"
)
_MONGOLIAN = re.compile("[\u1807\u1820-\u18aa]")
_IDEOGRAPH = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_PICTOGRAPH = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u2388\u23cf\u23e9-\u23f3"
    "\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0\u25fb-\u25fe\u2600-\u2605\u2607-\u2612\u2614-\u2685"
    "\u2690-\u2705\u2708-\u2712\u2714\u2716\u271d\u2721\u2728\u2733\u2734\u2744\u2747\u274c\u274e\u2753-\u2755"
    "\u2757\u2763-\u2767\u2795-\u2797\u27a1\u27b0\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001f0ff\U0001f10d-\U0001f10f\U0001f12f\U0001f16c-\U0001f171"
    "\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f1ad-\U0001f1e5\U0001f201-\U0001f20f\U0001f21a"
    "\U0001f22f\U0001f232-\U0001f23a\U0001f23c-\U0001f23f\U0001f249-\U0001f3fa\U0001f400-\U0001f53d"
    "\U0001f546-\U0001f64f\U0001f680-\U0001f6ff\U0001f774-\U0001f77f\U0001f7d5-\U0001f7ff\U0001f80c-\U0001f80f"
    "\U0001f848-\U0001f84f\U0001f85a-\U0001f85f\U0001f888-\U0001f88f\U0001f8ae-\U0001f8ff\U0001f90c-\U0001f93a"
    "\U0001f93c-\U0001f945\U0001f947-\U0001faff\U0001fc00-\U0001fffd]"
)
_SKINS = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff")


def joiners_made_visible(text: str) -> str:
    """Replace needless joiners and selectors by a visible character, at the same length."""
    return _ONE.sub(_seen, text)


def _seen(match: re.Match[str]) -> str:
    char, text, place = match[0], match.string, match.start()
    before = text[place - 1 : place]
    after = text[place + 1 : place + 2]
    if char in (JOINER, NON_JOINER):
        is_needed = _joins(char, text, place, before, after)
    elif char in (_TEXT_FORM, _EMOJI_FORM):
        is_needed = _is(_PICTOGRAPH, before) or (after == _KEYCAP and before in frozenset("0123456789#*"))
    elif char < NON_JOINER:
        is_needed = _is(_MONGOLIAN, before)
    else:
        is_needed = _is(_IDEOGRAPH, before)
    return char if is_needed else "\ufffd"


def _joins(char: str, text: str, place: int, before: str, after: str) -> bool:
    if not before:
        return False
    if unicodedata.combining(before) == _VIRAMA:
        # At the end of a word only a joiner changes the form.
        return char == JOINER or _is(_INDIC, after)
    if _is(_INDIC, before):
        return after != "" and unicodedata.combining(after) == _VIRAMA
    if char == JOINER and _is(_PICTOGRAPH, after):
        return _is(_PICTOGRAPH, _emoji_before(text, place))
    before, after = _letter(text, place - 1, -1), _letter(text, place + 1, 1)
    if not _is(_CURSIVE, before):
        return False
    if char == NON_JOINER:
        return _is(_CURSIVE, after)
    return before not in _ENDS_JOINING and not _is(_CURSIVE, after)


def _letter(text: str, place: int, step: int) -> str:
    """Return the next character from `place` on, in direction `step`, that is not a combining mark."""
    while 0 <= place < len(text):
        char = text[place]
        if unicodedata.category(char) != "Mn" or _ONE.match(char):
            return char
        place += step
    return ""


def _emoji_before(text: str, place: int) -> str:
    """Return the emoji before `place`, without its variation selector or skin tone."""
    if text[place - 1 : place] == _EMOJI_FORM or text[place - 1 : place] in _SKINS:
        place -= 1
    return text[place - 1 : place]


def _is(letters: re.Pattern[str], char: str) -> bool:
    return letters.match(char) is not None
