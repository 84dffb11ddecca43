"""Executing runs: any command as a recorded run, and plans of steps, on this machine or through Slurm.

Whatever is started here is ended here: a run's processes never outlive those that record it, and its metadata
says how it ended. Knows the format on disk (`runtui.store`) and nothing of how runs are shown.
"""
