"""Logs as loggers, launchers, containers and schedulers pass them on."""

from __future__ import annotations

import json
import random
from base64 import b64encode
from collections.abc import Callable
from datetime import datetime, timedelta

_BEGIN = datetime(2026, 11, 3, 4, 5, 6, 789012)

STEPS = b"".join(
    b"step %7d  energy -%d.%04d  temp 300.%d\n" % (10 * step, 1200 + step % 7, step, step % 10)
    for step in range(2000)
)
"""The regular output of a program that works, 90 KB of it."""

_TIMES = {
    "iso": "%Y-%m-%dT%H:%M:%S.%f+00:00 ",
    "iso-utc": "%Y-%m-%dT%H:%M:%SZ ",
    "blank": "%Y-%m-%d %H:%M:%S ",
    "comma": "%Y-%m-%d %H:%M:%S,789 ",
    "brackets": "[%Y-%m-%d %H:%M:%S] ",
    "clock": "%H:%M:%S ",
    "clock-in-brackets": "[%H:%M:%S] ",
    "clock-and-colon": "%H:%M:%S.%f: ",
    "syslog": "%b %d %H:%M:%S cn-0412 job[123]: ",
    "american": "%m/%d/%Y %I:%M:%S PM ",
    "slashes": "%Y/%m/%d %H:%M:%S ",
    "points": "%d.%m.%Y %H:%M:%S ",
    "epoch": "1762142706.123 ",
    "since-boot": "[   12.345678] ",
    "dash": "%Y-%m-%d %H:%M:%S.123 - ",
    "level": "%Y-%m-%d %H:%M:%S INFO ",
    "container": "%Y-%m-%dT%H:%M:%S.%fZ stderr F ",
    "glog": "I%m%d %H:%M:%S.%f 12345 train.cc:77] ",
    "glog-error": "E%m%d %H:%M:%S.%f 12345 train.cc:77] ",
    "tensorflow": "%Y-%m-%d %H:%M:%S.%f: I tensorflow/core/run.cc:12] ",
    "spdlog": "[%Y-%m-%d %H:%M:%S.789] [solver] [info] ",
    "log4j": "%Y-%m-%d %H:%M:%S,789 INFO  [main] com.x.Solver: ",
    "logback": "%H:%M:%S.789 [main] INFO  com.x.Solver - ",
    "loguru": "%Y-%m-%d %H:%M:%S.789 | INFO     | __main__:main:12 - ",
    "python": "%Y-%m-%d %H:%M:%S,789 - solver.run - INFO - ",
    "hydra": "[%Y-%m-%d %H:%M:%S,789][solver.run][INFO] - ",
    "level-first": "INFO %Y-%m-%d %H:%M:%S,789 ",
    "journal": "%Y-%m-%dT%H:%M:%S+0000 cn-0412 job[12]: ",
    "apache": "[%a %b %d %H:%M:%S.%f %Y] [info] ",
    "rfc-2822": "%a, %d %b %Y %H:%M:%S +0000 ",
    "rfc-5424": "<34>1 %Y-%m-%dT%H:%M:%S.003Z cn-0412 job 123 - - ",
    "syslog-priority": "<34>%b %d %H:%M:%S cn-0412 job: ",
    "zone": "%Y-%m-%d %H:%M:%S CET ",
    "offset": "%Y-%m-%d %H:%M:%S.%f +0100 ",
    "compact": "%Y%m%dT%H%M%S ",
    "epoch-in-seconds": "1762142706 ",
    "elapsed": "[12.345s] ",
    "elapsed-and-colon": "12.345: ",
    "elapsed-in-milliseconds": "[   12345 ms] ",
    "elapsed-clock": "[0:00:12] ",
    "annotated": "%H:%M:%S E: ",
    "bar": "%H:%M:%S | ",
    "slurm": "[%Y-%m-%dT%H:%M:%S.789] ",
    "kubernetes": "%Y-%m-%dT%H:%M:%S.1234567Z ",
}
_MARKS = {
    "srun": b"3: ",
    "srun-without-blank": b"3:",
    "srun-padded": b"   3: ",
    "torchrun": b"[default3]:",
    "prrte": b"[prterun-cn0412-12345@1,3]<stderr>:",
    "open-mpi": b"[1,3]<stderr>:",
    "mpich": b"[3] ",
    "pytorch": b"[rank3]: ",
    "julia": b"      From worker 2:\t",
    "ray": b"(train pid=123, ip=10.0.0.1) ",
    "host": b"cn-0412: ",
    "pod": b"pod/trainer-0 | ",
    "compose": b"trainer_1  | ",
    "rank-and-bar": b"rank3 | ",
    "rank-and-colon": b"rank 3: ",
    "rank-in-brackets": b"[rank: 3] ",
    "rank-and-dash": b"Rank 3 - ",
    "angle": b"<3>: ",
    "process-number": b"P0003: ",
    "rank-of-size": b"[3/8] ",
    "horovod": b"[1]<stderr>:",
    "host-and-pid": b"[cn0412:12345] ",
    "accelerate": b"[cn0412:3]: ",
    "kubectl": b"[pod/trainer-0/main] ",
    "address": b"10.0.0.1: ",
    "ray-pid": b"(pid=123) ",
    "raylet": b"(raylet) ",
    "worker": b"[Worker 3] ",
    "task": b"Task 3: ",
    "node-prompt": b"node03> ",
    "parallel": b"cn0412\t",
    "stream": b"stderr: ",
    "python-logger": b"INFO:solver:",
    "info": b"[INFO] ",
}


