"""INI files: sections of keys, whose values are given the types that they look like."""

from __future__ import annotations

from runtui.formats.config.base import Document, scalar

_DEFAULTS = "DEFAULT"


def read_ini(text: str) -> Document | None:
    """Return the contents of an INI file, or None for other text.

    Of two equal keys the last one counts, nothing is expanded, and the section ``DEFAULT`` has values for all
    others.
    """
    document: Document = {}
    section: Document | None = None
    key = ""
    lines: dict[tuple[int, str], list[str]] = {}
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if line[0].isspace() and key and section is not None:
            lines.setdefault((id(section), key), [section[key] or ""]).append(stripped)
            continue
        if stripped[0] == "[":
            if stripped[-1] != "]":
                return None
            section = document.setdefault(stripped[1:-1].strip(), {})
            key = ""
            continue
        if section is None:
            return None
        key, value = _split(stripped)
        if not key:
            return None
        lines.pop((id(section), key), None)
        section[key] = value
    if section is None:
        return None
    for section in document.values():
        for key, text in section.items():
            whole = lines.get((id(section), key))
            typed = None if text is None else scalar(text)
            section[key] = "\n".join(whole).strip() if whole else typed
    defaults = document.pop(_DEFAULTS, {}) if len(document) > 1 else {}
    for section in document.values():
        for key, value in defaults.items():
            section.setdefault(key, value)
    return document


def _split(line: str) -> tuple[str, str | None]:
    """Return key and value of a line; None for a key without a value."""
    places = [place for sign in "=:" if (place := line.find(sign)) >= 0]
    if not places:
        return line, None
    place = min(places)
    return line[:place].rstrip(), line[place + 1 :].lstrip()
