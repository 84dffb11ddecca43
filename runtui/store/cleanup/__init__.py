"""Cleanup plans, and the trash."""
