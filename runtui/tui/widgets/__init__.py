"""Widgets: each owns its state, and informs its screen by messages."""
