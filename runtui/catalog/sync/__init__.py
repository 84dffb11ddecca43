"""Keeping the catalog in step with the disk: scans, watching, the cache, liveness and job states."""
