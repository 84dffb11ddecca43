"""The ``runtui`` program: every subcommand, and the browser when none is named.

Textual is imported only where the browser is opened, so that the other subcommands start at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from runtui.cli.arguments import parse_arguments
from runtui.store.errors import StoreError, explain
from runtui.store.look_alikes import settle
from runtui.store.safe_text import safe_text


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


def _fail(message: str) -> int:
    print(f"runtui: {safe_text(message)}", file=sys.stderr)
    return 1
