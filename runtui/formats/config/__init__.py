"""Configuration files as nested values."""
