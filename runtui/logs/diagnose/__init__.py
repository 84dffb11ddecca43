"""Diagnosis of failed runs from the ends of their logs."""