def _each(before: Callable[[int], bytes]) -> Callable[[bytes], bytes]:
    """Return a disguise that puts something before each line, by the line's number."""

    def disguise(log: bytes) -> bytes:
        return b"".join(before(number) + line for number, line in enumerate(log.splitlines(keepends=True)))

    return disguise


def _timed(form: str) -> Callable[[bytes], bytes]:
    return _each(lambda number: (_BEGIN + timedelta(seconds=0.4 * number)).strftime(form).encode())


def _entries(pack: Callable[[str], dict[str, object]]) -> Callable[[bytes], bytes]:
    def disguise(log: bytes) -> bytes:
        lines = log.decode("utf-8", "replace").split("\n")
        return "".join(
            json.dumps(pack(line)) + "\n" for line in lines[: -1 if lines[-1] == "" else None]
        ).encode()

    return disguise


_FRAMES = b"".join(
    b"#%d  0x%016x in ?? () from /usr/lib/x86_64-linux-gnu/libfoo.so.%d\n"
    % (frame % 64, 16 * frame, frame % 9)
    for frame in range(1200)
)

PREFIXES: dict[str, Callable[[bytes], bytes]] = {
    **{f"time-{name}": _timed(form) for name, form in _TIMES.items()},
    **{f"mark-{name}": _each(lambda _number, mark=mark: mark) for name, mark in _MARKS.items()},
    "rank-then-time": lambda log: _each(lambda _number: b"3: ")(_timed(_TIMES["blank"])(log)),
    "time-then-rank": lambda log: _timed(_TIMES["blank"])(_each(lambda _number: b"3: ")(log)),
    "docker": _entries(
        lambda line: {"log": f"{line}\n", "stream": "stderr", "time": "2026-11-03T04:05:06.7Z"}
    ),
    "pino": _entries(lambda line: {"level": 30, "time": 1762142706123, "pid": 7, "msg": line}),
    "bunyan": _entries(lambda line: {"name": "run", "hostname": "cn", "level": 30, "msg": line, "v": 0}),
    "structlog": _entries(lambda line: {"event": line, "level": "info", "timestamp": "2026-11-03T04:05:06Z"}),
    "python-json-logger": _entries(lambda line: {"asctime": "x", "levelname": "INFO", "message": line}),
    "zap": _entries(lambda line: {"level": "info", "ts": 1762142706.1, "caller": "run.go:7", "msg": line}),
    "loguru-serialized": _entries(
        lambda line: {"text": f"{line}\n", "record": {"level": {"name": "INFO"}, "message": line}}
    ),
    "pino-in-docker": _entries(
        lambda line: {"log": json.dumps({"level": 30, "msg": line}) + "\n", "stream": "stdout"}
    ),
    "logfmt": lambda log: "".join(
        f"time=2026-11-03T04:05:06Z level=info msg={json.dumps(line, ensure_ascii=False)}\n"
        for line in log.decode("utf-8", "replace").rstrip("\n").split("\n")
    ).encode(),
    "time-then-rank-then-level": lambda log: _timed(_TIMES["blank"])(
        _each(lambda _number: b"[rank3]: [INFO] ")(log)
    ),
}
"""What is put before each line, or around it, by name."""

ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    "colours": lambda log: b"".join(b"\x1b[31m%b\x1b[0m\n" % line for line in log.splitlines()),
    "windows-line-ends": lambda log: log.replace(b"\n", b"\r\n"),
    "utf-16": lambda log: log.decode("utf-8", "replace").encode("utf-16"),
    "utf-16-without-mark": lambda log: log.decode("utf-8", "replace").encode("utf-16-le"),
    "utf-16-big-endian": lambda log: log.decode("utf-8", "replace").encode("utf-16-be"),
}

