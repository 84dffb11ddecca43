"""How the browser does on a slow shared file system: each metadata call takes 2 ms.

    python -m tests.bench.slow [--runs 10000] [--delay 2] [--in-flight 1,8]

A library preloaded into the program delays its calls that name a path below the runs directory, and counts
how many of them are under way. No cache is there yet. While the runs are read, keys are pressed on a pseudo
terminal, and the worst time until an answer is painted is told.
"""

from __future__ import annotations

import argparse
import os
import pty
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
from fcntl import ioctl
from pathlib import Path

from tests.run_dirs import make_runs

SHIM = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct counts { atomic_int under_way, calls, most; };
static struct counts *counts;
static const char *slow;
static long delay;

__attribute__((constructor)) static void begin(void) {
    slow = getenv("SLOW_PATH");
    delay = atol(getenv("SLOW_MICROSECONDS")) * 1000;
    /* Of all processes of the program together. */
    int file = open(getenv("SLOW_REPORT"), O_RDWR);
    counts = mmap(NULL, sizeof *counts, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (counts == MAP_FAILED) abort();
    close(file);
}

static int is_slow(const char *path) {
    char here[4096];
    if (!path) return 0;
    if (*path != '/') path = getcwd(here, sizeof here);
    return path && !strncmp(path, slow, strlen(slow));
}

static void wait_for_server(const char *path) {
    if (!is_slow(path)) return;
    int now = atomic_fetch_add(&counts->under_way, 1) + 1, seen = atomic_load(&counts->most);
    while (now > seen && !atomic_compare_exchange_weak(&counts->most, &seen, now)) {}
    struct timespec pause = {0, delay};
    nanosleep(&pause, NULL);
    atomic_fetch_sub(&counts->under_way, 1);
    atomic_fetch_add(&counts->calls, 1);
}

#define OPEN(name) int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); int mode = va_arg(rest, int); va_end(rest); \
    wait_for_server(path); \
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); return real(path, flags, mode); }
OPEN(open) OPEN(open64)
#define STAT(name, kind) int name(const char *path, struct kind *found) { \
    wait_for_server(path); \
    int (*real)(const char *, struct kind *) = dlsym(RTLD_NEXT, #name); return real(path, found); }
STAT(stat, stat) STAT(stat64, stat64) STAT(lstat, stat) STAT(lstat64, stat64)
#define STATAT(name, kind) int name(int at, const char *path, struct kind *found, int flags) { \
    wait_for_server(path); \
    int (*real)(int, const char *, struct kind *, int) = dlsym(RTLD_NEXT, #name); \
    return real(at, path, found, flags); }
STATAT(fstatat, stat) STATAT(fstatat64, stat64)
DIR *opendir(const char *path) {
    wait_for_server(path);
    DIR *(*real)(const char *) = dlsym(RTLD_NEXT, "opendir");
    return real(path);
}
ssize_t readlink(const char *path, char *text, size_t size) {
    wait_for_server(path);
    ssize_t (*real)(const char *, char *, size_t) = dlsym(RTLD_NEXT, "readlink");
    return real(path, text, size);
}
"""

_COUNTS = struct.Struct("3i")
_KEYS_EVERY = 0.25
_PATIENCE = 180.0


def build(folder: Path) -> Path:
    """Compile the library that is preloaded."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        sys.exit("a C compiler is needed: gcc is not installed")
    source, library = folder / "slow.c", folder / "slow.so"
    source.write_text(SHIM)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return library


def measure(base: Path, library: Path, folder: Path, delay: float, in_flight: int) -> dict[str, float]:
    """Open the browser once; return seconds, keys' answers in seconds, and counts."""
    config = folder / f"config-{in_flight}"
    (config / "runtui").mkdir(parents=True, exist_ok=True)
    (config / "runtui" / "settings.toml").write_text(f"[budgets]\nin_flight = {in_flight}\n")
    environment = {
        "XDG_CONFIG_HOME": str(config),
        "TERM": "xterm-256color",
        "XDG_CACHE_HOME": str(folder / f"cache-{in_flight}-{delay}"),
        "LD_PRELOAD": str(library),
        "SLOW_PATH": str(base),
        "SLOW_REPORT": str(folder / "report"),
        "SLOW_MICROSECONDS": str(int(delay * 1000)),
    }
    (folder / "report").write_bytes(bytes(_COUNTS.size))
    began = time.perf_counter()
    pid, terminal = pty.fork()
    if not pid:
        os.environ.update(environment)
        os.execv(sys.executable, [sys.executable, "-m", "runtui", str(base)])
    ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    seen = b""
    found: dict[str, float] = {"worst key": 0.0}
    pressed = 0.0
    answers: list[float] = []
    key = b"j"
    try:
        while "all read" not in found and time.perf_counter() - began < _PATIENCE:
            ready, _, _ = select.select([terminal], [], [], 0.02)
            now = time.perf_counter()
            if ready:
                part = os.read(terminal, 65536)
                seen = (seen + part)[-200_000:]
                # The mark of the cursor is painted on the row that a key leads to.
                if pressed and "›".encode() in part:
                    answers.append(now - pressed)
                    pressed = 0.0
                if "first rows" not in found and "✓ completed".encode() in seen:
                    found["first rows"] = now - began
                if "● live".encode() in seen:
                    found["all read"] = now - began
            elif "first rows" in found and not pressed and now - began > len(answers) * _KEYS_EVERY:
                os.write(terminal, key)
                key = b"k" if key == b"j" else b"j"
                pressed = time.perf_counter()
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    found["worst key"] = max(answers, default=0.0)
    found["keys"] = len(answers)
    _under_way, found["calls"], found["in flight"] = _COUNTS.unpack((folder / "report").read_bytes())
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10_000)
    parser.add_argument("--delay", type=float, default=2.0, help="milliseconds for each call")
    parser.add_argument("--in-flight", default="8", help="how many runs are read at once, e.g. 1,8,16")
    arguments = parser.parse_args()
    print(f"{arguments.runs:,} runs, {arguments.delay:g} ms for each call")
    print("at once  first rows  all read  worst key (of)   calls  calls/s  most in flight")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        library = build(folder)
        base = make_runs(folder / "runs", arguments.runs, seed=1)
        for in_flight in map(int, arguments.in_flight.split(",")):
            found = measure(base, library, folder, arguments.delay, in_flight)
            took, key = found.get("all read", float("nan")), found["worst key"] * 1000
            print(
                f"{in_flight:7}  {found['first rows']:8.2f} s  {took:6.1f} s  {key:6.0f} ms"
                f" ({found['keys']:.0f})  {found['calls']:6.0f}  {found['calls'] / took:7.0f}"
                f"  {found['in flight']:8.0f}"
            )


if __name__ == "__main__":
    main()
