"""Memory that could not be had, whoever says so."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, PYTHON_NAME, SIGNAL, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(
        FailureKind.OOM,
        VERDICT,
        "oom-kill|oom_kill",
        r"detected \d+ oom.kill event|oom-kill:constraint|invoked oom-killer",
    ),
    rule(FailureKind.OOM, VERDICT, "out of memory: kill", r"out of memory: killed? process \d+"),
    rule(
        FailureKind.OOM,
        VERDICT,
        "memory limit",
        r"exceeded (?:job|step) memory limit|exceeded memory limit \(\d+ >|step \S+ exceeded .*memory limit",
    ),
    rule(FailureKind.OOM, VERDICT, "out of memory", r"task s? ?\d\S*: out of memory|task \d+: out of memory"),
    rule(
        FailureKind.OOM,
        VERDICT,
        "exceeded limit",
        r"pbs: job killed: (?:mem|vmem|pmem|pvmem)\b.* exceeded limit",
    ),
    rule(
        FailureKind.OOM,
        VERDICT,
        "cgroup mem limit exceeded|term_memlimit|term_swap|memory cgroup out of memory",
    ),
    rule(FailureKind.OOM, CAUSE, "memory allocation of ", r"memory allocation of \d+ bytes failed"),
    rule(FailureKind.OOM, SIGNAL, "memory budget", r"\bexceeded \d+ ?% memory budget"),
    rule(
        FailureKind.OOM,
        CAUSE,
        "out of memory",
        r"(?:cuda|hip|gpu\w*|device|xla|rocm|host|java|fatal|heap|error|failed|ran|process"
        r"|exception|resource_exhausted)\b"
        r".{0,60}(?<!\w)out of memory(?!\w)|(?<!\w)out of memory.{0,30}(?:error|allocat|exception)",
    ),
    rule(FailureKind.OOM, CAUSE, "outofmemoryerror|cuda_error_out_of_memory"),
    rule(FailureKind.OOM, CAUSE, "out of memory", r"^out of memory[.!]?$"),
    rule(
        FailureKind.OOM,
        CAUSE,
        "errormemoryallocation|erroroutofmemory|_alloc_failed|resourceexhaustederror|oom when allocating"
        "|cl_mem_object_allocation_failure|cl_out_of_",
        r"(?:cuda|hip)Error(?:MemoryAllocation|OutOfMemory)|\b\w+_ALLOC_FAILED\b|\bResourceExhaustedError\b"
        r"|\bOOM when allocating|\bCL_(?:MEM_OBJECT_ALLOCATION_FAILURE|OUT_OF_\w+MEMORY)",
    ),
    rule(FailureKind.OOM, CAUSE, "memoryerror|bad_alloc", PYTHON_NAME + r"\w*MemoryError\b|std::bad_alloc"),
    rule(
        FailureKind.OOM,
        CAUSE,
        "allocate",
        r"cannot allocate (?:memory|vector of size)|(?:unable|failed|not able) to (?:re)?allocate .{0,60}"
        r"(?:byte|memory|[kmgt]i?b\b)|allocation would exceed memory limit|error allocating \d+ bytes"
        r"|insufficient virtual memory",
    ),
    rule(
        FailureKind.OOM,
        CAUSE,
        "insufficient virtual memory|insufficient memory|not enough memory|memory exhausted",
    ),
)
