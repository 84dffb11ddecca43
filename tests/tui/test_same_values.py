"""Values that are the same in all rows."""

from __future__ import annotations

from runtui.tui.same_values import SameValues, same_values
from tests.render.test_run_details import RUN


def test_same_hosts_and_users_are_said_and_empty_columns_not() -> None:
    runs = [RUN._replace(host="login1", user="me", tags=(), status="completed")] * 3
    found = same_values(runs, SameValues())
    assert found == SameValues(frozenset({"host", "user", "tags", "reason"}), "host login1 · user me")


def test_different_values_keep_their_columns() -> None:
    one = RUN._replace(host="login1", user="me", tags=("a",), status="failed")
    found = same_values([one, one._replace(host="login2")], SameValues())
    assert found == SameValues(frozenset({"user"}), "user me")


def test_values_that_all_runs_lack_are_not_said() -> None:
    one = RUN._replace(host="", user="", tags=("a",), status="failed")
    assert same_values([one, one], SameValues()).text == ""


def test_hardly_any_rows_change_nothing() -> None:
    before = SameValues(frozenset({"user"}), "user me")
    assert same_values([RUN], before) == before
