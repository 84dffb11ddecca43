"""Running one command: starting it, supervising it, and ending all that it started."""
