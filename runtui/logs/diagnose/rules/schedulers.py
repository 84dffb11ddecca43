"""Verdicts of schedulers, launchers and the kernel on a job, and what they say of its end."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, REMARK, SIGNAL, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.TIMEOUT, SIGNAL, "timeout: sending signal ", r"^timeout: sending signal \w+ to command\b"
    ),
    # IBM Spectrum LSF: the reasons in "LSF job termination reason logging"
    rule(FailureKind.TIMEOUT, VERDICT, "term_runlimit|term_cpulimit|term_deadline|term_window"),
    rule(FailureKind.KILLED, VERDICT, "term_threadlimit|term_processlimit"),
    rule(FailureKind.DISK, VERDICT, "term_filelimit"),
    rule(
        FailureKind.PREEMPTED,
        VERDICT,
        "term_preempt|term_requeue_admin|term_requeue_owner|term_load: |term_rc_recall",
    ),
    rule(FailureKind.CANCELLED, VERDICT, "term_bucket_kill|term_orphan_system|term_chkpnt"),
    rule(
        FailureKind.NODE,
        VERDICT,
        "term_remove_hung_job|term_rms|term_zombie|term_slurm|term_csm_alloc",
    ),
    rule(FailureKind.MISSING, VERDICT, "term_cwd_notexist"),
    rule(FailureKind.ERROR, VERDICT, "term_pre_exec_fail"),
    rule(FailureKind.KILLED, ENDED, "term_external_signal"),
    # PBS, Torque, and the accounting of NCI
    rule(
        FailureKind.NODE,
        VERDICT,
        "requested job ",
        r"pbs: job killed: node \d+ .* requested job (?:die|terminate)\b",
    ),
    rule(
        FailureKind.CANCELLED, VERDICT, "job deleted at request of ", r"job deleted at request of (?!root@)"
    ),
    rule(FailureKind.DISK, VERDICT, "exceeding jobfs quota"),
    # Grid Engine
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "wallclock time|job hard limit|qmaster enforced",
        r"exceeded hard wallclock time|exceeds job hard limit \"[hs]_(?:rt|cpu)\"|qmaster enforced h_rt",
    ),
    rule(
        FailureKind.KILLED,
        SIGNAL,
        "died through signal",
        r"assumedly after job because: job \S+ died through signal KILL",
    ),
    rule(
        FailureKind.NODE,
        CAUSE,
        "zero bytes were transmitted or received",
        r"unable to create step for job \S+ zero bytes were transmitted or received",
    ),
    # HTCondor: its event log
    rule(FailureKind.CANCELLED, VERDICT, "job was aborted by the user|via condor_rm (by user "),
    rule(FailureKind.PREEMPTED, VERDICT, "job was evicted", r"^(?:\d{3} \(.*\) )?job was evicted\."),
    rule(FailureKind.DISK, VERDICT, "job has gone over disk limit"),
    rule(FailureKind.TIMEOUT, VERDICT, "exceeded allowed execute duration"),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "failed to execute '|transfer input files failure",
        r"^error from \S+: failed to execute '.* \(errno=2:|^transfer input files failure .* \(errno 2\)",
    ),
    rule(
        FailureKind.SEGFAULT,
        SIGNAL,
        "abnormal termination (signal",
        r"\babnormal termination \(signal (?:7|11)\)",
    ),
    # flux-core
    rule(FailureKind.TIMEOUT, VERDICT, "resource allocation expired"),
    rule(
        FailureKind.NODE,
        VERDICT,
        "lost contact with job shell|type=node-failure",
        r"lost contact with job shell on|job\.exception type=node-failure ",
    ),
    rule(FailureKind.CANCELLED, VERDICT, "type=cancel ", r"job\.exception type=cancel "),
    rule(
        FailureKind.MISSING,
        CAUSE,
        "start failed: ",
        r"^flux-shell\[\d+\]: .* start failed: .*: (?:no such file|permission denied)",
    ),
    rule(FailureKind.KILLED, SIGNAL, "task(s) killed", r"^flux-job: task\(s\) killed"),
    rule(
        FailureKind.ERROR, ENDED, "task(s) exited with", r"^flux-job: task\(s\) exited with exit code [1-9]"
    ),
    # Slurm's daemons that cannot reach each other
    rule(
        FailureKind.NODE,
        CAUSE,
        "socket timed out|unable to contact slurm|communication connection failure|io error",
        r"^(?:srun|sbatch|slurmstepd\S*): error: .*(?:socket timed out on send/recv"
        r"|unable to contact slurm contr"
        r"|communication connection failure|aborting, io error)",
    ),
    rule(
        FailureKind.NODE,
        SIGNAL,
        "job not ending with signals",
        r"stepd terminated .* job not ending with signals",
    ),
    rule(
        FailureKind.NODE,
        ENDED,
        "timed out waiting for job step",
        r"^srun: error: timed out waiting for job step",
    ),
    rule(
        FailureKind.NODE,
        VERDICT,
        "due to node failure|node failure on",
        r"cancelled at .* due to node failure|srun: error: .*node failure on",
    ),
    rule(
        FailureKind.PREEMPTED,
        VERDICT,
        "due to preemption|due to job requeue",
    ),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "due to time limit",
        r"cancelled at .* due to time limit|due to time limit \*\*\*",
    ),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "exceeded limit|usage hard limit",
        r"pbs: job killed: (?:walltime|cput|ncpus)\b.* exceeded limit"
        r"|job \S+ exceeded (?:walltime|cput) usage hard limit",
    ),
    rule(
        FailureKind.TIMEOUT,
        VERDICT,
        "cpu time limit exceeded|cputime limit exceeded",
    ),
    rule(FailureKind.TIMEOUT, CAUSE, "maximum cpu time exceeded", r"^maximum cpu time exceeded"),
    rule(FailureKind.NODE, VERDICT, "lost communication with a remote daemon"),
    # That it was ended
    # A step is cancelled when one of its tasks fails, too; a whole job without a reason by a person.
    rule(FailureKind.CANCELLED, SIGNAL, "cancelled at", r"\*\*\* job \S+ on .* cancelled at \S+ \*\*\*"),
    rule(FailureKind.CANCELLED, ENDED, "cancelled at", r"\*\*\* (?:job|step) .* cancelled at "),
    rule(
        FailureKind.CANCELLED,
        ENDED,
        "term_owner|term_admin|term_force|sigint|interrupt",
        r"term_(?:owner|admin|force)|received sigint\b|^interrupt(?:ed)?$",
    ),
    rule(
        FailureKind.ERROR,
        REMARK,
        "normal termination (return value ",
        r"^\(1\) Normal termination \(return value [1-9]",  # HTCondor
    ),
)

RECORDED: tuple[Rule, ...] = (
    # As `runtui.batch` words what a scheduler says of a job
    rule(FailureKind.OOM, VERDICT, "(out_of_memory)"),
    rule(FailureKind.TIMEOUT, VERDICT, "limit (timeout)|in the scheduler (deadline)"),
    rule(FailureKind.NODE, VERDICT, "its node failed (node_fail)|its node did not start (boot_fail)"),
    rule(FailureKind.PREEMPTED, VERDICT, "it was preempted (preempted)|it was revoked (revoked)"),
    rule(FailureKind.CANCELLED, VERDICT, "it was cancelled (cancelled)"),
    rule(
        FailureKind.CANCELLED,
        VERDICT,
        "cancelled by ",
        r"^cancelled by \S{1,80}(?: before it (?:began|started))?$",
    ),
    rule(FailureKind.CANCELLED, VERDICT, "interrupted by sigint", r"^interrupted by SIGINT\b"),
    rule(FailureKind.REQUEUED, VERDICT, "was requeued: ", r"^job \S{1,100} was requeued: "),
    rule(
        FailureKind.LOST,
        ENDED,
        "lost: |the scheduler no longer knows it",
        r"^lost: |\bthe scheduler no longer knows it\b",
    ),
)
"""Rules for reasons that this program itself recorded; they come before the others."""
