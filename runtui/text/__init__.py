"""Making text safe and short: it knows nothing of runs."""
