"""Merging one writer's changes into metadata that others may have changed meanwhile."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from runtui.store.plain_json import same_json
from runtui.store.protected_keys import PROTECTED_KEYS

MERGED_LISTS = frozenset({"tags", "checkpoints"})
"""The keys whose lists are merged item by item."""


def changed_keys(base: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """Return the keys of `ours` whose values are not those of `base`; both are plain JSON."""
    return [key for key, value in ours.items() if key not in base or not same_json(base[key], value)]


def without_foreign(base: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Return `theirs`, which another user may have written, with what is run and ended as it is in `base`."""
    kept = {key: value for key, value in theirs.items() if key not in PROTECTED_KEYS or key in base}
    return kept | {key: base[key] for key in PROTECTED_KEYS if key in base}


def merge(base: Mapping[str, Any], theirs: Mapping[str, Any], ours: Mapping[str, Any]) -> dict[str, Any]:
    """Return `theirs` with what changed between `base` and `ours` put in, key by key.

    Tags and checkpoints are merged item by item, so that a tag added elsewhere and one added here both
    stay; any other key changed on both sides takes our value, since we are the run's writer. Keys keep
    the order of `theirs`; our new ones follow. Merging the same changes once more changes nothing.
    """
    merged = dict(theirs)
    for key in changed_keys(base, ours):
        if key in MERGED_LISTS:
            merged[key] = _merge_lists(base.get(key), theirs.get(key), ours[key])
        else:
            merged[key] = ours[key]
    for key in base:
        if key not in ours:
            merged.pop(key, None)
    return merged


def _merge_lists(base: Any, theirs: Any, ours: Any) -> Any:
    """Return our list in our order, without what they removed, and with what they added.

    Theirs stands before what we added at the end: that is what the program did last.
    """
    if not (isinstance(theirs, list) and isinstance(ours, list)):
        return ours
    before = _counted(base if isinstance(base, list) else [])
    our_texts = [json.dumps(item) for item in ours]
    mine, yours = Counter(our_texts), _counted(theirs)
    wanted = Counter({text: _merged_count(before[text], yours[text], mine[text]) for text in mine | yours})
    removed, added = mine - wanted, wanted - mine
    kept = []
    for item, text in zip(ours, our_texts, strict=True):
        if removed[text] > 0:
            removed[text] -= 1
        else:
            kept.append((item, text))
    place = len(kept)
    while place and kept[place - 1][1] not in before:
        place -= 1
    ahead = Counter(text for _item, text in kept[:place])
    new = []
    for item in theirs:
        text = json.dumps(item)
        if ahead[text] > 0:
            ahead[text] -= 1
        elif added[text] > 0:
            added[text] -= 1
            new.append(item)
    items = [item for item, _text in kept]
    return [*items[:place], *new, *items[place:]]


def _merged_count(before: int, yours: int, mine: int) -> int:
    """Return how often an item stands in the merged list.

    What both added or both removed counts once, so that an earlier save of ours is not counted as theirs.
    """
    if mine == before:
        return yours
    return max(mine, yours) if mine > before else min(mine, yours)


def _counted(items: list[Any]) -> Counter[str]:
    return Counter(json.dumps(item) for item in items)
