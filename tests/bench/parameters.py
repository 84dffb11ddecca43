"""How long a filter by a parameter takes over many runs, against a plain loop that reads the same files.

    python -m tests.bench.parameters [--rounds N] [--runs N]

Both take turns, each in a process of its own, by the processor time that it took, which other work on the
machine changes less than the clock. The ratio is to be at most 1.5.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path

import yaml

from tests.bench.commands import cost
from tests.run_dirs import write_run

PARAMETERS = {
    "seed": 0,
    "name": "run",
    "model": {"beta": 0.1, "layers": [64, 64], "opt": [{"name": "adam", "lr": 1e-3}]},
    **{f"key{number}": number / 8 for number in range(10)},
}
"""Parameters of a usual size."""

LOOPS = {
    "run_params.json": "import json; load = json.load",
    "config.yaml": "import json, yaml; load = lambda file: yaml.load(file, yaml.CSafeLoader)",
}
"""By the file, how a program of a few lines reads it."""

LOOP = """
{load}
import os, sys
base, file = sys.argv[1:]
for name in os.listdir(base):
    with open(f"{{base}}/{{name}}/metadata.json", "rb") as opened:
        metadata = json.load(opened)
    with open(f"{{base}}/{{name}}/{{file}}", "rb") as opened:
        parameters = load(opened)
    if parameters["model"]["beta"] >= 0.3:
        print(name, metadata["status"], metadata["description"])
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=10_000)
    arguments = parser.parse_args()
    print(f"{arguments.runs:,} runs; C parser of PyYAML: {yaml.__with_libyaml__}")
    for file, load in LOOPS.items():
        with tempfile.TemporaryDirectory() as base:
            for number in range(arguments.runs):
                run = write_run(Path(base), f"run-{number:05}")
                PARAMETERS["model"]["beta"] = number % 10 / 10  # type: ignore[index]
                text = json.dumps(PARAMETERS) if file.endswith(".json") else yaml.safe_dump(PARAMETERS)
                (run / file).write_text(text)
            loop = [sys.executable, "-c", LOOP.format(load=load), base, file]
            ls = [sys.executable, "-m", "runtui", "ls", "-C", base, "model.beta>=0.3"]
            ls += ["--columns", "id,status,description"]
            rounds = [(cost(ls)[1], cost(loop)[1]) for _ in range(arguments.rounds + 1)][1:]
            ours, plain = (statistics.median(times) for times in zip(*rounds, strict=True))
            ratio = statistics.median(one / other for one, other in rounds)
            print(f"{file:<16} ls {ours:5.2f} s  loop {plain:5.2f} s  ratio {ratio:4.2f}")


if __name__ == "__main__":
    main()
