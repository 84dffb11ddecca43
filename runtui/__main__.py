"""``python -m runtui``: the same as the ``runtui`` program."""

from runtui.cli import program

program()
