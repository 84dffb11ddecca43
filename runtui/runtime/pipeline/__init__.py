"""Pipelines: their definition, plan, execution, workers and data."""
