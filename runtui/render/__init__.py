"""A run or a group as lines of styled text, for the detail pane and ``runtui show``."""