SURROUNDINGS: dict[str, Callable[[bytes], bytes]] = {
    "much-before": lambda log: STEPS + log,
    "survived-error-before": lambda log: (
        STEPS[:9000] + b'Traceback (most recent call last):\n  File "io.py", line 3, in load\n'
        b"OSError: [Errno 5] Input/output error: part.h5\n" + STEPS + log
    ),
    "warnings-before": lambda log: (
        STEPS[:9000] + b"WARNING: ImportError: no module named mkl, falling back to numpy\n"
        b"open restart.nc: No such file or directory, starting anew\n" + STEPS + log
    ),
    "dump-after": lambda log: STEPS + log.rstrip(b"\n") + b"\nBacktrace for this error:\n" + _FRAMES,
}

CONSEQUENCES: dict[str, bytes] = {
    "killed": b"srun: error: cn0412: tasks 0-63: Killed\nsrun: Terminating StepId=123.0\n",
    "cancelled-step": b"slurmstepd: error: *** STEP 123.0 ON cn0412 CANCELLED AT 2026-11-03T04:06:00 ***\n"
    b"srun: error: cn0412: tasks 1-63: Terminated\n",
    "mpi-abort": b"MPI_ABORT was invoked on rank 0 in communicator MPI_COMM_WORLD\nwith errorcode 1.\n",
    "exit-code": b"srun: error: cn0412: task 3: Exited with exit code 1\n",
}
"""What launchers write after a program of theirs has failed, by name."""

_NUMBERS = random.Random(7)


def _digits(count: int) -> str:
    return f"{_NUMBERS.getrandbits(4 * count):0{count}x}"


_TRACEBACK = b'Traceback (most recent call last):\n  File "run.py", line 3, in load\n    open(path)\n%b\n'
_MORE = STEPS[9000:].partition(b"\n")[2][:900].rpartition(b"\n")[0] + b"\n"

