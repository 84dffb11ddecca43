"""Edits: changes that users make to a run, kept beside it until they can be written to its metadata."""
