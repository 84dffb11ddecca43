"""All that is measured of the catalog and the browser, one table after the other.

    python -m tests.bench [--dir DIR]

Takes about ten minutes. DIR is a runs directory with 100,000 runs; by default one is made.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.run_dirs import make_runs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dir")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        base = arguments.dir or str(make_runs(Path(folder, "runs"), 100_000, seed=1))
        for part in (
            ["start", "--runs", "10,1000", "--dir", base],
            ["many", "--dir", base],
            ["idle"],
            ["slow"],
            ["commands"],
            ["parameters"],
        ):
            print(f"\n{part[0]}", flush=True)
            subprocess.run([sys.executable, "-m", f"tests.bench.{part[0]}", *part[1:]], check=True)


if __name__ == "__main__":
    main()
