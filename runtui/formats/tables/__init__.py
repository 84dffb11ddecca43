"""Tables of numbers as columns."""
