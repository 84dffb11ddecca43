"""Checks of a runs directory, and safe repairs."""
