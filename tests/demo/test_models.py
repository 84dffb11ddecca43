from __future__ import annotations

import json
import random
from typing import Any

import pytest

from runtui.demo.diffusion import Diffusion, DiffusionParams
from runtui.demo.epidemic import Epidemic, binomial
from runtui.demo.gas import Gas, lennard_jones
from runtui.demo.model import Model
from runtui.demo.models import KINDS
from tests.demo.small import DIFFUSION, EPIDEMIC, GAS, PARAMS


def advance(model: Model, steps: int) -> list[dict[str, float]]:
    """Step a model and return the row after each step."""
    rows = []
    for _step in range(steps):
        model.step()
        rows.append(model.observe())
    return rows


def start(name: str, **changes: Any) -> Model:
    return KINDS[name].model.start(PARAMS[name] | changes)


@pytest.mark.parametrize("name", KINDS)
def test_seed_determines_the_trajectory(name: str) -> None:
    assert advance(start(name), 40) == advance(start(name), 40)
    assert advance(start(name), 40) != advance(start(name, seed=2), 40)


@pytest.mark.parametrize("name", KINDS)
def test_state_round_trips_through_json(name: str) -> None:
    model = start(name)
    advance(model, 25)
    text = json.dumps(model.state_to_json())
    restored = KINDS[name].model.from_json(PARAMS[name], json.loads(text))
    assert restored.observe() == model.observe()
    assert advance(restored, 25) == advance(model, 25)
    assert restored.summary() == model.summary()
    assert restored.frame() == model.frame()
    assert json.dumps(restored.state_to_json()) != text


@pytest.mark.parametrize("name", KINDS)
def test_saved_state_is_independent_of_the_model(name: str) -> None:
    model = start(name)
    state = model.state_to_json()
    before = json.dumps(state)
    advance(model, 5)
    assert json.dumps(state) == before


@pytest.mark.parametrize("name", KINDS)
def test_rows_always_have_the_same_columns(name: str) -> None:
    model = start(name)
    names = list(model.observe())
    assert all(list(row) == names for row in advance(model, 5))


@pytest.mark.parametrize("name", KINDS)
def test_a_missing_parameter_is_named(name: str) -> None:
    with pytest.raises(KeyError, match="seed"):
        KINDS[name].model.start({key: value for key, value in PARAMS[name].items() if key != "seed"})


def test_epidemic_conserves_the_population() -> None:
    model = Epidemic.start(EPIDEMIC)
    people = {"susceptible", "exposed", "infectious", "recovered"}
    totals = {sum(row[name] for name in people) for row in advance(model, 60)}
    assert len(totals) == 1


def test_a_more_contagious_epidemic_infects_more() -> None:
    rates = []
    for beta in (0.1, 0.4, 0.8):
        model = Epidemic.start(EPIDEMIC | {"beta": beta})
        advance(model, 100)
        rates.append(model.summary()["attack_rate"])
    assert rates == sorted(rates)
    assert rates[0] < 0.05
    assert rates[2] > 0.8


@pytest.mark.parametrize(("trials", "probability"), [(1000, 0.02), (1000, 0.7), (10, 0.5)])
def test_binomial_draws_have_the_right_mean_and_range(trials: int, probability: float) -> None:
    generator = random.Random(3)
    draws = [binomial(generator, trials, probability) for _draw in range(4000)]
    mean = trials * probability
    deviation = (mean * (1.0 - probability) / len(draws)) ** 0.5
    assert sum(draws) / len(draws) == pytest.approx(mean, abs=5.0 * deviation)
    assert min(draws) >= 0
    assert max(draws) <= trials


def test_binomial_edge_cases_are_exact() -> None:
    generator = random.Random(3)
    assert binomial(generator, 0, 0.3) == 0
    assert binomial(generator, 7, 0.0) == 0
    assert binomial(generator, 7, 1.0) == 7


def test_insulated_plate_conserves_heat() -> None:
    model = Diffusion.start(DIFFUSION)
    cells = DIFFUSION["cells"] ** 2
    before = model.observe()["mean"] * cells
    after = advance(model, 200)[-1]
    assert after["injected"] > 0.0
    assert after["mean"] * cells == pytest.approx(before + after["injected"], rel=1e-12)


def test_heat_spreads_evenly() -> None:
    model = Diffusion.start(DIFFUSION | {"heaters": 0})
    rows = advance(model, 400)
    assert rows[-1]["spread"] < 0.01 * rows[0]["spread"]
    assert all(row["max"] <= 100.0 and row["min"] >= 0.0 for row in rows)


def test_unstable_time_step_error_names_step_and_cell() -> None:
    limit = DiffusionParams.from_json(DIFFUSION).largest_stable_dt
    advance(Diffusion.start(DIFFUSION | {"dt": 0.999 * limit}), 2000)
    with pytest.raises(
        FloatingPointError, match=r"diverged at step \d+: \|T\| = [\d.e+]+ K in cell \(\d+, \d+\)"
    ):
        advance(Diffusion.start(DIFFUSION | {"dt": 1.05 * limit}), 2000)


def test_gas_without_a_thermostat_conserves_energy() -> None:
    rows = advance(Gas.start(GAS | {"thermostat_rate": 0.0, "dt": 0.001}), 500)
    energies = [row["total"] for row in rows]
    assert max(energies) - min(energies) < 0.002
    assert max(row["kinetic"] for row in rows) - min(row["kinetic"] for row in rows) > 0.1


def test_the_thermostat_holds_the_temperature() -> None:
    model = Gas.start(GAS | {"temperature": 2.0, "thermostat_rate": 10.0})
    advance(model, 1500)
    assert model.summary()["mean_temperature"] == pytest.approx(2.0, rel=0.1)


def test_particles_attract_at_long_range_and_repel_at_short_range() -> None:
    resting = 2.0 ** (1.0 / 3.0)
    assert lennard_jones(resting)[0] == pytest.approx(-1.0)
    assert lennard_jones(resting)[1] == pytest.approx(0.0, abs=1e-12)
    assert lennard_jones(2.0)[1] < 0.0 < lennard_jones(1.0)[1]


def test_coincident_particles_raise_zero_division() -> None:
    model = Gas.start(GAS | {"insert_at_step": 3, "insert_positions": [[1.0, 1.1, 1.2], [1.0, 1.1, 1.2]]})
    advance(model, 2)
    with pytest.raises(ZeroDivisionError):
        model.step()
