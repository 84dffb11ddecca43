"""Keeping the catalog in step with the disk: scans, watches, the cache, liveness and job states."""
