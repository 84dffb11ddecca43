import bz2
import gzip
import lzma
import os
import random
import re
import time
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtui.logs.diagnose.digest import Facts, digest_of, error_lines, read_digest, read_log_digest
from runtui.logs.diagnose.pieces import Piece
from runtui.logs.diagnose.rules import RULES, Rule, Says
from runtui.store.failure import FailureKind, FailureSummary
from runtui.text.sanitize import safe_text
from tests.logs.diagnose import disguises
from tests.logs.diagnose.disguises import CONSEQUENCES, DUMPS, ENCODINGS, PREFIXES, SURROUNDINGS, dump
from tests.store.children import output_as_nobody

CORPUS = Path(__file__).parent / "corpus"
EXPECTED = tomllib.loads((CORPUS / "expected.toml").read_text())
FEWEST_LINES = 5
"""Lines by which it can be told what all of them share."""

SEVERAL = sorted(name for name in EXPECTED if (CORPUS / name).read_bytes().count(b"\n") >= FEWEST_LINES)[::11]
"""Some thirty of the logs."""

COLOURS = re.compile(r"\x1b\[[\d;]*m")
NOTHING = Facts()
TRACEBACK = b"""Traceback (most recent call last):
  File "run.py", line 3, in <module>
    step()
ValueError: %s
"""


def piece(
    data: bytes, log: str = "a.log", *, offset: int = 0, size: int | None = None, age: float = 0
) -> Piece:
    return Piece(log, offset, data, offset + len(data) if size is None else size, 1e9 - age)


def digest(*data: bytes, facts: Facts = NOTHING) -> FailureSummary:
    return digest_of(facts, [piece(each, f"{number}.log") for number, each in enumerate(data)])


# Attempts of a job


PREEMPTED = b"slurmstepd: error: *** JOB 9 ON n1 CANCELLED AT 2026-03-01T10:00:00 DUE TO %s ***\n"
CRASH = b'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n'
STEPS = b"".join(b"step %d residual 1e-3\n" % step for step in range(60))


@pytest.mark.parametrize("why", [b"PREEMPTION", b"TIME LIMIT", b"JOB REQUEUE", b"NODE FAILURE, SEE LOG"])
def test_scheduler_reason_of_an_earlier_attempt_is_ignored(why: bytes) -> None:
    found = digest(b"step 1\n" + PREEMPTED % why + b"attempt 2\n" + STEPS + CRASH)
    assert (found.kind, found.line) == (FailureKind.EXCEPTION, "KeyError: 1")


def test_time_limit_outranks_errors_logged_around_it() -> None:
    assert digest(STEPS + CRASH + PREEMPTED % b"TIME LIMIT").kind is FailureKind.TIMEOUT
    assert digest(STEPS + PREEMPTED % b"TIME LIMIT" + CRASH).kind is FailureKind.TIMEOUT
    assert digest(STEPS + PREEMPTED % b"TIME LIMIT" + b"saving\n" * 300).kind is FailureKind.TIMEOUT


@pytest.mark.parametrize(
    ("facts", "kind"),
    [
        (Facts("it exceeded its memory limit, out of memory (OUT_OF_MEMORY)"), FailureKind.OOM),
        (Facts("", "exit code 0, but it reached the scheduler's time limit (TIMEOUT)"), FailureKind.TIMEOUT),
        (Facts("its node failed (NODE_FAIL)"), FailureKind.NODE),
        (Facts("it was preempted (PREEMPTED)"), FailureKind.PREEMPTED),
        (Facts("it was cancelled (CANCELLED)"), FailureKind.CANCELLED),
        (Facts("cancelled by ann"), FailureKind.CANCELLED),
        (Facts("cancelled by ann before it began"), FailureKind.CANCELLED),
        (Facts("interrupted by SIGINT"), FailureKind.CANCELLED),
        (Facts("exit code 124"), FailureKind.TIMEOUT),
    ],
)
def test_recorded_failure_has_its_kind(facts: Facts, kind: FailureKind) -> None:
    assert digest(STEPS, facts=facts).kind is kind


# The corpus


@pytest.mark.parametrize("name", EXPECTED)
def test_corpus_log_is_classified(name: str) -> None:
    data = (CORPUS / name).read_bytes()
    found = digest(data)
    assert (str(found.kind), found.line.strip()) == (name.partition("/")[0], EXPECTED[name]["line"][:300])
    # The screen goes where the line stands.
    assert found.line.strip() in COLOURS.sub("", data[found.offset :].split(b"\n")[0].decode())


