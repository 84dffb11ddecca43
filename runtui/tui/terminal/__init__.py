"""The terminal: drawing on it, reading keys from it, and private names of Textual."""
