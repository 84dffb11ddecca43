"""Changes of a TOML text."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from runtui.settings.toml_text import with_contents

TEXT = """\
# my settings
theme = 'nord'  # dark

[watch]  # limits
poll = 5  # seconds

# the first view
[[views]]
name = "a"
query = "x>1"  # why

# the second view
[[views]]
name = "b"
"""


def changed(text: str = TEXT, **changes: Any) -> str:
    return with_contents(text, tomllib.loads(text) | changes)


def test_a_changed_value_keeps_the_comments_around() -> None:
    assert changed(theme="gruvbox") == TEXT.replace("'nord'", '"gruvbox"')


def test_new_keys_stand_before_tables() -> None:
    text = changed(columns=["id", {"key": "beta", "width": 8}])
    assert text.index("columns") < text.index("[watch]")
    assert "# my settings" in text
    assert "# the second view" in text


def test_views_keep_their_comments_when_others_change() -> None:
    one, two = {"name": "a", "query": "x>1"}, {"name": "b"}
    assert "# the second view" in changed(views=[two])
    assert "x>1" not in changed(views=[two])
    assert "# the second view" in changed(TEXT.replace("[watch]  # limits\n", ""), views=[two])
    third = TEXT + "\n# the third view\n[[views]]\nname = 'e'\n"
    assert "# the third view" in changed(third, views=[one, {"name": "e"}])
    renamed = changed(views=[one, {"name": "c"}])
    assert renamed == TEXT.replace('"b"', '"c"')
    added = changed(views=[one, two, {"name": "d", "columns": ["id"]}])
    assert added.startswith(TEXT)
    assert "views" not in tomllib.loads(changed(views=[])) or tomllib.loads(changed(views=[]))["views"] == []


def test_tables_become_a_value_that_is_no_table() -> None:
    for value in (True, [], "x", {"a": 1}, [1, 2]):
        before = tomli_w.dumps({"views": [{"a": [False]}]})
        assert tomllib.loads(with_contents(before, {"views": value, "a": 1})) == {"views": value, "a": 1}


def test_invalid_text_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be changed"):
        with_contents("a = ", {})


_values = st.recursive(
    st.booleans() | st.integers(-(2**60), 2**60) | st.text("ab \n\"'#é", max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("ab.", min_size=1, max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)
_documents = st.dictionaries(st.sampled_from(["a", "b", "views", "t"]), _values, max_size=4)


@given(_documents, _documents)
def test_any_document_becomes_any_other_or_is_refused(before: dict[str, Any], after: dict[str, Any]) -> None:
    try:
        text = with_contents(tomli_w.dumps(before), after)
    except ValueError:
        return
    assert tomllib.loads(text) == after
