"""Searching and filtering logs while the screen answers."""
