from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest


@pytest.mark.skipif(shutil.which("ionice") is None, reason="needs ionice")
def test_process_reads_only_when_disks_are_idle() -> None:
    code = (
        "import os, subprocess, sys; from runtui.store.io_priority import read_when_idle; "
        "print(read_when_idle(), flush=True); subprocess.run(['ionice', '-p', str(os.getpid())])"
    )
    ended = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    can, told = ended.stdout.split("\n")[:2]
    if os.uname().machine in ("x86_64", "aarch64"):
        assert can == "True"
    assert (told == "idle") is (can == "True")
