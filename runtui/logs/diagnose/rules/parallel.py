"""Communication between ranks: MPI, its transports, NCCL."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, ENDED, PYTHON_NAME, SIGNAL, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.MPI,
        CAUSE,
        "exceeded the retry limit",
        r"pmixp?_\w+: .*send failed, .*exceeded the retry limit",
    ),
    rule(
        FailureKind.MPI,
        ENDED,
        "*** an error occurred in mpi_|internal abort - process",
        r"^(?:\[\S+\] )?\*\*\* an error occurred in mpi_|^internal abort - process \d",
    ),
    rule(FailureKind.MPI, CAUSE, "attempting to use an mpi routine"),
    # Open MPI: its help texts
    rule(
        FailureKind.MPI,
        CAUSE,
        "at least one pair of mpi processes are unable|at least one mpi process is unreachable"
        "|it looks like mpi_init failed|cannot be selected|the infiniband retry count between"
        "|retry exceeded error",
        r"^at least one pair of mpi processes are unable|at least one mpi process is unreachable"
        r"|^it looks like mpi_init failed|\bPML \w+ cannot be selected|^the infiniband retry count between"
        r"|error polling \w+ cq with status retry exceeded error",
    ),
    rule(FailureKind.NODE, CAUSE, "an orte daemon has unexpectedly failed"),
    rule(FailureKind.TIMEOUT, VERDICT, "the user-provided time limit for job execution has been reached"),
    # MPICH, Intel MPI, MPT, MVAPICH2, Platform MPI
    rule(
        FailureKind.MPI,
        CAUSE,
        "ofi addrinfo() failed|fabric is not available and|got fatal event ibv_|got completion with error",
        r"\bOFI addrinfo\(\) failed|\bfabric is not available and\b|\bGot FATAL event IBV_"
        r"|\bgot completion with error\b",
    ),
    rule(
        FailureKind.NODE,
        CAUSE,
        "connection to proxy",
        r"^\[mpiexec@\S+\] .*connection to proxy \d+ at host \S+ failed",
    ),
    rule(
        FailureKind.KILLED, ENDED, "received signal sigterm", r"^MPT ERROR: Rank \S+ received signal SIGTERM"
    ),
    rule(
        FailureKind.MPI,
        ENDED,
        "has terminated without calling mpi_finalize|terminated badly; aborting|before mpi_finalize()"
        "|[child_handler] mpi process",
        r"rank \d+ has terminated without calling mpi_finalize|terminated badly; aborting"
        r"|rank \d+ exited before mpi_finalize\(\)|\[child_handler\] mpi process .* exited with status [1-9]",
    ),
    # UCX and libfabric
    rule(
        FailureKind.MPI,
        ENDED,
        "ucx  error",
        r"\bUCX  ERROR .*(?:connection reset|endpoint timeout|keepalive|destination is unreachable)",
    ),
    rule(
        FailureKind.MPI,
        CAUSE,
        "ucx  error|ucx  fatal|ib_mlx5_log.c|undeliverable",
        r"\bUCX  (?:ERROR|FATAL) +\S|\bib_mlx5_log\.c:\d+ .* on mlx5_|^libfabric:.* error: UNDELIVERABLE",
    ),
    # NCCL, PyTorch's store, Gloo, Horovod
    rule(
        FailureKind.MPI,
        CAUSE,
        "got completion from peer|ncclsystemerror: |ncclinternalerror: |ncclremoteerror: "
        "|socketstartconnect: ",
        r"\bNCCL WARN NET/IB : Got completion from peer|^nccl(?:System|Internal|Remote)Error: "
        r"|\bNCCL WARN socketStartConnect: ",
    ),
    rule(
        FailureKind.MPI,
        CAUSE,
        "timed out initializing process group|seconds waiting for clients|the server socket has failed"
        "|the client socket has timed out|gloo/transport|is setting up nccl communicator"
        "|horovodinternalerror",
        PYTHON_NAME
        + r"\w*Error: (?:timed out initializing process group|timed out after \d+ seconds waiting for cl"
        r"|the server socket has failed|the client socket has timed out"
        r"|\[\d+\] is setting up nccl communicator)"
        r"|\bgloo/transport/|" + PYTHON_NAME + r"HorovodInternalError\b",
    ),
    # Ends of ranks: HPE PALS, Cray ALPS
    rule(FailureKind.SEGFAULT, SIGNAL, "died from signal ", r": rank \d+ died from signal (?:7|11)\b"),
    rule(FailureKind.CRASH, SIGNAL, "died from signal ", r": rank \d+ died from signal [46]\b"),
    rule(FailureKind.NUMERICS, SIGNAL, "died from signal ", r": rank \d+ died from signal 8\b"),
    rule(FailureKind.ERROR, ENDED, "exited with code ", r": rank \d+ exited with code [1-9]"),
    rule(FailureKind.CRASH, ENDED, "is crashing. atp analysis"),
    rule(FailureKind.KILLED, SIGNAL, "exit signal killed", r"PE RANK \d+ exit signal killed"),
    rule(FailureKind.SEGFAULT, ENDED, "exit codes: ", r"^Application \d+ exit codes: 139\b"),
    rule(
        FailureKind.MPI,
        CAUSE,
        "nccl",
        r"watchdog caught collective operation timeout|nccl (?:error|warn .*(?:fail|timeout))|(?:unhandled"
        r"|internal|remote) (?:system|cuda|process|)\s*error.*nccl|nccl operations have failed",
    ),
    rule(FailureKind.MPI, SIGNAL, "mca_btl_tcp_frag_", r"mca_btl_tcp_frag_\w+: \w+ error \("),
    # Of ranks whose partner was gone already
    rule(
        FailureKind.MPI,
        ENDED,
        "mpi_err_in_status|mpi_err_other|mpi_err_proc_failed|mpi_err_pending|mpi_err_revoked",
        r"\*\*\* MPI_ERR_(?:IN_STATUS|OTHER|PROC_FAILED|PENDING|REVOKED): ",
    ),
    rule(FailureKind.MPI, CAUSE, "mpi error: ", r"\bMPI error: .{1,400}\bMPI_ERR_\w+"),
    rule(FailureKind.MPI, CAUSE, "mpi_err_", r"\*\*\* MPI_ERR_\w+: "),
    rule(FailureKind.MPI, CAUSE, "fatal error in ", r"fatal error in (?:p?mpi\w*|internal_\w+): "),
    rule(
        FailureKind.MPI,
        CAUSE,
        "there are not enough slots available|pmix error: |does not know how to route a message"
        "|transport retry count exceeded|transport retry counter exceeded",
    ),
    rule(FailureKind.MPI, CAUSE, "mpt error: ", r"MPT ERROR: .*\bQP\b"),
    rule(FailureKind.NODE, CAUSE, "was unable to complete a tcp connection|was unable to reliably start"),
    rule(
        FailureKind.MPI,
        SIGNAL,
        "connection reset by peer|connection timed out",
        r"btl_tcp.{1,120}failed: connection (?:reset by peer|timed out)",
    ),
    rule(FailureKind.MPI, ENDED, "is aborting with error code", r"MPT ERROR: Rank \S+ is aborting with"),
    rule(
        FailureKind.MPI,
        ENDED,
        "mpi_abort|bad termination of one|exited with non-zero status",
        r"mpi_abort was invoked|called mpi_abort\("
        r"|detected that one or more processes exited with non-zero status|bad termination of one",
    ),
)
