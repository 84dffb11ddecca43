"""Memory that could not be had, whoever says so."""

from __future__ import annotations

from runtui.logs.diagnose.rules.table import CAUSE, PYTHON_NAME, SIGNAL, VERDICT, Rule, rule
from runtui.store.failure import FailureKind

RULES: tuple[Rule, ...] = (
    rule(FailureKind.OOM, VERDICT, "killed by yarn for exceeding memory|oomkilled"),
    rule(
        FailureKind.OOM,
        CAUSE,
        "malloc failed|memory allocation fail|memory allocation error|cannot allocate array",
        r"\bmalloc failed\b|\bmemory allocation (?:failed|failure|error)\b(?!s? ?[:=] ?0\b)"
        r"|\bcannot allocate array\b",
    ),
    # Verdicts
    rule(
        FailureKind.OOM,
        VERDICT,
        "memsw limit exceeded|has exceeded memory allocation on node|oom killer terminated this process"
        "|has gone over cgroup memory limit",
    ),
    rule(
        FailureKind.OOM,
        VERDICT,
        "job hard limit",
        r"exceeds job hard limit \"[hs]_(?:vmem|rss)\"",
    ),
    rule(FailureKind.OOM, CAUSE, "lib-4205 ", r"^lib-4205 : UNRECOVERABLE"),
    rule(FailureKind.OOM, CAUSE, "forrtl: severe (98)", r"^forrtl: severe \(98\)"),
    rule(
        FailureKind.OOM,
        CAUSE,
        "bytes requested; |out of memory allocating|out-of-memory error in routine|out of gpu memory"
        "|out of memory during|_out_of_device_memory|_out_of_host_memory|could not reserve enough space"
        "|exceeds maximum array size preference|native memory allocation|xmalloc: cannot allocate"
        "|out of memory or dimension too large|could not allocate memory",
        r"^(?:\d+: )*ALLOCATE: \d+ bytes requested; |\bout of memory allocating \d+ bytes"
        r"|^out-of-memory error in routine"
        r"|\bout of gpu memory\b|\bout of memory during \w|\b\w+_OUT_OF_(?:DEVICE|HOST)_MEMORY\b"
        r"|^could not reserve enough space for|array exceeds maximum array size preference"
        r"|native memory allocation \(\w+\) failed|xmalloc: cannot allocate"
        r"|^error: out of memory or dimension"
        r"|\bcould not allocate memory\b",
    ),
    rule(FailureKind.OOM, CAUSE, "out of memory. type", r"^out of memory\. type \"help memory\""),
    rule(
        FailureKind.OOM,
        VERDICT,
        "excessive memory|too much memory",
        r"\b(?:killed|removed)\b.{1,60}\b(?:excessive|too much) memory\b",
    ),
    rule(FailureKind.OOM, CAUSE, "cuda failure", r"NCCL WARN cuda failure .*out of memory"),
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
        r"exceeded (?:job|step) memory limit(?! at some point)|exceeded memory limit \(\d+ >",
    ),
    # Slurm says so also of a job that went on: the kernel had freed what files took.
    rule(FailureKind.OOM, CAUSE, "memory limit at some point", r"exceeded (?:job|step) memory limit at some"),
    rule(FailureKind.OOM, VERDICT, "out of memory", r"task s? ?\d\S*: out of memory|task \d+: out of memory"),
    rule(
        FailureKind.OOM,
        VERDICT,
        "exceeded limit|exceeded a memory resource limit|usage hard limit",
        r"pbs: job killed: (?:v?mem|pv?mem)\b.* exceeded limit|^job exceeded a memory resource limit"
        r"|job \S+ exceeded (?:pv?|v)?mem usage hard limit",
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
        "allocat|insufficient virtual memory",
        r"cannot allocate (?:memory|vector of size)|(?:unable|failed|not able) to (?:re)?allocate .{0,60}"
        r"(?:byte|memory|[kmgt]i?b\b)|^allocation would exceed memory limit|error allocating \d+ bytes"
        r"|insufficient virtual memory",
    ),
    rule(
        FailureKind.OOM,
        CAUSE,
        "insufficient memory|not enough memory|memory exhausted",
        r"\binsufficient memory\b|\bnot enough memory\b|\bmemory exhausted\b(?!\s*[:=] ?(?:no|0|false)\b)",
    ),
)
