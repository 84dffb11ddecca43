"""Dumps at the ends of logs."""

from __future__ import annotations

import pytest

from runtui.logs.diagnose.dumps import end_without_dump, is_dump


@pytest.mark.parametrize(
    "line",
    [
        b"#12 0x00007f8e5d0a1b20 in solve () from /opt/lib/libsolver.so.3",
        b"[cn12:2330856] [ 3] /lib64/libc.so.6(+0x36450)[0x7f2a51a3d450]",
        b"/opt/app/bin/app(_ZN4mesh5solveEv+0x1a2) [0x4a3f12]",
        b"7f2a51a00000-7f2a51bc4000 r-xp 00000000 fd:00 1234  /usr/lib64/libc-2.17.so",
        b"libc.so.6          00002AAAAB0C8445  __libc_start_main     Unknown  Unknown",
        b"    at solve (src/mesh.jl:12)",
        b"",
    ],
)
def test_line_of_a_stack_or_of_the_memory_is_a_dump(line: bytes) -> None:
    assert is_dump(line)


@pytest.mark.parametrize(
    "line",
    [
        b"ERROR: mesh 3 and boundary 12 do not fit",
        b"step 12 energy -3.0",
        b"Segmentation fault (core dumped)",
        b"forrtl: severe (174): SIGSEGV, segmentation fault occurred",
        b"srun: error: cn0412: tasks 0-63: Killed",
    ],
)
def test_words_of_a_program_are_no_dump(line: bytes) -> None:
    assert not is_dump(line)


def test_words_end_before_the_dump() -> None:
    words = b"step 1\nERROR: no mesh"
    assert end_without_dump(words + b"\n#0  0x00007f8e in ?? ()\n\n#1  0x00007f8f in ?? ()\n") == len(words)
    assert end_without_dump(b"#0  0x00007f8e in ?? ()\n") == 0
    assert end_without_dump(words) == len(words)
