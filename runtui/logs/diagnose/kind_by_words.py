"""Kind of a failure by the words of a program's message, which its place alone shows to be one."""

from __future__ import annotations

import re

from runtui.store.failure import FailureKind

_UNPHYSICAL = r"(?:negative|non-?physical|unphysical)"
_SOURCES: dict[FailureKind, tuple[str, ...]] = {
    FailureKind.LICENCE: (r"\blicen[sc]e",),
    FailureKind.DISK: (r"no space left|disk (?:is )?full|quota exceeded|\bdisk quota",),
    FailureKind.OOM: (
        r"out of memory|memory (?:exhausted|limit)",
        r"(?<!non-)(?<!submit/)\balloc(?:at\w+)?\b.{0,40}(?:fail|error)",
        r"(?:error|failed|unable|cannot|could not|problem)\b.{0,12}\ballocat\w+"
        r"(?! (?:\w+ )?(?:resource|node|port|gpu|context))",
        r"\bmemory\b.{0,20}\bbut only\b",
        r"(?:not enough|insufficient|more|(?:failed to|unable to|cannot) allocate)\b.{0,30}\bmemory",
    ),
    FailureKind.SEGFAULT: (
        r"memory access fault|segmentation (?:fault|violation)|(?:illegal|invalid) address",
    ),
    FailureKind.NUMERICS: (
        r"(?:not|no|n't|without|lack of|fail\w* to|absence de) (?:yet )?converge\w*\b"
        r"(?! (?:criteri|check|test|threshold))",
        r"convergence (?:failure|failed|not)|\bdiverg|\bnans?\b|\binfinit|not a number|\bsingular\b",
        r"floating.point|(?<!buffer )(?<!stack )\boverflow(?:ed)?\b|\bblow\w* ?-?up|blew up",
        r"\bcourant\b|\bcfl\b|zero pivot",
        rf"\b{_UNPHYSICAL} (?:\w+ )?(?:densit|pressure|temperature|energ|mass|depth|pivot)",
        r"unphysical|too many (?:iterations|cutbacks|attempts)",
        r"(?:iterations|steps|cutbacks) (?:has been |was )?exceeded",
        r"maximum (?:number of )?(?:\w+ )?(?:iterations|steps)\b.{0,40}(?:exceed|reach)",
        r"time ?-?step(?: size)?\b.{0,40}(?:too small|below|negative|vanish|minimum)|ill-?conditioned",
        r"\bunstable\b|instabilit|\bdt ?<|\bmin_?timestep|\bdtmin\b|\b(?:non-?|not )finite\b",
        r"\bzero (?:diagonal|determinant)|\bdiv\w*\.? by (?:zero|0)\b",
        r"not positive[- ]definite",
        r"\b(?:bi-?cg\w*|gmres|krylov|multigrid|pcg|newton(?:-\w+)?)\b.{0,40}\b(?:fail|broke|breakdown|stagnat)",
    ),
    FailureKind.MISSING: (
        r"no such file|file not found|\bmissing (?:\w+ )?(?:file|director|librar|module)",
        r"\b(?:file|director\w+|librar\w+|module|executable|program)\b.{0,200}\b(?:not found|is missing"
        r"|(?:does not|doesn't|not) exist)",
        r"(?:cannot|can't|could not|couldn't|unable to|fail\w* to|error) (?:find|locate|open\w*)\b.{0,80}"
        r"(?:\bfile\b|\bfor reading\b|\.\w{1,6}\b|director|librar|/)",
    ),
    FailureKind.ASSERT: (
        r"^assertion|verification failed|\b(?:pre|post)-?condition\b|violated condition|^condition: ",
    ),
}
_KINDS = {kind: re.compile("|".join(sources), re.IGNORECASE) for kind, sources in _SOURCES.items()}
"""Kinds in the order in which they count, each with words of its messages."""


def kind_by_words(text: str) -> FailureKind:
    """Return the kind of failure that a message tells of; `FailureKind.ERROR` for any other."""
    return next((kind for kind, pattern in _KINDS.items() if pattern.search(text)), FailureKind.ERROR)
