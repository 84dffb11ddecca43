"""What it costs to tell why 1,000 runs failed, each with a log of 10 MB; against a plain loop of reads.

    python -m tests.bench.digest [--runs N]

Prints the bytes read for each run and the seconds for all, and as a floor what a loop takes that opens every
log and reads its last 64 KB, just before and just after; then the same for logs of words that never repeat,
which cost most. The logs are sparse in their middle, which nobody reads.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from pathlib import Path

from runtui.logs.diagnose.digest import Facts, digest_of, read_digest
from runtui.logs.diagnose.pieces import MOST_BYTES, Piece, read_pieces
from tests.run_dirs import write_run

_SIZE = 10_000_000
_CORPUS = Path(__file__).parent.parent / "logs" / "diagnose" / "corpus"
_ROUNDS = 3


def make_runs(base: str, count: int) -> list[str]:
    """Make `count` failed runs whose large logs end as those of the corpus do; return their directories."""
    ends = [path.read_bytes() for path in sorted(_CORPUS.glob("*/*.log"))]
    numbers = b"".join(
        b"step %8d  residual %.6e  energy %+.9e  cfl %.3f\n"
        % (step, 1 / (step + 1), -1.2 - step / 7, step % 9)
        for step in range(2_000)
    )
    run_dirs = []
    for number in range(count):
        run_dir = write_run(base, f"run-{number:05}", status="failed")
        with open(run_dir / "logs" / "simulation.log", "wb") as log:
            end = numbers + ends[number % len(ends)]
            log.write(numbers)
            log.seek(_SIZE - len(end))
            log.write(end)
        run_dirs.append(str(run_dir))
    return run_dirs


def floor(run_dirs: list[str]) -> float:
    """Return the seconds that a plain loop takes to read the last 64 KB of every log."""
    began = time.perf_counter()
    for run_dir in run_dirs:
        descriptor = os.open(f"{run_dir}/logs/simulation.log", os.O_RDONLY)
        os.pread(descriptor, MOST_BYTES, os.fstat(descriptor).st_size - MOST_BYTES)
        os.close(descriptor)
    return time.perf_counter() - began


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1000)
    count = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as base:
        run_dirs = make_runs(base, count)
        read = [sum(len(piece.data) for piece in read_pieces(run_dir).pieces) for run_dir in run_dirs]
        print(f"bytes read for each run   {min(read)} to {max(read)}, of {MOST_BYTES} allowed")
        floors, times = [], []
        for _round in range(_ROUNDS):
            floors.append(floor(run_dirs))
            began, cpu = time.perf_counter(), time.process_time()
            for run_dir in run_dirs:
                read_digest(run_dir, Facts())
            times.append((time.perf_counter() - began, time.process_time() - cpu))
            floors.append(floor(run_dirs))
    seconds, cpu = map(statistics.median, zip(*times, strict=True))
    least = statistics.median(floors)
    print(f"plain loop                {least:.3f} s")
    print(f"digests of {count} runs      {seconds:.3f} s, {seconds / least:.1f} x the loop")
    print(f"  of these the processor  {cpu:.3f} s")
    choice = random.Random(1)
    words = b" ".join(b"%x" % choice.getrandbits(40) for _word in range(MOST_BYTES // 11))
    began = time.perf_counter()
    digest_of(Facts(), [Piece("words.log", 0, words.replace(b"a ", b"\n"), len(words), 0.0)])
    print(f"a log of new words        {1000 * (time.perf_counter() - began):.1f} ms")


if __name__ == "__main__":
    main()
