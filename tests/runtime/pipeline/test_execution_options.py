import pytest

from runtui.runtime.pipeline.execution_options import ExecutionOptions, options_as_json, options_from_json
from runtui.runtime.pipeline.plan import Mode


@pytest.mark.parametrize(
    ("options", "recorded"),
    [
        (ExecutionOptions(), {}),
        (ExecutionOptions(workers=1024), {"workers": 1024}),
        (ExecutionOptions(Mode.THREAD, 2, "slurm"), {"mode": "thread", "workers": 2, "on": "slurm"}),
    ],
)
def test_execution_options_round_trip_through_json(
    options: ExecutionOptions, recorded: dict[str, object]
) -> None:
    assert options_as_json(options) == recorded
    assert options_from_json(recorded) == options


@pytest.mark.parametrize(
    "recorded",
    [
        None,
        [],
        "thread",
        {"mode": "fast", "workers": 0, "on": "moon"},
        {"mode": 1, "workers": 1025, "on": None},
        {"mode": None, "workers": "4", "on": {}},
        {"mode": [], "workers": -1, "on": []},
    ],
)
def test_invalid_recorded_options_give_the_defaults(recorded: object) -> None:
    assert options_from_json(recorded) == ExecutionOptions()
