"""The keys that a user sets for actions, checked for conflicts with other actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from textual.binding import Binding
from textual.keys import Keys as NamedKeys

from runtui.text.sanitize import safe_text
from runtui.tui.actions import ACTIONS, Action, Keys, Place
from runtui.tui.key_sets import KEY_SETS

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})


def _name_of(character: str) -> str:
    """Return a key's name in bindings, such as ``slash``; not for the comma, which separates keys."""
    (binding,) = Binding.make_bindings([Binding(character, "")])
    return binding.key


_CHARACTERS = frozenset({"comma", *(_name_of(chr(code)) for code in range(33, 127) if chr(code) != ",")})
_NAMES = _CHARACTERS | {key.value for key in NamedKeys if not key.value.startswith("<")}

_ACTIVE_TOGETHER = (
    (Place.TABLE, Place.BROWSER, Place.EVERYWHERE),
    (Place.LINES, Place.BROWSER, Place.EVERYWHERE),
    (Place.LINES, Place.LOG, Place.EVERYWHERE),
    (Place.LINES, Place.RESULTS, Place.COMPARISON),
    (Place.RESULTS, Place.CHART),
    (Place.LINES, Place.RESULTS, Place.GRID),
    (Place.CHOOSER, Place.VIEWS),
    (Place.CHOOSER, Place.COLUMNS),
    (Place.CHOOSER, Place.SORTING),
    (Place.NOTE,),
    (Place.ROWS, Place.BOX, Place.RESUMING),
    (Place.ROWS, Place.BOX, Place.INBOX),
    (Place.ROWS, Place.BOX, Place.TRASH),
    (Place.BOX, Place.TAGGING),
    (Place.FILTER,),
    (Place.PROMPT,),
    (Place.HELP,),
)
"""Places whose keys are active at the same time; in the log, its own take precedence over the browser's."""

_LETTERS_ARE_TYPED = (
    Place.CHOOSER,
    Place.VIEWS,
    Place.COLUMNS,
    Place.SORTING,
    Place.NOTE,
    Place.FILTER,
    Place.PROMPT,
)


def keymap_of(written: Mapping[str, str]) -> tuple[Keys, list[str]]:
    """Return the keys for actions in Textual's notation, and the problems, each in a short line.

    Args:
        written: By an action's name, its keys separated by commas; ``/`` and ``slash`` are the same key.
    """
    problems: list[str] = []
    keys: dict[str, tuple[str, ...]] = {}
    actions = {action.name for action in ACTIONS}
    for name, text in written.items():
        shown = safe_text(name, 40)
        if name not in actions:
            problems.append(f"keys.{shown} is no action{_likely(name, actions)}")
            continue
        names = [_normal(key.strip()) for key in text.split(",") if key.strip()]
        wrong = next((key for key in names if not _is_key(key)), None)
        if not names:
            problems.append(f"keys.{shown} has no key")
        elif wrong is not None:
            problems.append(f"keys.{shown} has {safe_text(wrong, 20)}, which is no key; write f5 or ctrl+x")
        elif _is_typed(name, names):
            problems.append(f"keys.{shown} needs a key such as ctrl+x: letters are typed there")
        else:
            keys[name] = tuple(dict.fromkeys(names))
    while clash := next(_clashes(keys), None):
        name, key, other = clash
        problems.append(f"keys.{name} has {key}, which does {other} already; give that one another key")
        del keys[name]
    return keys, problems


def keys_of(key_set: str, written: Mapping[str, str]) -> tuple[Keys, list[str]]:
    """Return the keys of a set with the user's own keys on top, and the problems, each in a short line.

    Args:
        key_set: The name of the set, or ``""`` for the default keys.
        written: The user's own keys, as for `keymap_of`. They take precedence over the set's.
    """
    if key_set and key_set not in KEY_SETS:
        names = ", ".join(KEY_SETS)
        keys, problems = keymap_of(written)
        return keys, [f"key_set {safe_text(key_set, 40)} is none of {names}", *problems]
    own = {_normal(key.strip()) for text in written.values() for key in text.split(",")}
    together = dict(written)
    for name, text in KEY_SETS.get(key_set, {}).items():
        left = [key for key in text.split(",") if _normal(key) not in own]
        if left and name not in written:
            together[name] = ",".join(left)
    return keymap_of(together)


def _normal(key: str) -> str:
    modifiers, plus, last = key.rpartition("+")
    return f"{modifiers}{plus}{_name_of(last)}" if len(last) == 1 else key


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+")
    return key in _NAMES or (_MODIFIERS.issuperset(modifiers) and last in _NAMES)


def _is_typed(name: str, keys: list[str]) -> bool:
    places = {action.place for action in ACTIONS if action.name == name}
    return not places.isdisjoint(_LETTERS_ARE_TYPED) and any(
        key in _CHARACTERS or key == "space" for key in keys
    )


def _likely(name: str, actions: set[str]) -> str:
    likely = get_close_matches(name.casefold(), sorted(actions), 1, 0.6)
    return f": did you mean {likely[0]}?" if likely else ""


def _clashes(keys: Keys) -> Iterator[tuple[str, str, str]]:
    """Yield an action with a key that another action has in the same place, that key, and the other."""
    for places in _ACTIVE_TOGETHER:
        taken: dict[str, Action] = {}
        for action in ACTIONS:
            if action.place not in places:
                continue
            for key in keys.get(action.name, action.keys):
                other = taken.setdefault(key, action)
                if other.name == action.name:
                    continue
                if action.name in keys:
                    yield action.name, key, other.name
                elif other.name in keys:
                    yield other.name, key, action.name
