"""The terminal: what is sent to it, how, and when."""
