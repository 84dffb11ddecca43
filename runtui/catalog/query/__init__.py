"""The filter language: from what a user types to a test of each run."""