@pytest.mark.parametrize("disguise", PREFIXES | ENCODINGS | SURROUNDINGS)
def test_logs_in_disguise_are_classified_as_without(disguise: str, tmp_path: Path) -> None:
    change = (PREFIXES | ENCODINGS | SURROUNDINGS)[disguise]
    wrong = []
    for name in SEVERAL:
        if disguise == "dump-after" and name.startswith("unknown/"):
            continue  # its last words are the heading of the dump
        write(tmp_path / "a.log", change((CORPUS / name).read_bytes()))
        found = read_digest(str(tmp_path), NOTHING)
        line = found.line.strip()
        is_right = line in EXPECTED[name]["line"] or EXPECTED[name]["line"][:100] in line
        if (str(found.kind), is_right) != (name.partition("/")[0], True):
            wrong.append(f"{name}: {found.kind}: {found.line}")
    print(f"{disguise}: {len(SEVERAL) - len(wrong)} of {len(SEVERAL)} right", *wrong, sep="\n  ")
    assert len(wrong) <= len(SEVERAL) // 20


@pytest.mark.parametrize("consequence", CONSEQUENCES)
def test_consequence_of_a_failure_is_not_its_reason(consequence: str, tmp_path: Path) -> None:
    wrong = []
    for name in SEVERAL:
        if name.partition("/")[0] in ("killed", "cancelled", "crash", "mpi", "unknown"):
            continue
        write(
            tmp_path / "a.log", (CORPUS / name).read_bytes().rstrip(b"\n") + b"\n" + CONSEQUENCES[consequence]
        )
        found = read_digest(str(tmp_path), NOTHING)
        if str(found.kind) != name.partition("/")[0]:
            wrong.append(f"{name}: {found.kind}: {found.line}")
    print(f"{consequence}: {len(wrong)} wrong", *wrong, sep="\n  ")
    assert len(wrong) <= len(SEVERAL) // 10  # some tell only of an exit code themselves


def _is_right(name: str, found: FailureSummary) -> bool:
    line, wanted = found.line.strip(), EXPECTED[name]["line"]
    return (line in wanted or wanted[:100] in line) and str(found.kind) == name.partition("/")[0]


def _right_ones(names: list[str], digest_of_log: Callable[[str], FailureSummary]) -> int:
    wrong = [(name, found) for name in names if not _is_right(name, found := digest_of_log(name))]
    print(f"{len(names) - len(wrong)} of {len(names)} right")
    print(*(f"  {name}: {found.kind}: {found.line}" for name, found in wrong), sep="\n")
    return len(names) - len(wrong)


TOLD_BY_PROGRAMS = [
    name for name in SEVERAL if not name.startswith(("cancelled/", "killed/", "mpi/", "unknown/"))
]


@pytest.mark.parametrize(
    ("kind_of_dump", "size"), [*((name, 90_000) for name in DUMPS), ("table", 5_000_000)]
)
def test_cause_is_found_before_a_long_dump(kind_of_dump: str, size: int, tmp_path: Path) -> None:
    after = dump(kind_of_dump, size)

    def found(name: str) -> FailureSummary:
        said = (CORPUS / name).read_bytes().rstrip(b"\n") + b"\n"
        write(tmp_path / "a.log", disguises.STEPS[:40_000].rpartition(b"\n")[0] + b"\n" + said + after)
        return read_digest(str(tmp_path), NOTHING)

    assert _right_ones(TOLD_BY_PROGRAMS, found) >= len(TOLD_BY_PROGRAMS) - 2


@pytest.mark.parametrize("kind_of_dump", DUMPS)
def test_cause_is_found_between_a_dump_and_the_end(kind_of_dump: str, tmp_path: Path) -> None:
    after = dump(kind_of_dump, 20_000) + b"Aborted (core dumped)\n"

    def found(name: str) -> FailureSummary:
        said = (CORPUS / name).read_bytes().rstrip(b"\n") + b"\n"
        write(tmp_path / "a.log", disguises.STEPS[:9000].rpartition(b"\n")[0] + b"\n" + said + after)
        return read_digest(str(tmp_path), NOTHING)

    assert _right_ones(TOLD_BY_PROGRAMS, found) >= len(TOLD_BY_PROGRAMS) - 3


@pytest.mark.parametrize("earlier", disguises.EARLIER_ATTEMPTS)
def test_only_the_last_attempt_of_a_job_counts(earlier: str, tmp_path: Path) -> None:
    before = disguises.EARLIER_ATTEMPTS[earlier]

    def found(name: str) -> FailureSummary:
        write(tmp_path / "a.log", before + (CORPUS / name).read_bytes())
        return read_digest(str(tmp_path), NOTHING)

    names = [name for name in SEVERAL if not name.startswith("unknown/")]
    assert _right_ones(names, found) == len(names)
    write(tmp_path / "a.log", before + disguises.STEPS[-9000:])
    assert read_digest(str(tmp_path), NOTHING).kind is FailureKind.UNKNOWN


