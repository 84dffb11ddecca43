"""The ``runtui`` program: all subcommands, and the browser when none is named.

Only the browser imports Textual, so that the other subcommands start at once.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from runtui.cli.arguments import parse_arguments
from runtui.store.errors import StoreError, explain
from runtui.text.glyphs import adapt_streams
from runtui.text.sanitize import safe_text

_GC_THRESHOLD = 50_000
"""Objects allocated before Python collects garbage. Importing the program allocates many, and all of them
stay; with Python's own threshold of 700, collections take a tenth of the start."""


def program() -> NoReturn:
    """Run the program and exit the process."""
    gc.set_threshold(_GC_THRESHOLD)
    if None in (sys.stdin, sys.stdout, sys.stderr):
        _reopen_closed_streams()
    code = main()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = code or 1
    sys.exit(code)


def _reopen_closed_streams() -> None:
    """Reopen closed standard streams on /dev/null: the next file opened would take their descriptor."""
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)
    sys.stdin = sys.stdin or os.fdopen(0)
    sys.stdout = sys.stdout or os.fdopen(1, "w")
    sys.stderr = sys.stderr or os.fdopen(2, "w")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code.

    That is 0 if it is done, 1 if it was refused or failed, 2 for wrong usage, 130 after Ctrl-C, and for
    `launch` the command's own.

    Args:
        argv: Command-line arguments without the program's name (default: those of this process).
    """
    adapt_streams(sys.stdout, sys.stderr)
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
        # The reader of the output is gone; nothing more may be written, not even at exit.
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
