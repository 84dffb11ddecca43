"""Words by which programs say that something is wrong, though they do not call it an error."""

from __future__ import annotations

import re
from enum import IntEnum
from functools import lru_cache

from runtui.logs.diagnose.levels import LogLevel, level_of

_MOST_KNOWN = 1024  # lines that are remembered: programs print many of them again


class Refusal(IntEnum):
    """Sureness that the words of a line tell what is wrong, in signs of a message."""

    NONE = 0
    MAYBE = 2
    SURELY = 5


_SURELY = (
    # What cannot be
    r"(?:can|could)(?: ?not|n't)|unable to|impossible|refus(?:ed|es|ing)|denied|forbidden|no such",
    r"fail(?:ed|s|ure)? (?:to|in|at|for|with|because|due)|(?<!none )(?<!no )(?<!0 )fail(?:ed|ure)\W*$",
    r"errors? (?:\w+ing|during|while)|prohibited",
    r"(?:not|n't) (?:been |yet |currently |be )?(?:\w+ly )?"
    r"(?:found|implemented|support(?:ed)?|allow(?:ed)?|available|defined|declared|initiali[sz]ed|enough"
    r"|permitted|possible|recogni[sz]ed?|valid|compatible|consistent|correct|converged?|known|specified|finite"
    r"|provided|match(?:ing)?|alloc\w*|assigned|associated|present|exist|sorted|an?|(?:with)?in|designed"
    r"|the same|agree|find|read|open)",
    # What has to be
    r"must|(?:is|are) required|you (?:have|need) to|please specify",
    # What it is
    r"in(?:valid|consisten(?:t|cy)|correct|compatible|sufficient)|il-?legal|mis-?match\w*|wrong|bad|faulty",
    r"un(?:known|supported|defined|expected|recogni[sz]ed|physical|available|locatable|initiali[sz]ed|matched)",
    r"missing|misspelled|corrupt(?:ed)?|violat(?:ed|es|ion)|conflict(?:s|ing)?|exceeds|outside (?:the|of)",
    r"too (?:\w+ )?(?:many|few|small|large|big|long|short|high|low|old|close|far|much|little)",
    r"out of (?:range|bounds?|memory|storage|space|domain|order)",
    r"(?:negative|non-?(?:positive|physical)|zero) (?:\w+ )?(?:densit\w+|pressures?|temperatures?|energ\w+"
    r"|mass\w*|volumes?|depths?|pivots?|diagonals?|jacobians?|thickness\w*|radic\w+|determinants?"
    r"|concentrations?)",
    r"non-?finite|singular|diverged|blow(?:s|n|ing)?[ -]?up|blew up|div(?:ision|ided)?\.? by (?:zero|0)",
    r"(?:stopp?(?:ed|ing)?|abort(?:ed|ing)?|exiting) (?:because|due|since)|giving up",
)
"""Words that hardly any line has that a program prints which goes on."""

_MAYBE = (
    r"not|no|never|without|nor|\w+n't|un(?:\w{0,16}able|resolved|bounded|set|balanced|reasonably)",
    r"should|shall|too|exceed\w*|negative|out of|outside|beyond|above|below|miss(?:es|ed)|lost|lack\w*",
    r"corrupt\w*|conflict\w*|diverg\w*|nans?|infinite|violat\w*|instabilit\w+|problems?|sorry",
    r"(?:larg|small|great|high|low|bigg)er than|(?:less|more|fewer) than|exhausted|broken|requires?",
    r"required|errors? (?:in|at|on|of)|but only|need\w*|expect\w*|already|duplicate\w*|at least|at most|only",
    r"exactly|ha(?:s|ve) to|terminated|(?:over|under)flow\w*|doubtful|stuck|ambiguous|dead|stopp?\w*",
    r"fail\w*|differ\w*|left the|bl[eo]w\w*|incomplete|discrepan\w+|non-\w+ed",
)
"""Words that such lines have, too, but rarely."""

_REFUSES = re.compile(rf"^\W{{0,3}}usage: \w|(?<![\w-])(?:{'|'.join(_SURELY)})(?!\w)", re.IGNORECASE)
_MAY_REFUSE = re.compile(
    rf"\b(?:{'|'.join(_MAYBE)})\b"
    r"|(?<![<>=-])(?:!=|/=|<>)|\w ?[<>]=? ?-?\d[\d.]*\W*$",  # what was asked for, or was not fulfilled
    re.IGNORECASE,
)

_POINTER = re.compile(
    r".{0,100}?\b(?:ERROR|FATAL|CRITICAL)\b[\]\s:|>~-]{1,8}(?:please )?(?:"
    r"check (?!(?:fail|if|that|whether|your)\b)(?=.*(?:\blog|out|err|/|detail))"
    r"|(?:see|consult|refer to|look (?:at|in(?:to)?)|read)\b(?: (?:above|below))?"
    r"|(?:for )?(?:more|further) (?:details|information)\b)",
    re.IGNORECASE,
)
"""The beginning of a line that tells where to look for an error."""


@lru_cache(maxsize=_MOST_KNOWN)
def refusal_of(text: str) -> Refusal:
    """Return how surely the words of a line tell that something is wrong."""
    if _REFUSES.search(text) is not None or level_of(text) is LogLevel.ERROR:
        return Refusal.SURELY
    return Refusal.NONE if _MAY_REFUSE.search(text) is None else Refusal.MAYBE


def is_negative(text: str) -> bool:
    """Return whether a line may tell that something is wrong."""
    return refusal_of(text) is not Refusal.NONE


@lru_cache(maxsize=_MOST_KNOWN)
def is_pointer(text: str) -> bool:
    """Return whether a line calls itself an error, and says no more than where to look for it."""
    pointer = _POINTER.match(text)
    return pointer is not None and not is_negative(text[pointer.end() :])