@pytest.mark.parametrize("survived", disguises.SURVIVED)
def test_an_error_that_was_survived_is_not_the_reason(survived: str, tmp_path: Path) -> None:
    before = disguises.STEPS[:9000].rpartition(b"\n")[0] + b"\n" + disguises.SURVIVED[survived]

    def found(name: str) -> FailureSummary:
        write(tmp_path / "a.log", before + (CORPUS / name).read_bytes())
        return read_digest(str(tmp_path), NOTHING)

    names = [name for name in SEVERAL if not name.startswith("unknown/")]
    assert _right_ones(names, found) == len(names)


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("form", ["rsl.error.%04d", "out.%d", "logs/1/rank.%d/stderr"])
@pytest.mark.parametrize("count", [8, 64])
def test_the_rank_that_failed_is_found_among_others(
    count: int, form: str, place: str, tmp_path: Path
) -> None:
    failed = {"first": 0, "middle": count // 2, "last": count - 1}[place]
    others = disguises.STEPS + b"srun: error: cn0412: tasks 0-63: Killed\nTerminated\n"
    for rank in range(count):
        write(tmp_path / (form % rank), others)

    def found(name: str) -> FailureSummary:
        before = disguises.STEPS[:40_000].rpartition(b"\n")[0] + b"\n"
        write(tmp_path / (form % failed), before + (CORPUS / name).read_bytes(), age=30)
        return read_digest(str(tmp_path), NOTHING)

    names = [name for name in SEVERAL if not name.startswith("unknown/")]
    assert _right_ones(names, found) == len(names)


def test_corpus_lists_every_log_with_its_source() -> None:
    assert {str(path.relative_to(CORPUS)) for path in CORPUS.glob("*/*.log")} == set(EXPECTED)
    sources = {entry["source"].partition(": ")[0] for entry in EXPECTED.values()}
    assert sources == {"recorded", "wording"}


def test_corpus_is_classified_with_perfect_precision_and_recall(capsys: pytest.CaptureFixture[str]) -> None:
    pairs = [(name.partition("/")[0], str(digest((CORPUS / name).read_bytes()).kind)) for name in EXPECTED]
    with capsys.disabled():
        print(f"\n{'kind':10} {'logs':>5} {'precision':>10} {'recall':>7}")
        for kind in sorted({wanted for wanted, _found in pairs}):
            wanted = sum(pair[0] == kind for pair in pairs)
            told = sum(pair[1] == kind for pair in pairs)
            right = pairs.count((kind, kind))
            print(f"{kind:10} {wanted:5} {right / told if told else 0:10.0%} {right / wanted:7.0%}")
    assert all(wanted == found for wanted, found in pairs)


# What counts when a log tells of several failures


@pytest.mark.parametrize(
    ("data", "kind", "line"),
    [
        pytest.param(
            TRACEBACK
            % b"cause"
            + b"\nThe above exception was the direct cause of the following exception:\n\n"
            b"Traceback (most recent call last):\n  File x\nRunError: step failed\n",
            FailureKind.EXCEPTION,
            "ValueError: cause",
            id="the cause of a chained exception",
        ),
        pytest.param(
            b"MPI_ABORT was invoked on rank 1\nslurmstepd: error: Detected 1 oom_kill event in StepId=1.0.\n",
            FailureKind.OOM,
            "slurmstepd: error: Detected 1 oom_kill event in StepId=1.0.",
            id="no memory over the abort that follows",
        ),
        pytest.param(
            TRACEBACK % b"first rank" + TRACEBACK % b"second rank" + b"MPI_ABORT was invoked on rank 1\n",
            FailureKind.EXCEPTION,
            "ValueError: first rank",
            id="the first rank that failed",
        ),
        pytest.param(
            TRACEBACK % b"survived" + b"step done\n" * 2000 + TRACEBACK % b"fatal",
            FailureKind.EXCEPTION,
            "ValueError: fatal",
            id="not what was survived",
        ),
        pytest.param(
            TRACEBACK % b"handled" + b"step done\n" * 200 + TRACEBACK % b"fatal",
            FailureKind.EXCEPTION,
            "ValueError: fatal",
            id="not what was handled shortly before",
        ),
        pytest.param(
            b"[1,0]<stderr>:Traceback (most recent call last):\n[1,1]<stdout>:step 3\n"
            b'[1,0]<stderr>:  File "x.py", line 1\n[1,1]<stderr>:warning\n[1,0]<stderr>:KeyError: 3\n',
            FailureKind.EXCEPTION,
            "KeyError: 3",
            id="lines of ranks mixed",
        ),
        pytest.param(
            b"Traceback (most recent call last):\n"
            b'  File "x.py", line 1\n    raise MemoryError("No space left on device")\nValueError: 1\n',
            FailureKind.EXCEPTION,
            "ValueError: 1",
            id="not the source that a traceback quotes",
        ),
        pytest.param(
            b"Traceback (most recent call last):\n  File x", FailureKind.EXCEPTION, None, id="cut short"
        ),
        pytest.param(
            b" 10%|#   |\r 20%|##  |\rCUDA error: out of memory\r\n",
            FailureKind.OOM,
            "CUDA error: out of memory",
            id="a bar",
        ),
        pytest.param(
            b"\x1b[31mERROR\x1b[0m: the field is empty\n",
            FailureKind.ERROR,
            "ERROR: the field is empty",
            id="colours",
        ),
    ],
)
def test_root_cause_is_reported(data: bytes, kind: FailureKind, line: str | None) -> None:
    found = digest(b"step 1\n" * 30 + data)
    assert found.kind is kind
    assert line is None or found.line == line


def test_remark_that_the_program_went_on_after_before_is_not_its_reason() -> None:
    steps = b"".join(b"iteration %d, average force 0.05\n" % step for step in range(30))
    log = (
        steps + b"error: the fit is rough\n" + steps + b"error: the fit is rough\n*ERROR: too many cutbacks\n"
    )
    assert digest(log).line == "*ERROR: too many cutbacks"


@pytest.mark.parametrize(
    "line", ["ERROR: no memory", "Error: no such cell", "error: none of the inputs exists"]
)
def test_what_is_lacking_is_told_by_an_error(line: str) -> None:
    assert digest(b"step 1\n" + line.encode() + b"\nstep 2\n").line == line


@pytest.mark.parametrize("line", ["error: none", "Error: no errors found", "errors: 0", "Error: no"])
def test_that_there_is_no_error_is_no_failure(line: str) -> None:
    assert digest(b"step 1\n" + line.encode() + b"\nstep 2\n").kind is FailureKind.UNKNOWN


def test_closing_note_of_gfortran_is_no_last_word() -> None:
    note = b"Note: The following floating-point exceptions are signalling: IEEE_DENORMAL\n"
    assert digest(b"step 1\nthe tank is empty\n" + note).line == "the tank is empty"
    assert digest(b"ERROR: the tank is empty\n" + note).line == "ERROR: the tank is empty"
    assert digest(note).line == note.decode().strip()


@pytest.mark.parametrize("tool", ["cat", "cp", "ls", "rm", "mv", "grep", "mkdir", "tar", "head", "touch"])
def test_what_a_tool_could_not_do_counts_only_without_a_cause(tool: str) -> None:
    said = f"{tool}: x.dat: No such file or directory\n".encode()
    found = digest(said + b"step 1\nSegmentation fault (core dumped)\n" + said)
    assert found.kind is FailureKind.SEGFAULT
    found = digest(b"step 1\n" + said, facts=Facts("exit code 1"))
    assert (found.kind, found.line) == (FailureKind.MISSING, said.decode().strip())
    survived = said + b"step done\n" * 1000
    assert digest(survived, facts=Facts("exit code 1")).line == "exit code 1"


def test_what_a_tool_could_not_do_is_not_the_kind_of_a_recorded_reason() -> None:
    said = b"step 1\ncat: x.dat: No such file or directory\n"
    found = digest(said, facts=Facts("the beam bends too far"))
    assert (found.kind, found.line) == (FailureKind.ERROR, "the beam bends too far")
    assert digest(said, facts=Facts(stale_reason="no output for 2h")).kind is FailureKind.LOST


def test_of_what_tools_could_not_do_the_last_counts() -> None:
    found = digest(b"ls: a: No such file or directory\ncat: b: Permission denied\njobs done\n")
    assert found.line == "cat: b: Permission denied"
    both = b"cat: b: Permission denied\nrm: cannot remove 'c': No such file or directory\n"
    assert digest(both).line.startswith("rm: ")
    assert digest(both + b"jobs done\n").line == "cat: b: Permission denied"  # the script went on
    assert digest(b"srun: error: n1: task 0: Exited with exit code 1\n" + both[26:]).line.startswith("srun: ")


@pytest.mark.parametrize(
    "line",
    [
        "note: cannot use the GPU",
        "warning: cannot find file b",
        "mpirun: cannot bind to core, falling back",
        "slurmstepd: error: couldn't chdir to `/tmp/x': No such file or directory: going to /tmp instead",
        "gzip: /a/b: unknown suffix -- ignored",
        "done, 0 steps failed",
        "max error: 0.1, failed steps: 0",
        "reached the required accuracy",
    ],
)
def test_what_stopped_nobody_is_no_reason(line: str) -> None:
    assert digest(b"step 1\n" + line.encode() + b"\n").kind is FailureKind.UNKNOWN


@pytest.mark.parametrize(
    "line", ["input mesh is missing", "usage: sim INPUT", "the CFL number must be below 1"]
)
def test_last_line_that_says_what_is_wrong_is_the_reason(line: str) -> None:
    assert digest(b"step 1\n" + line.encode() + b"\n\n", facts=Facts("exit code 2")).line == line
    assert digest(b"the simulation failed\n", facts=Facts("exit code 2")).line == "exit code 2"
    after = line.encode() + b"\nstep 2\n"
    assert digest(after, facts=Facts("exit code 2")).line == "exit code 2"


WRAPPERS = """--------------------------------------------------------------------------
Primary job  terminated normally, but 1 process returned
a non-zero exit code. Per user-direction, the job has been aborted.
--------------------------------------------------------------------------
mpirun noticed that process rank 3 with PID 0 on node n1 exited on signal 6 (Aborted).
mpirun detected that one or more processes exited with non-zero status, thus causing
srun: error: n1: task 3: Exited with exit code 1
srun: Terminating StepId=7.0
slurmstepd: error: *** STEP 7.0 ON n1 CANCELLED AT 2026-10-09T21:20:11 ***
srun: error: n2: tasks 4-7: Terminated
rm: cannot remove '/tmp/7': No such file or directory
jobs done
==== epilogue: job 7 finished ====
"""
"""What the programs around a failed one say after it, none of which is why."""


def test_cause_far_above_what_wrappers_say_is_found() -> None:
    steps = b" step 1 t=0.1 residual=1e-3\n" * 400
    checked = 0
    for name in EXPECTED:
        data = (CORPUS / name).read_bytes().rstrip(b"\n") + b"\n"
        alone = digest(data)
        if names_a_cause(alone, data):
            found = digest(steps + data + WRAPPERS.encode())
            assert (name, found.kind, found.line) == (name, alone.kind, alone.line)
            checked += 1
    assert checked > 200


def names_a_cause(found: FailureSummary, data: bytes) -> bool:
    """Return whether a line names the cause itself, so that the end of a rank does not push it out."""
    return digest(data + b"srun: error: n1: task 0: Segmentation fault\n").line == found.line


def test_log_with_the_root_cause_wins() -> None:
    found = digest(b"MPI_ABORT was invoked on rank 3\n", b"step 1\n" + TRACEBACK % b"bad cell")
    assert (found.line, found.log) == ("ValueError: bad cell", "1.log")


def test_older_log_is_used_only_if_the_newest_has_no_reason() -> None:
    old = piece(b"No space left on device\n", "old.log", age=3600)
    assert digest_of(NOTHING, [piece(TRACEBACK % b"new", "new.log"), old]).line == "ValueError: new"
    assert digest_of(NOTHING, [piece(b"step 1\n", "new.log"), old]).log == "old.log"


def test_start_of_a_log_is_used_only_if_its_end_has_no_reason() -> None:
    beginning = piece(b"module: command not found\n", size=10**7)
    assert digest_of(NOTHING, [piece(b"Killed\n", offset=10**7 - 7), beginning]).kind is FailureKind.KILLED
    assert digest_of(NOTHING, [piece(b"step 9\n", offset=10**7 - 7), beginning]).kind is FailureKind.MISSING


def test_unknown_failure_shows_the_last_meaningful_line() -> None:
    found = digest(b"step 1\nstep 2\n======\n\n")
    assert found == FailureSummary(FailureKind.UNKNOWN, "step 2", "0.log", 7)
    assert digest() == FailureSummary(FailureKind.UNKNOWN, "")


# Facts


@pytest.mark.parametrize(
    ("reason", "data", "kind", "line"),
    [
        ("CFL number exceeded 1", b"step 1\n", FailureKind.ERROR, "CFL number exceeded 1"),
        (
            "the pressure solver failed",
            TRACEBACK % b"nan",
            FailureKind.NUMERICS,
            "the pressure solver failed",
        ),
        ("ValueError: solution diverged", b"", FailureKind.NUMERICS, "ValueError: solution diverged"),
        ("MemoryError", b"Killed\n", FailureKind.OOM, "MemoryError"),
        ("exit code 1", b"step 1\n" + TRACEBACK % b"x", FailureKind.EXCEPTION, "ValueError: x"),
        ("exit code 137", b"step 1\n", FailureKind.KILLED, "exit code 137"),
        ("exit code 124", b"step 1\n", FailureKind.TIMEOUT, "exit code 124"),
        ("exit code 124", b"ERROR: retrying\n", FailureKind.TIMEOUT, "exit code 124"),
        ("it took longer than its 0.5 s", b"", FailureKind.TIMEOUT, "it took longer than its 0.5 s"),
        ("exit code 1", b"step 1\n", FailureKind.ERROR, "exit code 1"),
        ("worker lost", b"*** JOB 1 ON n CANCELLED AT x DUE TO TIME LIMIT ***\n", FailureKind.TIMEOUT, None),
        ("Segmentation fault", b"ERROR: index 3 of 2\n", FailureKind.SEGFAULT, "Segmentation fault"),
    ],
)
def test_recorded_reason_is_weighed_against_the_log(
    reason: str, data: bytes, kind: FailureKind, line: str | None
) -> None:
    found = digest(data, facts=Facts(reason=reason))
    assert found.kind is kind
    assert line is None or found.line == line


def test_log_is_digested_from_the_start_of_the_attempt(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "step.log"
    log.parent.mkdir()
    log.write_bytes(TRACEBACK % b"first")
    (log.parent / "other.log").write_bytes(TRACEBACK % b"other")
    begin = log.stat().st_size
    assert read_log_digest(str(tmp_path), "logs/step.log", "exit code 1").line == "ValueError: first"
    assert read_log_digest(str(tmp_path), "logs/step.log", "exit code 1", begin).line == "exit code 1"
    with log.open("ab") as file:
        file.write(TRACEBACK % b"second")
    found = read_log_digest(str(tmp_path), "logs/step.log", "exit code 1", begin)
    assert (found.line, found.offset > begin) == ("ValueError: second", True)
    assert read_log_digest(str(tmp_path), "logs/none.log", "exit code 1").line == "exit code 1"


def test_run_that_died_without_an_error_is_lost() -> None:
    facts = Facts(stale_reason="no output for 2h")
    assert digest(b"step 1\nstep 2\n", facts=facts) == FailureSummary(FailureKind.LOST, "no output for 2h")
    assert digest(b"step 1\nKilled\n", facts=facts).kind is FailureKind.KILLED
    survived = TRACEBACK % b"handled" + b"step done\n" * 1000
    assert digest(survived, facts=facts).kind is FailureKind.LOST


def test_place_of_a_recorded_kind_is_that_of_the_line_that_the_reason_tells_first() -> None:
    logs = (
        b"cat: b.txt is missing: No such file or directory\n",
        b"cat: a.txt is missing: No such file or dir",
    )
    reason = "a: cat: a.txt is missing: No such…; b: missing: cat: b.txt is missing: No such…"
    found = digest(*logs, facts=Facts(reason, kind=FailureKind.MISSING))
    assert found == FailureSummary(FailureKind.MISSING, reason, "1.log", 0)
    found = digest(*logs, facts=Facts(reason, kind=FailureKind.DISK))
    assert found == FailureSummary(FailureKind.DISK, reason)


@pytest.mark.parametrize("said", ["its process 7 is gone", "the scheduler no longer knows it, and more"])
def test_a_recorded_loss_is_told_once_and_by_its_kind(said: str) -> None:
    found = digest(b"step 1\n", facts=Facts(f"lost: {said}"))
    assert (found.kind, found.text) == (FailureKind.LOST, f"lost: {said}")
    found = digest(b"step 1\nMemoryError: 3 GB\n", facts=Facts(f"lost: {said}"))
    assert (found.kind, found.line) == (FailureKind.OOM, "MemoryError: 3 GB")


@pytest.mark.parametrize("kind", FailureKind)
def test_no_reason_begins_with_its_kind_twice(kind: FailureKind) -> None:
    assert FailureSummary(kind, f"{kind}: why").text == FailureSummary(kind, "why").text == f"{kind}: why"


# Any bytes


@given(st.lists(st.binary(max_size=300), max_size=4), st.sampled_from(["", "it failed"]))
@example([b"traceback (most recent call last)"], "")
@example([b"\xff\xfe\x00Killed\x00\n"], "")
def test_any_bytes_are_digested(data: list[bytes], reason: str) -> None:
    found = digest(*data, facts=Facts(reason=reason))
    assert safe_text(found.line) == found.line
    assert len(found.line) <= 300
    assert found.offset <= sum(map(len, data))


@given(
    st.lists(st.sampled_from(sorted({literal for rule in RULES for literal in rule.literals})), max_size=40)
)
def test_any_mix_of_rule_literals_is_digested(words: list[bytes]) -> None:
    for separator in (b" ", b"\n", b": "):
        found = digest(separator.join(words))
        assert safe_text(found.line) == found.line


@pytest.mark.parametrize("rule", RULES, ids=[f"{rule.kind}-{number}" for number, rule in enumerate(RULES)])
def test_rules_terminate_on_pathological_lines(rule: Rule) -> None:
    for literal in rule.literals:
        for filling in (b" ", b"a", b"1", b"a ", b"a.", b"x: ", b"error ", b"1 ", b"-", b"[", b"E", literal):
            line = (filling * 4096)[:2000] + literal + (filling * 4096)[:2000] + b"!"
            rule.pattern.search(line.decode("utf-8", "replace"))
            rule.pattern.search((literal + (filling * 4096)[:4000]).decode("utf-8", "replace"))
    # What looks at lines besides the rules.
    assert isinstance(digest(line), FailureSummary)


def test_reason_is_found_in_a_line_of_64_kb() -> None:
    assert digest(b"x" * 60_000 + b" CUDA error: out of memory\n").kind is FailureKind.OOM


def test_error_lines_are_listed_in_order() -> None:
    found = error_lines([piece(b"ERROR: a is empty\nstep 1\nSegmentation fault\n")])
    assert [(each.kind, each.line, each.offset) for each in found] == [
        (FailureKind.ERROR, "ERROR: a is empty", 0),
        (FailureKind.SEGFAULT, "Segmentation fault", 25),
    ]


def test_a_reason_that_is_not_in_the_log_has_what_the_log_says_beside_it() -> None:
    log = b"step 1\nslurmstepd: error: Detected 1 oom_kill event\n"
    told = "slurmstepd: error: Detected 1 oom_kill event"
    found = digest(log, facts=Facts("wrong mesh", is_typed=True))
    assert (found.line, found.told, found.offset) == ("wrong mesh", told, 7)
    assert digest(b"step 1\nValueError: bad beta\n", facts=Facts("ValueError: bad beta")).told == ""
    assert digest(log).told == ""


# Reading


def write(path: Path, data: bytes, age: float = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))


def test_failed_rank_is_found_among_many(tmp_path: Path) -> None:
    for rank in range(40):
        write(tmp_path / "logs" / "1" / f"rank.{rank}" / "stdout", b"step 1\n" * 100, age=rank)
    write(tmp_path / "logs" / "1" / "rank.39" / "stdout", b"step 1\n" + TRACEBACK % b"rank 39", age=90)
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.line, found.log) == ("ValueError: rank 39", "logs/1/rank.39/stdout")
    for rank in range(40):
        write(tmp_path / "logs" / "1" / f"rank.{rank}" / "stdout", b"step 1\n" * 100_000, age=rank)
    write(tmp_path / "logs" / "1" / "rank.38" / "stderr", TRACEBACK % b"rank 38", age=90)
    assert read_digest(str(tmp_path), NOTHING).line == "ValueError: rank 38"


