"""Edits: what users change of a run, kept beside it until it can be put into its metadata."""
