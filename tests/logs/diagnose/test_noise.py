"""Lines that look like errors in jobs that ended well."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.noise import without_noise, without_survived

NOISE = [
    "/var/spool/epilog: line 14: syntax error near unexpected token `fi'",
    "W dso_loader.cc:64] Could not load dynamic library 'libcudart.so.11.0'; dlerror: no such file",
    "E cuda_fft.cc:485] Unable to register cuFFT factory: one has already been registered",
    "libibverbs: Warning: couldn't load driver 'libmlx4.so': libmlx4.so: cannot open shared object file",
    "CommandNotFoundError: Your shell has not been properly configured to use 'conda activate'.",
    "slurmstepd: error: _is_a_lwp: 1 read() attempts on /proc/1234/status failed: No such process",
    "slurmstepd-n1: error: task/cgroup: unable to add task[pid=4] to memory cg '(null)'",
    "slurmstepd: error: mpi/pmi2: no value for key  in req",
    "tput: No value for $TERM and no -T specified",
    "job.sh: line 9: warning: setlocale: LC_CTYPE: cannot change locale (de_DE.UTF-8)",
    "manpath: can't set the locale; make sure $LC_* and $LANG are correct",
    "perl: warning: Setting locale failed.",
]
SURVIVED = [
    "[node1:1234] PMIX ERROR: ERROR in file gds_ds12_lock_pthread.c at line 168",
    "vglrun: failed to load library libGL.so",
    "gcc/9(7):ERROR:150: Module 'gcc/9' conflicts with the currently loaded module(s) 'gcc/12'",
    "ERROR: Module cannot be loaded due to a conflict.",
    'Lmod has detected the following error: The following module(s) are unknown: "python"',
]
TELLING = [
    "slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO TIME LIMIT ***",
    "slurmstepd: error: Detected 1 oom_kill event in StepId=7.batch.",
    "slurmstepd: error: execve(): ./sim: No such file or directory",
    "ERROR: Lost atoms: original 500 current 12",
    "./sim: error while loading shared libraries: libfoo.so: cannot open shared object file",
    "ModuleNotFoundError: No module named 'numpy'",
]


@pytest.mark.parametrize("line", NOISE)
def test_noise_is_blank_and_as_long(line: str) -> None:
    text = f"step 1\n{line}\nstep 2\n".encode()
    assert without_noise(text) == f"step 1\n{' ' * len(line)}\nstep 2\n".encode()


@pytest.mark.parametrize("line", SURVIVED)
def test_what_most_jobs_survive_may_tell_why_one_failed(line: str) -> None:
    assert without_noise(line.encode()) == line.encode()
    assert without_survived(line.encode()).strip() == b""


@pytest.mark.parametrize("line", TELLING)
def test_lines_that_tell_of_a_failure_stay(line: str) -> None:
    assert without_survived(line.encode()) == line.encode()