def test_the_reason_is_found_in_any_of_many_small_logs(tmp_path: Path) -> None:
    for rank in range(200):
        write(tmp_path / "logs" / f"rank.{rank}" / "out", b"step 1\n" * 40, age=rank)
    write(tmp_path / "logs" / "rank.199" / "out", TRACEBACK % b"rank 199", age=199)
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.line, found.log) == ("ValueError: rank 199", "logs/rank.199/out")


@pytest.mark.parametrize(("count", "size", "read"), [(65, 100_000, "6 of 65"), (300, 1, "256 of 300")])
def test_an_unknown_reason_says_how_many_logs_were_read(
    tmp_path: Path, count: int, size: int, read: str
) -> None:
    for rank in range(count):
        write(tmp_path / "logs" / f"rank.{rank}" / "out", b"step 1\n" * size)
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.kind, found.line) == (FailureKind.UNKNOWN, f"step 1 ({read} logs read)")


def test_how_much_was_read_is_known_where_most_was_not(tmp_path: Path) -> None:
    write(tmp_path / "a.log", b"step 1\n" * 200_000 + b"Killed\n")
    share = read_digest(str(tmp_path), NOTHING).read
    assert share is not None
    assert (share.size, share.logs_read, share.logs) == (1_400_007, 1, 1)
    assert 60_000 < share.bytes_read < 500_000
    write(tmp_path / "a.log", b"step 1\n" * 2000 + b"Killed\n")
    assert read_digest(str(tmp_path), NOTHING).read is None


