"""Names of jobs, and the forms of their ids."""

from __future__ import annotations

import pytest

from runtui.store.schedulers import SCHEDULERS


@pytest.mark.parametrize("system", SCHEDULERS)
def test_an_id_that_a_form_gives_is_of_that_form(system: str) -> None:
    names = SCHEDULERS[system]
    found = names.job_id.fullmatch(names.task_id("41", "3"))
    assert found is not None
    assert names.id_of(found) == names.task_id("41", "3")


@pytest.mark.parametrize("system", SCHEDULERS)
def test_keys_are_lower_case_and_cover_the_variables(system: str) -> None:
    names = SCHEDULERS[system]
    assert {key.lower() for key in names.keys} == names.keys
    assert {variable.lower() for variable in names.variables} <= names.keys
    assert f"{system}_job_id" in names.job


@pytest.mark.parametrize("system", SCHEDULERS)
@pytest.mark.parametrize("text", ["", "--all", "fit-3", "41 42", "0", "-1", "41; rm -rf"])
def test_other_texts_are_no_ids(system: str, text: str) -> None:
    assert SCHEDULERS[system].job_id.fullmatch(text) is None
