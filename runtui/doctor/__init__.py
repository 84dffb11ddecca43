"""Checks of a runs directory, and repairs that are safe."""