def test_a_binary_log_tells_no_reason(tmp_path: Path) -> None:
    data = random.Random(1).randbytes(20_000) + b"\nSegmentation fault\n"
    write(tmp_path / "logs" / "out.log", data)
    told = "logs/out.log is binary, so no reason is read from it"
    assert read_digest(str(tmp_path), NOTHING) == FailureSummary(FailureKind.UNKNOWN, told)
    assert read_log_digest(str(tmp_path), "logs/out.log", "") == FailureSummary(FailureKind.UNKNOWN, "")
    write(tmp_path / "logs" / "run.log", b"step 1\nKilled\n")
    assert read_digest(str(tmp_path), NOTHING).line == "Killed"


def test_a_hidden_log_is_named_where_there_is_no_other(tmp_path: Path) -> None:
    write(tmp_path / "logs" / ".out.log", b"Killed\n")
    assert read_digest(str(tmp_path), NOTHING).line == "logs/.out.log is hidden, so it is not read"


def test_reason_is_found_at_the_end_of_a_large_log(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "rank-0.log", b"step\n" * 200_000 + b"Killed\n")
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.kind, found.line, found.offset) == (FailureKind.KILLED, "Killed", 1_000_000)


def test_small_logs_yield_their_read_budget_to_large_ones(tmp_path: Path) -> None:
    irregular = b"".join(
        b"%s\n" % bytes(97 + number // power % 26 for power in (1, 26, 676)) for number in range(13_000)
    )
    write(tmp_path / "logs" / "large.log", TRACEBACK % b"far from the end" + irregular)
    write(tmp_path / "logs" / "small.log", b"step 1\n")
    assert read_digest(str(tmp_path), NOTHING).line == "ValueError: far from the end"


def test_scheduler_log_beside_the_metadata_is_read(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "run.log", b"step 1\n")
    write(tmp_path / "slurm-17.out", b"*** JOB 17 ON n1 CANCELLED AT 12:00 DUE TO TIME LIMIT ***\n")
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.kind, found.log) == (FailureKind.TIMEOUT, "slurm-17.out")


