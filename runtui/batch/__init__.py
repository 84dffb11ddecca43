"""Schedulers: submit jobs, query their states, and cancel them.

The commands and pipelines of runs are in `runtui.runtime`.
"""
