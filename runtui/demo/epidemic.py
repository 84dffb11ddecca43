"""Stochastic SEIR epidemic in a country of towns: the chain binomial model.

A step is a day, computed in quarters. In each quarter every susceptible, exposed and infectious person
changes state with the probability that follows from the rates, independently of all others. Commuters spread
the infection between the towns.
"""

from __future__ import annotations

import logging
import math
import random
from dataclasses import dataclass
from typing import Self

from runtui.demo.model import Params, Row, State, random_from_json, random_to_json

_log = logging.getLogger(__name__)

_PARTS_OF_DAY = 4  # substeps in a day


@dataclass(frozen=True, slots=True)
class EpidemicParams:
    """Parameters of `Epidemic`.

    Attributes:
        population: Number of people in the country.
        towns: Number of towns, of very different sizes.
        beta: Infections per infectious person and day while everybody is susceptible.
        latent_days: Mean latent period, in days.
        infectious_days: Mean infectious period, in days.
        commuting: Fraction of contacts with people from anywhere in the country.
        initial_infected: Number of infectious people on day 0, in randomly chosen towns.
        beds: Number of hospital beds; one infectious person in fifty needs one.
        seed: Seed of the random number generator.
    """

    population: int
    towns: int
    beta: float
    latent_days: float
    infectious_days: float
    commuting: float
    initial_infected: int
    beds: int
    seed: int

    @classmethod
    def from_json(cls, params: Params) -> Self:
        """Return the parameters in `params`.

        Raises:
            KeyError: One is missing.
            TypeError, ValueError: One is not a number.
        """
        return cls(
            population=int(params["population"]),
            towns=int(params["towns"]),
            beta=float(params["beta"]),
            latent_days=float(params["latent_days"]),
            infectious_days=float(params["infectious_days"]),
            commuting=float(params["commuting"]),
            initial_infected=int(params["initial_infected"]),
            beds=int(params["beds"]),
            seed=int(params["seed"]),
        )


class Epidemic:
    """Numbers of susceptible, exposed, infectious and recovered people in every town.

    Args:
        params: The parameters.
    """

    def __init__(self, params: EpidemicParams) -> None:
        self.params = params
        self.steps_done = 0
        self._random = random.Random(params.seed)
        weights = [self._random.lognormvariate(0.0, 1.0) for _town in range(params.towns)]
        scale = params.population / sum(weights)
        self._susceptible = [max(1, round(weight * scale)) for weight in weights]
        self._exposed = [0] * params.towns
        self._infectious = [0] * params.towns
        self._recovered = [0] * params.towns
        for _case in range(params.initial_infected):
            town = self._random.randrange(params.towns)
            if self._susceptible[town]:
                self._susceptible[town] -= 1
                self._infectious[town] += 1
        self._new_infections = 0
        self._peak_infectious = sum(self._infectious)
        self._peak_day = 0
        self._days_over_capacity = 0

    @classmethod
    def start(cls, params: Params) -> Self:
        return cls(EpidemicParams.from_json(params))

    @classmethod
    def from_json(cls, params: Params, state: State) -> Self:
        model = cls(EpidemicParams.from_json(params))
        model.steps_done = state["day"]
        model._susceptible = list(state["susceptible"])
        model._exposed = list(state["exposed"])
        model._infectious = list(state["infectious"])
        model._recovered = list(state["recovered"])
        model._new_infections = state["new_infections"]
        model._peak_infectious = state["peak_infectious"]
        model._peak_day = state["peak_day"]
        model._days_over_capacity = state["days_over_capacity"]
        model._random = random_from_json(state["random"])
        return model

    def state_to_json(self) -> State:
        return {
            "day": self.steps_done,
            "susceptible": list(self._susceptible),
            "exposed": list(self._exposed),
            "infectious": list(self._infectious),
            "recovered": list(self._recovered),
            "new_infections": self._new_infections,
            "peak_infectious": self._peak_infectious,
            "peak_day": self._peak_day,
            "days_over_capacity": self._days_over_capacity,
            "random": random_to_json(self._random),
        }

    def step(self) -> None:
        self.steps_done += 1
        self._new_infections = 0
        for _part in range(_PARTS_OF_DAY):
            self._pass_time(1.0 / _PARTS_OF_DAY)
        infectious = sum(self._infectious)
        if infectious > self._peak_infectious:
            self._peak_infectious, self._peak_day = infectious, self.steps_done
        self._compare_with_beds(infectious // 50)

    def observe(self) -> Row:
        return {
            "day": self.steps_done,
            "susceptible": sum(self._susceptible),
            "exposed": sum(self._exposed),
            "infectious": sum(self._infectious),
            "recovered": sum(self._recovered),
            "new_infections": self._new_infections,
        }

    def progress(self) -> str:
        return (
            f"infectious {sum(self._infectious):,}, exposed {sum(self._exposed):,}, "
            f"new infections {self._new_infections:,}"
        )

    def summary(self) -> Row:
        infected = sum(self._exposed) + sum(self._infectious) + sum(self._recovered)
        return {
            "peak_infected": self._peak_infectious,
            "peak_day": self._peak_day,
            "attack_rate": round(infected / (infected + sum(self._susceptible)), 4),
            "days_over_capacity": self._days_over_capacity,
        }

    def frame(self) -> str:
        towns = zip(self._susceptible, self._exposed, self._infectious, self._recovered, strict=True)
        return "".join(
            f"{self.steps_done},{town},{','.join(map(str, people))}\n" for town, people in enumerate(towns)
        )

    def _pass_time(self, days: float) -> None:
        params = self.params
        becomes_infectious = -math.expm1(-days / params.latent_days)
        recovers = -math.expm1(-days / params.infectious_days)
        people_everywhere = sum(
            map(sum, (self._susceptible, self._exposed, self._infectious, self._recovered))
        )
        pressure_everywhere = params.commuting * sum(self._infectious) / people_everywhere
        for town in range(params.towns):
            susceptible, exposed = self._susceptible[town], self._exposed[town]
            infectious, recovered = self._infectious[town], self._recovered[town]
            people = susceptible + exposed + infectious + recovered
            pressure = (1.0 - params.commuting) * infectious / people + pressure_everywhere
            infected = binomial(self._random, susceptible, -math.expm1(-params.beta * pressure * days))
            sickened = binomial(self._random, exposed, becomes_infectious)
            healed = binomial(self._random, infectious, recovers)
            self._susceptible[town] = susceptible - infected
            self._exposed[town] = exposed + infected - sickened
            self._infectious[town] = infectious + sickened - healed
            self._recovered[town] = recovered + healed
            self._new_infections += infected

    def _compare_with_beds(self, patients: int) -> None:
        if patients <= self.params.beds:
            return
        if self._days_over_capacity % 10 == 0:
            _log.warning("day %d: %s patients for %s beds", self.steps_done, patients, self.params.beds)
        self._days_over_capacity += 1


def binomial(generator: random.Random, trials: int, probability: float) -> int:
    """Draw a number of successes from the binomial distribution.

    Args:
        generator: Random number generator.
        trials: Number of independent trials, at least 0.
        probability: Probability of success in one trial, from 0 to 1.
    """
    if probability > 0.5:
        return trials - binomial(generator, trials, 1.0 - probability)
    if not trials or probability <= 0.0:
        return 0
    # The gaps between successes are geometric: one random number per success, not per trial.
    log_failure = math.log1p(-probability)
    log, uniform = math.log, generator.random
    successes, trial = 0, 0
    while True:
        trial += int(log(1.0 - uniform()) / log_failure) + 1
        if trial > trials:
            return successes
        successes += 1
