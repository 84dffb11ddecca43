"""Registry of the demo's simulations, and the files in their run directories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runtui.demo.diffusion import Diffusion
from runtui.demo.epidemic import Epidemic
from runtui.demo.gas import Gas
from runtui.demo.model import Model, Params


@dataclass(frozen=True, slots=True)
class ModelKind:
    """Entry of the registry.

    Attributes:
        model: Class of the simulation.
        results_file: Name of its table in ``results/``, ending in ``.csv`` or ``.jsonl``.
        config: Function from the parameters to the contents of ``config.yaml``; None for no such file.
    """

    model: type[Model]
    results_file: str
    config: Callable[[Params], str | dict[str, Any]] | None = None


def _epidemic_config(params: Params) -> str:
    return f"""\
# SEIR epidemic, chain binomial
model: epidemic
country:
  population: {params.get("population")}
  towns: {params.get("towns")}
  commuting: {params.get("commuting")}    # fraction of contacts outside one's own town
disease:
  beta: {params.get("beta")}    # infections per infectious person and day
  latent_days: {params.get("latent_days")}
  infectious_days: {params.get("infectious_days")}
hospitals:
  beds: {params.get("beds")}
"""


def _gas_config(params: Params) -> dict[str, Any]:
    return {
        "model": "gas",
        "potential": {"kind": "lennard-jones", "cutoff": params.get("cutoff")},
        "integrator": {"kind": "velocity-verlet", "dt": params.get("dt")},
        "thermostat": {
            "kind": "andersen",
            "temperature": params.get("temperature"),
            "rate": params.get("thermostat_rate"),
        },
    }


KINDS = {
    "epidemic": ModelKind(Epidemic, "epidemic.csv", _epidemic_config),
    "diffusion": ModelKind(Diffusion, "field.jsonl"),
    "gas": ModelKind(Gas, "thermo.csv", _gas_config),
}
"""Simulations by their name on the command line and in the metadata."""
