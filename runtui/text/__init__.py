"""Safe and short text, independent of runs."""