@pytest.mark.parametrize(
    ("ending", "compress"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)]
)
def test_compressed_log_is_read_where_there_is_no_other(
    ending: str, compress: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    text = b"step 1\n" * 50_000
    write(tmp_path / "logs" / f"simulation.log{ending}", compress(text + b"ERROR: 3 cells are empty\n"))
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.kind, found.line) == (FailureKind.ERROR, "ERROR: 3 cells are empty")
    assert (found.log, found.offset) == (f"logs/simulation.log{ending}", len(text))
    write(tmp_path / "logs" / "simulation.log", b"ERROR: it diverged\n", age=3600)
    assert read_digest(str(tmp_path), NOTHING).log == "logs/simulation.log"


def test_the_part_before_a_log_that_was_rotated_lately_is_read(tmp_path: Path) -> None:
    write(tmp_path / "run.log.2.gz", gzip.compress(STEPS + TRACEBACK % b"survived"))
    write(tmp_path / "run.log.1", STEPS * 400 + TRACEBACK % b"bad", age=1)
    write(tmp_path / "run.log", b"srun: error: cn0412: tasks 0-63: Killed\n")
    found = read_digest(str(tmp_path), NOTHING)
    assert (found.line, found.log) == ("ValueError: bad", "run.log.1")
    (tmp_path / "run.log.1").rename(tmp_path / "plain")
    write(tmp_path / "run.log.1.gz", gzip.compress((tmp_path / "plain").read_bytes()))
    (tmp_path / "plain").unlink()
    assert read_digest(str(tmp_path), NOTHING).log == "run.log.1.gz"
    write(tmp_path / "run.log", STEPS * 400 + b"Killed\n")
    assert read_digest(str(tmp_path), NOTHING).line == "Killed"


