"""Run directories that other programs write: what recognises them, and what rows are made of them.

Only reads; knows nothing of tables of runs, and of no particular program but those in its registry.
"""
