"""``python -m runtui``: the same as the ``runtui`` program."""

import sys

from runtui.cli import main

sys.exit(main())
