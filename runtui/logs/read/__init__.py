"""Reading logs of any size: sources, lines, timestamps, following and saving."""
