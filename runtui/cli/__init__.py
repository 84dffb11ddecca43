"""The ``runtui`` program: every subcommand, and the browser when none is named.

Textual is imported only where the browser is opened, so that the other subcommands start at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from runtui.cli.arguments import parse_arguments
from runtui.store.errors import StoreError, explain
from runtui.text.glyphs import settle
from runtui.text.sanitize import safe_text

_GARBAGE_BEFORE_LOOKING = 50_000
"""Objects made before Python looks for those that are needed no more: loading the program makes many, which
all stay. By itself it looks after each 700, which takes a tenth of the time of a start."""


def program() -> NoReturn:
    """Run the program as a process, and end that."""
    gc.set_threshold(_GARBAGE_BEFORE_LOOKING)
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _open_what_is_closed()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    if "textual" in sys.modules or _has_threads():
        sys.exit(code)
    # To take down what was loaded takes Python as long as to start.
    os._exit(code)


def _open_what_is_closed() -> None:
    """Have nothing where a standard stream was closed: the next file opened would be taken for it."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def _has_threads() -> bool:
    threading = sys.modules.get("threading")
    return threading is not None and threading.active_count() > 1


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code: 0 done, 1 refused or failed, 2 used wrongly.

    Args:
        argv: The arguments, without the program's name; by default the process's own.
    """
    settle(sys.stdout, sys.stderr)
    try:
        arguments = parse_arguments(sys.argv[1:] if argv is None else argv)
        code: int = arguments.command(arguments)
        sys.stdout.flush()
        return code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone; nothing more may be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except StoreError as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(explain(error))
    except (MemoryError, RuntimeError) as error:
        from runtui.store.memory import want_of_memory  # hardly ever

        want = want_of_memory(error)
        if not want:
            raise
        return _fail(want)


def _fail(message: str) -> int:
    print(f"runtui: {safe_text(message)}", file=sys.stderr)
    return 1
