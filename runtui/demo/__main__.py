"""``python -m runtui.demo BASE_DIR``: run the demo's simulations in a new runs directory."""

from __future__ import annotations

import argparse
import sys

from runtui.demo.supervisor import run_demo
from runtui.store.errors import StoreError
from runtui.text.sanitize import safe_text


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m runtui.demo", description="Run the demo's simulations in a new runs directory."
    )
    parser.add_argument("base_dir", metavar="BASE_DIR", help="new or empty directory")
    base_dir: str = parser.parse_args().base_dir
    try:
        result = run_demo(base_dir, progress=lambda line: print(line, flush=True))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: all simulations were stopped", file=sys.stderr)
        return 130
    counts = ", ".join(f"{count} {status}" for status, count in sorted(result.finished.items()))
    print(f"{safe_text(base_dir)}: {counts}, {len(result.lost)} lost, {len(result.live)} still running")
    return 0


if __name__ == "__main__":
    sys.exit(main())
