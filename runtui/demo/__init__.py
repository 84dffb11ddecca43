"""Small real simulations that make a runs directory in which everything can be tried.

The models know physics and nothing of run directories; the driver runs one of them as a process that writes
its run through `RunManager`, as any user's simulation would; the supervisor runs the whole plan. Nothing here
knows of the browser.
"""
