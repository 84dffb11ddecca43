"""Run directories that other programs write: their recognition, and their conversion to rows.

Only reads; knows nothing of tables of runs, and of no particular program but those in its registry.
"""
