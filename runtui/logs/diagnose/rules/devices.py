"""Graphics cards and the nodes that they are in."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, NO_FLAGS, PYTHON_NAME, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.NODE, ENDED, " closed by remote host", r"^Connection to \S+ closed by remote host"),
    # The kernel's words on a card, the processor or a disk
    rule(
        FailureKind.NODE,
        VERDICT,
        "nvrm: xid",
        r"NVRM: Xid \([^)]{1,60}\): (?:48|6[1-4]|74|79|9[245]|1[14]\d|120)\b",
    ),
    rule(FailureKind.SEGFAULT, CAUSE, "nvrm: xid", r"NVRM: Xid \([^)]{1,60}\): (?:13|31)\b"),
    rule(
        FailureKind.NODE,
        VERDICT,
        "machine check|due to hardware memory corruption|gpu is lost",
        r"\[hardware error\]: .*machine check exception|kernel panic - not syncing: fatal machine check"
        r"|due to hardware memory corruption|\bGPU is lost\b",
    ),
    rule(FailureKind.NODE, CAUSE, "i/o error, dev ", r"\bI/O error, dev \w+, sector \d"),
    # File systems of other hosts, and the way to them
    rule(
        FailureKind.NODE, CAUSE, "this client was evicted by", r"^LustreError: .*this client was evicted by"
    ),
    rule(
        FailureKind.NODE,
        CAUSE,
        "input/output error|stale file handle|stale nfs file handle|transport endpoint|host is down",
        PYTHON_NAME + r"OSError: \[Errno (?:5|107|108|112|116)\] "
        r"|: (?:input/output error|stale (?:nfs )?file handle|cannot send after transport endpoint shutdown"
        r"|transport endpoint is not connected|host is down)$",
    ),
    rule(
        FailureKind.NODE, CAUSE, "not responding, timed out", r"\bnfs: server \S+ not responding, timed out"
    ),
    rule(
        FailureKind.NODE,
        CAUSE,
        "ssh: connect to host ",
        r"^ssh: connect to host \S+ port \d+: (?:no route to host|connection (?:refused|timed out))",
    ),
    rule(FailureKind.NODE, CAUSE, "uncorrectable nvlink error|_device_lost"),
    # Bad memory on a card
    rule(
        FailureKind.SEGFAULT,
        CAUSE,
        "memory access fault by gpu|memory_aperture_violation|cuda_error_illegal_address",
    ),
    # CUDA, ROCm, SYCL, OpenACC and OpenMP that cannot use it
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "driver version is insufficient|cublas_status_|cusolver_status_|cufft_|hsa_status_error_"
        "|accelerator fatal error: |data in present clause|libomptarget fatal error",
        r"CUDA driver version is insufficient|\bCU(?:BLAS|SOLVER)_STATUS_(?!SUCCESS|ALLOC_FAILED)[A-Z]"
        r"|\bCUFFT_(?!SUCCESS|ALLOC_FAILED)[A-Z]+_\w|\bHSA_STATUS_ERROR_(?!OUT_OF_RES)\w"
        r"|^Accelerator Fatal Error: |^FATAL ERROR: data in PRESENT clause|^Libomptarget fatal error",
        flags=NO_FLAGS,
    ),
    rule(FailureKind.NODE, CAUSE, "uncorrectable ecc error|fallen off the bus"),
    rule(
        FailureKind.SEGFAULT,
        CAUSE,
        "nil pointer dereference|illegal memory access|misaligned address",
        r"nil pointer dereference|illegal memory access|misaligned address",
    ),
    rule(
        FailureKind.EXCEPTION,
        CAUSE,
        "cuda error|cuda driver error|cuda runtime error|cudaerror|hip error|hiperror",
        r"cuda (?:driver |runtime )?error\b|\bcudaError\w+|hip error\b|\bhipError\w+",
    ),
)
