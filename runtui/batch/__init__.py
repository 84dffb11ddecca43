"""Batch systems: submitting jobs to a scheduler, asking how they are, and ending them.

Knows nothing of runs' commands and pipelines; those are `runtui.runtime`.
"""
