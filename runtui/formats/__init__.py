"""File formats: reading what simulations write, without knowing of runs."""