def test_the_compressed_log_of_the_rank_that_failed_is_found(tmp_path: Path) -> None:
    for rank in range(24):
        write(tmp_path / f"out.{rank}.log.gz", gzip.compress(STEPS * 9))
    write(tmp_path / "out.13.log.gz", gzip.compress(STEPS * 5 + TRACEBACK % b"rank 13"))
    assert read_digest(str(tmp_path), NOTHING).line == "ValueError: rank 13"


def test_compressed_log_beyond_the_limit_is_said_not_to_be_read(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "simulation.log.gz", gzip.compress(b"x" * (80 << 20), 1))
    found = read_digest(str(tmp_path), NOTHING)
    assert found.line.endswith("it is compressed, and too long to be read to its end")


def test_torn_compressed_log_tells_what_could_be_read(tmp_path: Path) -> None:
    whole = gzip.compress(TRACEBACK % b"torn" + b"".join(b"%x\n" % (number**9) for number in range(200)))
    write(tmp_path / "logs" / "simulation.log.gz", whole[: len(whole) // 2])
    assert read_digest(str(tmp_path), NOTHING).line == "ValueError: torn"


def test_error_log_is_preferred_among_logs_of_similar_age(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "run.out", TRACEBACK % b"out", age=0)
    write(tmp_path / "logs" / "run.err", TRACEBACK % b"err", age=5)
    assert read_digest(str(tmp_path), NOTHING).log == "logs/run.err"


def test_special_log_files_are_skipped_without_blocking(tmp_path: Path) -> None:
    (tmp_path / "run" / "logs").mkdir(parents=True)
    os.symlink("/dev/zero", tmp_path / "run" / "logs" / "link.log")
    os.mkfifo(tmp_path / "run" / "logs" / "fifo.log")
    found = read_digest(str(tmp_path / "run"), NOTHING)
    assert (found.kind, found.log) == (FailureKind.UNKNOWN, "")
    assert found.line.endswith(", so it is not read")
    assert read_digest(str(tmp_path / "gone"), NOTHING) == FailureSummary(FailureKind.UNKNOWN, "")


def test_reason_is_found_in_a_symlinked_log(tmp_path: Path) -> None:
    write(tmp_path / "scratch" / "77", b"Killed\n")
    (tmp_path / "run" / "logs").mkdir(parents=True)
    os.symlink("../../scratch/77", tmp_path / "run" / "logs" / "run.log")
    found = read_digest(str(tmp_path / "run"), NOTHING)
    assert (found.kind, found.log) == (FailureKind.KILLED, "logs/run.log")


def test_unreadable_logs_are_reported(public_dir: Path) -> None:
    code = """
        import sys
        from runtui.logs.diagnose.digest import Facts, read_digest
        print(read_digest(sys.argv[1], Facts()).line)
    """
    write(public_dir / "run" / "logs" / "a.log", b"Killed\n")
    (public_dir / "run" / "logs" / "a.log").chmod(0o600)
    why = "cannot be read: Permission denied (ask its owner for access)"
    assert output_as_nobody(code, public_dir / "run") == f"logs/a.log {why}"
    (public_dir / "run" / "logs").chmod(0o700)
    assert output_as_nobody(code, public_dir / "run") == f"logs/ {why}"


def test_reason_line_is_safe_to_show(tmp_path: Path) -> None:
    write(tmp_path / "logs" / "a.log", b"ERROR: \x1b]0;title\x07\xe2\x80\xaeevil \x9b2J\xff\n")
    found = read_digest(str(tmp_path), NOTHING)
    assert found.kind is FailureKind.ERROR
    assert safe_text(found.line) == found.line


def test_rules_use_every_value_of_says() -> None:
    assert {rule.says for rule in RULES} == set(Says)
