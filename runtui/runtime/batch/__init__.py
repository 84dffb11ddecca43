"""Runs and steps as jobs of a scheduler."""