SURVIVED: dict[str, bytes] = {
    "caught": _TRACEBACK % b"OSError: [Errno 5] Input/output error: part.h5" + _MORE,
    "retried": _TRACEBACK % b"ConnectionError: timed out" + b"retrying (1/3)\n" + _MORE,
    "tried-again-at-once": _TRACEBACK % b"ConnectionError: timed out" + b"attempt 2 of 3\n",
    "batch-halved": _TRACEBACK
    % b"torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB"
    + b"halving the batch size: 32 -> 16\n"
    + _MORE,
    "begun-anew": b"open restart.nc: No such file or directory, starting anew\n" + _MORE,
    "from-scratch": b"cannot open restart.nc: No such file or directory\nstarting from scratch\n" + _MORE,
    "warned": b"WARNING:root:no cache\n"
    + _TRACEBACK % b"FileNotFoundError: [Errno 2] No such file: 'a'"
    + _MORE,
    "said-to-be-no-failure": b"ERROR: could not open the GPU device (not a failure)\n" + _MORE,
    "exception-ignored": b"Exception ignored in: <function Pool.__del__ at 0x7f>\n"
    + _TRACEBACK % b"AttributeError: 'Pool' object has no attribute 'x'",
    "error-and-more-steps": b"ERROR: the solver did not converge at step 400\n" + _MORE,
    "task-launched-again": b"srun: error: cn01: task 3: Killed\nsrun: launching again\n" + _MORE,
}
"""What a program writes of errors that it survives, and what it then goes on with, by name."""

_BANNER = (
    b"==== job 7741203 on cn-04%d, Thu Oct  %d 21:14:03 CEST 2025 ====\n"
    b"SLURM_NTASKS=32\nmodules: gcc/12.3.0 openmpi/4.1.5\n"
)
_CANCELLED = b"slurmstepd: error: *** JOB 9 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO %b ***\n"
_DISK_FULL = _TRACEBACK % b"OSError: [Errno 28] No space left on device"

EARLIER_ATTEMPTS: dict[str, bytes] = {
    "requeued": STEPS + _CANCELLED % b"JOB REQUEUE" + _MORE,
    "node-failure": STEPS + _CANCELLED % b"NODE FAILURE, SEE SLURMCTLD LOG FOR DETAILS" + _MORE,
    "preempted-and-announced": STEPS + _CANCELLED % b"PREEMPTION" + b"job 9 requeued, attempt 2\n",
    "preempted-and-banner": _BANNER % (1, 3) + STEPS + _CANCELLED % b"PREEMPTION" + _BANNER % (2, 4),
    "time-limit-and-banner": _BANNER % (1, 3) + STEPS + _CANCELLED % b"TIME LIMIT" + _BANNER % (2, 4),
    "disk-full-and-banner": _BANNER % (1, 3) + STEPS[:9000] + b"\n" + _DISK_FULL + _BANNER % (2, 4),
    "restarted": STEPS + _DISK_FULL + b"Restarting from checkpoint chk.400\n" + _MORE,
    "restart-file-read": STEPS + _DISK_FULL + b"Reading restart file restart.400 ...\n",
    "three-attempts": (_BANNER % (1, 3) + _MORE + _DISK_FULL) * 2 + _BANNER % (2, 4) + _MORE,
}
"""What earlier attempts of a job wrote into the same log, up to the beginning of the last one, by name."""

_JSON = ("  {", '    "id": %d,', '    "at": [%d.5, 0.5],', '    "name": "cell-%d"', "  },")

_GPU = (
    "+-------------------------------+----------------------+----------------------+",
    "|   %d  NVIDIA A100-SXM...  On   | 00000000:07:00.0 Off |                    0 |",
    "| N/A   3%dC    P0    50W / 400W |      4MiB / 40960MiB |      0%%      Default |",
)
_CORE = (
    "           PID: %d (sim)",
    "        Signal: 6 (ABRT)",
    "  Command Line: ./sim case%d.in",
    "       Message: Process %d (sim) of user 1000 dumped core.",
)
_GOROUTINE = (
    "",
    "goroutine %d [chan receive, 3 minutes]:",
    "main.(*Solver).step(0xc%09x, 0x1)",
    "\t/home/kim/sim/solver.go:%d +0x1a",
)
_JAVA = (
    '"pool-1-thread-%d" #7 prio=5 os_prio=0 tid=0x00007f nid=0x1 waiting on condition [0x00007f]',
    "   java.lang.Thread.State: WAITING (parking)",
    "\tat com.x.Solver.step(Solver.java:%d)",
)
_MODULES = ("gcc", "cuda", "hdf5", "fftw", "errorlib")
_NAMES = ("error_tolerance", "abort_on_nan", "time_step", "solver", "max_failures")


