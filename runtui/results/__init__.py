"""Results of runs: tables and metrics from ``results/``, pictures, and runs side by side.

Stands beside the logs and reads by their engine, so that a file of gigabytes costs what is looked at of it.
Knows the store's notion of safe text and nothing of catalogs or screens; starts no threads.
"""
