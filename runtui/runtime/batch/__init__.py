"""Runs and steps as jobs of a batch system."""