def _in_turn(forms: tuple[str, ...]) -> Callable[[int], str]:
    """Return what writes lines of some forms in turn, each with its number."""
    return lambda line: form % line if "%" in (form := forms[line % len(forms)]) else form


DUMPS: dict[str, Callable[[int], str]] = {
    "gpu-tables": _in_turn(_GPU),
    "core-notes": _in_turn(_CORE),
    "goroutines": _in_turn(_GOROUTINE),
    "java-threads": _in_turn(_JAVA),
    "environment": lambda line: f"SLURM_{_NAMES[line % 5].upper()}_{line}=/opt/sw/{line}/bin:/usr/bin",
    "settings": lambda line: f"{'  ' * (line % 3)}{_NAMES[line % 5]}_{line % 90}: {line / 7:.2e}",
    "modules": lambda line: "".join(
        f"  {3 * line + one}) {_MODULES[_NUMBERS.randrange(5)]}/{line % 9}.1" for one in (1, 2, 3)
    ),
    "processes": lambda line: f"kim  {line:7} 99.0  0.1 {line:6} ?  R  10:00  0:01 ./sim --on-error abort",
    "tasks": lambda line: f"srun: error: cn{line // 4:04}: task {line}: Exited with exit code 1",
    "backtrace": lambda line: (
        f"#{line % 60}  0x{16 * line:016x} in solve_{line % 7} () from /lib64/libfoo.so.6"
    ),
    "hexdump": lambda line: f"{16 * line:08x}  {' '.join(_digits(2) for _ in range(16))}  |................|",
    "registers": lambda _line: f"RAX: {_digits(16)} RBX: {_digits(16)} RCX: {_digits(16)}",
    "memory-map": lambda line: (
        f"{_digits(12)}-{_digits(12)} r-xp {_digits(8)} fd:00 {line}  /lib64/lib{line % 40}.so"
    ),
    "table": lambda line: f"  {line:8}  {line / 7:12.5e}  {line / 3:12.5e}",
    "table-of-words": lambda line: f"cell {line:6}  x = {line / 7:.5f}  p = {line / 3:.3e}",
    "core-dumps": lambda line: (
        f"[cn{line // 40 % 64:04}:{line // 40}] "
        + (
            ("*** Process received signal ***", "Signal: Aborted (6)")[line % 40]
            if line % 40 < 2
            else f"[{line % 40:2}] /lib64/libc.so.6(+0x{_digits(5)})[0x{_digits(12)}]"
        )
    ),
    "repeated": lambda _line: "waiting for the other processes to finish",
    "farewell": lambda line: f"MPI process rank {line % 64} (p = {line}) caught a SIGTERM, exiting",
    "progress-bar": lambda line: f"\rsaving state: {line % 100:3}%|{'#' * (line % 50)}| {line}/9000",
    "json": lambda line: _JSON[line % 5].replace("%d", str(line)),
    "json-lines": lambda line: json.dumps({"id": line, "x": line / 7, "state": _digits(12)}),
    "base64": lambda _line: b64encode(_NUMBERS.randbytes(57)).decode(),
}
"""What programs write after they have said why they end, by name: the line with a number."""


def dump(name: str, size: int) -> bytes:
    """Return a dump of a number of bytes at least."""
    lines: list[str] = []
    length = 0
    while length < size:
        lines.append(f"{DUMPS[name](len(lines))}\n")
        length += len(lines[-1])
    return "".join(lines).encode()
